import type { Handle } from "./handle.ts";
import type { EventLoop } from "./loop.ts";
import type { PlatformIO } from "./platform.ts";

/** The signal handlers of a loop: at most one a signal. */
export class SignalHandlers {
  readonly #loop: EventLoop;
  readonly #removers = new Map<string, () => void>();

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  add(platform: PlatformIO, signal: string, handle: Handle): void {
    const remove = platform.onSignal(signal, () => {
      if (!handle.cancelled()) this.#loop._enqueue(handle);
    });
    this.remove(signal);
    this.#removers.set(signal, () => {
      handle.cancel();
      remove();
    });
  }

  has(signal: string): boolean {
    return this.#removers.has(signal);
  }

  remove(signal: string): boolean {
    this.#removers.get(signal)?.();
    return this.#removers.delete(signal);
  }

  clear(): void {
    for (const signal of this.#removers.keys()) this.remove(signal);
  }
}
