import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { CancelledError, RuntimeError } from "./errors.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import { type Hold, hold } from "./hold.ts";
import { Lock } from "./lock.ts";
import { WaitQueue } from "./wait-queue.ts";

/**
 * A lock together with a queue of tasks that wait until another one, holding the lock, notifies them.
 *
 * @example
 * ```ts
 * import { Condition, createTask, run, sleep } from "asyncio-ts";
 *
 * const items: string[] = [];
 * const changed = new Condition();
 * await run(async () => {
 *   const consumer = createTask(async () => {
 *     await using _ = await changed.hold();
 *     await changed.waitFor(() => items.length > 0);
 *     return items.pop();
 *   });
 *   await sleep(1);
 *   {
 *     await using _ = await changed.hold();
 *     items.push("bread");
 *     changed.notify();
 *   }
 *   console.log(await consumer); // bread
 * });
 * ```
 */
export class Condition {
  readonly #lock: Lock;
  readonly #waiters = new WaitQueue();

  /** Uses `lock`, by default one of its own. @throws TypeError when it is no {@link Lock}. */
  constructor(lock: Lock = new Lock()) {
    if (!(lock instanceof Lock)) throw new TypeError(`Condition: expected a Lock, got ${describeValue(lock)}`);
    this.#lock = lock;
  }

  locked(): boolean {
    return this.#lock.locked();
  }

  /** Takes the lock. Gives true. */
  acquire(): Coroutine<true> {
    return this.#lock.acquire();
  }

  /** {@link acquire}, as something to dispose of. */
  hold(): Coroutine<Hold> {
    return hold(this);
  }

  /** @throws RuntimeError when the lock is not held. */
  release(): void {
    this.#lock.release();
  }

  /** Releases: `await condition.acquire(); await using _ = condition;`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }

  /**
   * Releases the lock, waits until notified, and takes the lock again, which it also does before a cancellation leaves
   * it. May return without reason: test what you wait for, or use {@link waitFor}. Gives true.
   *
   * @throws RuntimeError when the lock is not held.
   */
  wait(): Coroutine<true> {
    return new GeneratorCoroutine(this.#wait(), "Condition.wait");
  }

  /** Waits until `predicate` gives something true, which is the result. It is tested with the lock held. */
  waitFor<T>(predicate: () => T): Coroutine<T> {
    if (typeof predicate !== "function") {
      throw new TypeError(`Condition.waitFor() needs a function, got ${describeValue(predicate)}`);
    }
    return new GeneratorCoroutine(this.#waitFor(predicate), "Condition.waitFor");
  }

  /** Wakes up to `n` waiters. They go on when the caller has released the lock. @throws RuntimeError when it is not held. */
  notify(n = 1): void {
    if (!this.locked()) throw new RuntimeError("cannot notify on un-acquired lock");
    for (let i = 0; i < n && this.#waiters.wakeNext(); i++);
  }

  /** Wakes all waiters. @throws RuntimeError when the lock is not held. */
  notifyAll(): void {
    this.notify(this.#waiters.length);
  }

  *#wait(): CoroutineGenerator<true> {
    if (!this.locked()) throw new RuntimeError("cannot wait on un-acquired lock");
    const waiter = this.#waiters.join(this);
    try {
      this.release();
      try {
        yield* waiter;
      } finally {
        this.#waiters.leave(waiter);
        yield* this.#reacquire();
      }
      return true;
    } catch (error) {
      // The notification may have been for this task: another one gets it. That one may wake without reason, as it may.
      this.#waiters.wakeNext();
      throw error;
    }
  }

  /** Takes the lock whatever happens. Cancellations on the way are held back; the last one is thrown at the end. */
  *#reacquire(): CoroutineGenerator<void> {
    let held: CancelledError | undefined;
    for (;;) {
      try {
        yield* this.acquire();
        break;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        held = error;
      }
    }
    if (held !== undefined) throw held;
  }

  *#waitFor<T>(predicate: () => T): CoroutineGenerator<T> {
    let result = predicate();
    while (!result) {
      yield* this.wait();
      result = predicate();
    }
    return result;
  }
}
