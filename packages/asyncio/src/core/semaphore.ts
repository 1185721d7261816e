import type { Coroutine } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { ValueError } from "./errors.ts";
import type { Future } from "./future.ts";
import { type Hold, hold } from "./hold.ts";
import { Operation } from "./operation.ts";
import { type Waiter, WaitQueue } from "./wait-queue.ts";

/**
 * At most `value` holders at a time; fair.
 *
 * @example
 * ```ts
 * import { run, Semaphore } from "asyncio-ts";
 *
 * const slots = new Semaphore(2);
 * await run(async () => {
 *   await using _ = await slots.hold();
 *   console.log(slots.locked()); // false
 * });
 * ```
 */
export class Semaphore {
  #value: number;
  /** @internal */
  readonly _waiters: WaitQueue = new WaitQueue();

  /** @throws TypeError when `value` is no whole number; ValueError when it is negative. */
  constructor(value = 1) {
    if (!Number.isInteger(value)) {
      throw new TypeError(`Semaphore: the initial value must be a whole number, got ${describeValue(value)}`);
    }
    if (value < 0) throw new ValueError("Semaphore initial value must be >= 0");
    this.#value = value;
  }

  /** Whether an `acquire()` would have to wait: no permit is left, or others are waiting. */
  locked(): boolean {
    return this.#value === 0 || this._waiters.contended;
  }

  /** Waits for a permit and takes it. Gives true. */
  acquire(): Coroutine<true> {
    return new AcquirePermit(this);
  }

  /** {@link acquire}, as something to dispose of: `await using _ = await semaphore.hold()`. */
  hold(): Coroutine<Hold> {
    return hold(this);
  }

  /** Gives a permit to the first waiter, or back. */
  release(): void {
    this.#value++;
    this.#grantNext();
  }

  /** Releases: `await semaphore.acquire(); await using _ = semaphore;`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }

  /** How many permits are free. @internal */
  get _value(): number {
    return this.#value;
  }

  /** @internal */
  _tryAcquire(): boolean {
    if (this.locked()) return false;
    this.#value--;
    return true;
  }

  /** The wait of `waiter` is over; if it was cancelled after it got its permit, the permit goes on. @internal */
  _leave(waiter: Waiter, cancelled: boolean): void {
    this._waiters.leave(waiter);
    if (cancelled && waiter.done() && !waiter.cancelled()) this.#value++;
    while (this.#value > 0 && this.#grantNext());
  }

  /** A permit is given, not offered: the value goes down here and not when the waiter runs. */
  #grantNext(): boolean {
    if (!this._waiters.wakeNext()) return false;
    this.#value--;
    return true;
  }
}

class AcquirePermit extends Operation<true> {
  readonly #semaphore: Semaphore;
  #waiter: Waiter | undefined;

  constructor(semaphore: Semaphore) {
    super();
    this.#semaphore = semaphore;
  }

  override get name(): string {
    return "Semaphore.acquire";
  }

  protected _begin(): Future<unknown> | null {
    if (this.#semaphore._tryAcquire()) return null;
    this.#waiter = this.#semaphore._waiters.join(this.#semaphore);
    return this.#waiter;
  }

  protected _finish(): true {
    if (this.#waiter !== undefined) this.#semaphore._leave(this.#waiter, false);
    return true;
  }

  protected override _undo(): void {
    this.#semaphore._leave(this.#waiter as Waiter, true);
  }
}

/** A {@link Semaphore} that refuses to be released more often than it was acquired. */
export class BoundedSemaphore extends Semaphore {
  readonly #bound: number;

  constructor(value = 1) {
    super(value);
    this.#bound = value;
  }

  /** @throws ValueError when every permit is free already. */
  override release(): void {
    if (this._value >= this.#bound) throw new ValueError("BoundedSemaphore released too many times");
    super.release();
  }
}
