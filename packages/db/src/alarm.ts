import { type EventLoop, getRunningLoop, type TimerHandle } from "asyncio-ts";

/** One timer at most. One that was set on a loop that has ended does not count. */
export class Alarm {
  #timer: TimerHandle | null = null;
  #loop: EventLoop | null = null;

  get isSet(): boolean {
    return this.#timer !== null && this.#loop?.isClosed() === false;
  }

  /** Calls `fn` at loop time `when`; at Infinity, never. */
  set(when: number, fn: () => void): void {
    this.clear();
    if (when === Infinity) return;
    this.#loop = getRunningLoop();
    this.#timer = this.#loop.callAt(when, () => {
      this.#timer = null;
      fn();
    });
  }

  clear(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
