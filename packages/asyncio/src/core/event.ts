import type { Coroutine } from "./coroutine.ts";
import type { Future } from "./future.ts";
import { Operation } from "./operation.ts";
import { type Waiter, WaitQueue } from "./wait-queue.ts";

/**
 * A flag that tasks wait for. (The class of that name in browsers is another one: import it under a second name there.)
 *
 * @example
 * ```ts
 * import { createTask, Event, run } from "asyncio-ts";
 *
 * const ready = new Event();
 * await run(async () => {
 *   const waiter = createTask(ready.wait());
 *   ready.set();
 *   console.log(await waiter); // true
 * });
 * ```
 */
export class Event {
  #set = false;
  /** @internal */
  readonly _waiters: WaitQueue = new WaitQueue();

  isSet(): boolean {
    return this.#set;
  }

  /** Sets the flag and wakes all who wait now; a `clear()` right after does not stop them. */
  set(): void {
    if (this.#set) return;
    this.#set = true;
    this._waiters.wakeAll();
  }

  clear(): void {
    this.#set = false;
  }

  /** Waits until the flag is set; does not suspend when it is. Gives true. */
  wait(): Coroutine<true> {
    return new WaitForEvent(this);
  }
}

class WaitForEvent extends Operation<true> {
  readonly #event: Event;
  #waiter: Waiter | undefined;

  constructor(event: Event) {
    super();
    this.#event = event;
  }

  override get name(): string {
    return "Event.wait";
  }

  protected _begin(): Future<unknown> | null {
    if (this.#event.isSet()) return null;
    this.#waiter = this.#event._waiters.join(this.#event);
    return this.#waiter;
  }

  protected _finish(): true {
    this.#leave();
    return true;
  }

  protected override _undo(): void {
    this.#leave();
  }

  #leave(): void {
    if (this.#waiter !== undefined) this.#event._waiters.leave(this.#waiter);
  }
}
