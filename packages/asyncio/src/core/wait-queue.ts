import { getRunningLoop } from "./current-loop.ts";
import { RuntimeError } from "./errors.ts";
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";

/** One place in a {@link WaitQueue}. */
export class Waiter extends Future<undefined> {
  readonly #queue: WaitQueue;
  /** Neighbours in the queue; kept by it. */
  _previous: Waiter | null = null;
  _next: Waiter | null = null;
  _queued = false;

  constructor(loop: EventLoop, queue: WaitQueue) {
    super({ loop });
    this.#queue = queue;
  }

  override cancel(message?: unknown): boolean {
    const cancelled = super.cancel(message);
    if (cancelled) this.#queue._cancelled(this);
    return cancelled;
  }
}

/**
 * The fair queue under every primitive: who waits stands in it, in order, until it runs again.
 *
 * A waiter that was woken or cancelled keeps its place until its task has run, as in CPython, where that decides who is
 * woken next. All is O(1), waking amortized: the waiters are a doubly linked list, `#pending` never moves back, and the
 * cancelled ones are counted.
 */
export class WaitQueue {
  #first: Waiter | null = null;
  #last: Waiter | null = null;
  /** No waiter before this one is pending. */
  #pending: Waiter | null = null;
  #length = 0;
  #cancelledOnes = 0;
  #loop: EventLoop | undefined;

  get length(): number {
    return this.#length;
  }

  /** Whether somebody stands in it who has not been cancelled. */
  get contended(): boolean {
    return this.#length > this.#cancelledOnes;
  }

  /**
   * A place at the end. The queue belongs to the loop of its first waiter.
   *
   * @throws RuntimeError when that is another one.
   */
  join(owner: object): Waiter {
    const loop = getRunningLoop();
    this.#loop ??= loop;
    if (this.#loop !== loop) {
      throw new RuntimeError(`the ${owner.constructor.name} is bound to a different event loop: use one for each loop`);
    }
    const waiter = new Waiter(loop, this);
    waiter._queued = true;
    waiter._previous = this.#last;
    if (this.#last === null) this.#first = waiter;
    else this.#last._next = waiter;
    this.#last = waiter;
    this.#pending ??= waiter;
    this.#length++;
    return waiter;
  }

  /** Gives the place up. Doing it twice does nothing. */
  leave(waiter: Waiter): void {
    if (!waiter._queued) return;
    waiter._queued = false;
    if (this.#pending === waiter) this.#pending = waiter._next;
    if (waiter._previous === null) this.#first = waiter._next;
    else waiter._previous._next = waiter._next;
    if (waiter._next === null) this.#last = waiter._previous;
    else waiter._next._previous = waiter._previous;
    // An old waiter must not keep the younger ones behind it alive.
    waiter._previous = null;
    waiter._next = null;
    this.#length--;
    if (waiter.cancelled()) this.#cancelledOnes--;
  }

  /** Wakes the very first unless it is on its way already. */
  wakeFirst(): void {
    if (this.#first !== null && !this.#first.done()) this.#first.setResult(undefined);
  }

  /** Wakes the first who still waits; false when there is none. */
  wakeNext(): boolean {
    while (this.#pending !== null && this.#pending.done()) this.#pending = this.#pending._next;
    if (this.#pending === null) return false;
    const waiter = this.#pending;
    this.#pending = waiter._next;
    waiter.setResult(undefined);
    return true;
  }

  wakeAll(): void {
    while (this.wakeNext());
  }

  /** Wakes the first who still waits, and takes it out of the queue with all before it. */
  releaseNext(): void {
    while (this.#first !== null) {
      const waiter = this.#first;
      this.leave(waiter);
      if (waiter.done()) continue;
      waiter.setResult(undefined);
      return;
    }
  }

  _cancelled(waiter: Waiter): void {
    if (waiter._queued) this.#cancelledOnes++;
  }
}
