import type { Coroutine } from "./coroutine.ts";
import { RuntimeError } from "./errors.ts";
import type { Future } from "./future.ts";
import { type Hold, hold } from "./hold.ts";
import { Operation } from "./operation.ts";
import { type Waiter, WaitQueue } from "./wait-queue.ts";

/**
 * Mutual exclusion between tasks: fair, not re-entrant, released by anybody.
 *
 * @example
 * ```ts
 * import { gather, Lock, run, sleep } from "asyncio-ts";
 *
 * const lock = new Lock();
 * async function visit(name: string) {
 *   await using _ = await lock.hold();
 *   await sleep(1);
 *   console.log(name); // a, then b
 * }
 * await run(async () => void (await gather([() => visit("a"), () => visit("b")])));
 * ```
 */
export class Lock {
  #locked = false;
  /** @internal */
  readonly _waiters: WaitQueue = new WaitQueue();

  /** Whether it is held. Between a release and the step of the next holder it is not, and nobody can barge in. */
  locked(): boolean {
    return this.#locked;
  }

  /** Waits until the lock is free, and takes it. Gives true. */
  acquire(): Coroutine<true> {
    return new Acquire(this);
  }

  /** {@link acquire}, as something to dispose of: `await using _ = await lock.hold()`. */
  hold(): Coroutine<Hold> {
    return hold(this);
  }

  /** @throws RuntimeError when the lock is not held. */
  release(): void {
    if (!this.#locked) throw new RuntimeError("Lock is not acquired.");
    this.#locked = false;
    this._waiters.wakeFirst();
  }

  /** Releases: `await lock.acquire(); await using _ = lock;`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }

  /** Takes the lock if nobody holds or awaits it. @internal */
  _tryAcquire(): boolean {
    if (this.#locked || this._waiters.contended) return false;
    this.#locked = true;
    return true;
  }

  /** The waiter whose turn it is takes the lock. @internal */
  _take(waiter: Waiter): void {
    this._waiters.leave(waiter);
    this.#locked = true;
  }

  /** A waiter gives up. If it was to have the lock, the next one is. @internal */
  _giveUp(waiter: Waiter): void {
    this._waiters.leave(waiter);
    if (!this.#locked) this._waiters.wakeFirst();
  }
}

class Acquire extends Operation<true> {
  readonly #lock: Lock;
  #waiter: Waiter | undefined;

  constructor(lock: Lock) {
    super();
    this.#lock = lock;
  }

  override get name(): string {
    return "Lock.acquire";
  }

  protected _begin(): Future<unknown> | null {
    if (this.#lock._tryAcquire()) return null;
    this.#waiter = this.#lock._waiters.join(this.#lock);
    return this.#waiter;
  }

  protected _finish(): true {
    if (this.#waiter !== undefined) this.#lock._take(this.#waiter);
    return true;
  }

  protected override _undo(): void {
    this.#lock._giveUp(this.#waiter as Waiter);
  }
}
