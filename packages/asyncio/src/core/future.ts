import { type Context, copyContext } from "./context.ts";
import type { Suspension } from "./coroutine.ts";
import { getEventLoop } from "./current-loop.ts";
import { describeValue, traceOf } from "./describe.ts";
import { CancelledError, cancelledError, InvalidStateError, RuntimeError } from "./errors.ts";
import { current } from "./frame.ts";
import { Handle, type ReadyEntry } from "./handle.ts";
import type { EventLoop } from "./loop.ts";
import { PROBE, probed, suspend } from "./operation.ts";
import { awaitHere } from "./strand.ts";
import type { Task } from "./task.ts";

const PENDING = 0;
const RESULT = 1;
const EXCEPTION = 2;
/** An exception that nobody has seen yet. */
const UNSEEN = 3;
const CANCELLED = 4;

type State = typeof PENDING | typeof RESULT | typeof EXCEPTION | typeof UNSEEN | typeof CANCELLED;

/**
 * A result that is not there yet. Low-level: most code awaits coroutines and tasks.
 *
 * Unlike a promise it is settled by whoever holds it, can be cancelled, belongs to one loop, and wakes who waits for it
 * through that loop: in its order, one turn later.
 *
 * @example
 * ```ts
 * import { getRunningLoop, run } from "asyncio-ts";
 *
 * await run(async () => {
 *   const loop = getRunningLoop();
 *   const future = loop.createFuture<string>();
 *   loop.callLater(5, () => future.setResult("done"));
 *   console.log(await future);
 * });
 * ```
 */
export class Future<T = unknown> implements PromiseLike<T> {
  /** @internal */
  readonly _loop: EventLoop;
  #state: State = PENDING;
  /** The result, the error, the message of the cancel, or the CancelledError with which the coroutine of a task ended. */
  #value: unknown;
  #callbacks: ReadyEntry | ReadyEntry[] | undefined;
  /** The operation can't stop any more: a cancel request is kept until it has ended. @internal */
  declare _cancelDeferred: boolean;

  /** Its cancel() cancels tasks, which may lead back to where it began. @internal */
  declare _cancelsTasks: boolean;

  /** See Coroutine. @internal */
  declare _isSimple: boolean;

  static {
    this.prototype._isSimple = true;
    this.prototype._cancelDeferred = false;
    this.prototype._cancelsTasks = false;
  }

  /** Belongs to `loop`, by default the running one. */
  constructor(options: { readonly loop?: EventLoop } = {}) {
    this._loop = options.loop ?? getEventLoop();
    if (current.debug) traceOf.record(this);
  }

  getLoop(): EventLoop {
    return this._loop;
  }

  /** Whether it has a result, an error, or was cancelled. */
  done(): boolean {
    return this.#state !== PENDING;
  }

  cancelled(): boolean {
    return this.#state === CANCELLED;
  }

  /**
   * The result.
   *
   * @throws InvalidStateError while it is pending; CancelledError when it was cancelled; else the error it ended with.
   */
  result(): T {
    if (this.#state === RESULT) return this.#value as T;
    if (this.#state === PENDING) throw new InvalidStateError("Result is not ready.");
    throw this._takeError();
  }

  /**
   * The error it ended with; null when it has a result.
   *
   * @throws InvalidStateError while it is pending; CancelledError when it was cancelled.
   */
  exception(): unknown {
    if (this.#state === PENDING) throw new InvalidStateError("Exception is not set.");
    if (this.#state === CANCELLED) throw this._takeError();
    if (this.#state === RESULT) return null;
    this.#state = EXCEPTION;
    return this.#value;
  }

  /** @throws InvalidStateError when it is done already. */
  setResult(value: T): void {
    this._checkPending();
    this.#value = value;
    this.#state = RESULT;
    this._wakeAll();
  }

  /** @throws InvalidStateError when it is done already; TypeError when there is no error in `error`. */
  setException(error: unknown): void {
    this._checkPending();
    if (error === undefined || error === null) {
      throw new TypeError(`setException() needs an error, got ${describeValue(error)}`);
    }
    this._fail(error);
  }

  /**
   * Cancels the future: whoever waits for it gets a CancelledError with `message`.
   *
   * @returns false when it is done already.
   */
  cancel(message?: unknown): boolean {
    if (this.#state === UNSEEN) this.#state = EXCEPTION;
    if (this.#state !== PENDING) return false;
    this._endCancelled(message);
    return true;
  }

  /** Calls `fn` with the future, in the loop, once it is done; in `context`, by default a copy of the current one. */
  addDoneCallback(fn: (future: this) => unknown, options: { readonly context?: Context } = {}): void {
    if (typeof fn !== "function") {
      throw new TypeError(`addDoneCallback() needs a function, got ${describeValue(fn)}`);
    }
    this._addWaiter(new Handle(this._loop, fn, [this], options.context ?? copyContext()));
  }

  /** Takes all registrations of `fn` back, unless the future is done. Returns how many there were. */
  removeDoneCallback(fn: (future: this) => unknown): number {
    return this._removeWaiters((entry) => (entry as { readonly _fn?: unknown })._fn === fn);
  }

  // biome-ignore lint/suspicious/noThenProperty: a future is awaited
  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return awaitHere<T, A, B>(this, onfulfilled, onrejected);
  }

  /** For `yield*`. */
  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    return new FutureIterator<T>(this);
  }

  toString(): string {
    const state = ["pending", "finished", "finished", "finished", "cancelled"][this.#state];
    return `<${this.constructor.name} ${state}>`;
  }

  /** Whether it ended without a result: that the error is null says nothing, JavaScript throws anything. @internal */
  _failed(): boolean {
    return this.#state > RESULT;
  }

  /** The error of one that ended without a result; from now on it counts as seen. @internal */
  _takeError(): unknown {
    if (this.#state !== CANCELLED) {
      this.#state = EXCEPTION;
      return this.#value;
    }
    if (!(this.#value instanceof CancelledError)) return cancelledError(this.#value);
    // As CPython: the first to ask gets the very error with which the coroutine ended, the others one of their own.
    const saved = this.#value;
    this.#value = undefined;
    return saved;
  }

  /** The error it ended with, without counting it as seen; null when there is none. @internal */
  _peekError(): unknown {
    return this.#state === EXCEPTION || this.#state === UNSEEN ? this.#value : null;
  }

  /** The message that it was cancelled with. @internal */
  _cancelledWith(): unknown {
    return this.#state === CANCELLED && !(this.#value instanceof CancelledError) ? this.#value : undefined;
  }

  /** @internal */
  _fail(error: unknown): void {
    this.#value = error;
    this.#state = UNSEEN;
    if (this.#callbacks === undefined) this._loop._enqueue(new UnseenErrorCheck(this));
    this._wakeAll();
  }

  /** Ends it as cancelled, with a message, or with the error that the coroutine of a task ended with. @internal */
  _endCancelled(cause: unknown): void {
    this.#value = cause;
    this.#state = CANCELLED;
    this._wakeAll();
  }

  /** Puts `entry` into the ready queue once the future is done. @internal */
  _addWaiter(entry: ReadyEntry): void {
    if (this.#state !== PENDING) this._loop._enqueue(entry);
    else if (this.#callbacks === undefined) this.#callbacks = entry;
    else if (Array.isArray(this.#callbacks)) this.#callbacks.push(entry);
    else this.#callbacks = [this.#callbacks, entry];
  }

  /** Takes waiters back; says how many. @internal */
  _removeWaiters(matches: (entry: ReadyEntry) => boolean): number {
    const waiters = this._waiters();
    const kept = waiters.filter((entry) => !matches(entry));
    this.#callbacks = kept.length === 0 ? undefined : kept;
    return waiters.length - kept.length;
  }

  /**
   * As addDoneCallback, for the library's own functions: smaller, they need no context and don't throw. `awaiter` is the
   * task that waits for the future through them.
   *
   * @internal
   */
  _whenDone(fn: (future: this) => void, awaiter: Task<unknown> | null = null): void {
    this._addWaiter(new Reaction(this, fn as unknown as (future: Future<never>) => void, awaiter));
  }

  /** @internal */
  _waiters(): readonly ReadyEntry[] {
    if (this.#callbacks === undefined) return [];
    return Array.isArray(this.#callbacks) ? this.#callbacks : [this.#callbacks];
  }

  /** @internal */
  _reportIfUnseen(): void {
    if (this.#state !== UNSEEN) return;
    this.#state = EXCEPTION;
    this._loop.callExceptionHandler({
      message: `${this.constructor.name} exception was never retrieved`,
      exception: this.#value,
      ...this._reportKeys(),
      ...traceOf.entry(this),
    });
  }

  /** @internal */
  _reportKeys(): { future?: Future<unknown>; task?: Task<unknown> } {
    return { future: this };
  }

  /** Not `#private`: a private method is one more field in every future. @internal */
  _checkPending(): void {
    if (this.#state !== PENDING) throw new InvalidStateError(`the future is done already: ${this}`);
  }

  /** @internal */
  _wakeAll(): void {
    const callbacks = this.#callbacks;
    if (callbacks === undefined) return;
    this.#callbacks = undefined;
    if (!Array.isArray(callbacks)) {
      this._loop._enqueue(callbacks);
      return;
    }
    for (const entry of callbacks) this._loop._enqueue(entry);
  }
}

class FutureIterator<T> implements Iterator<Suspension, T, unknown> {
  readonly #future: Future<T>;
  #yielded = false;

  constructor(future: Future<T>) {
    this.#future = future;
  }

  next(sent?: unknown): IteratorResult<Suspension, T> {
    const future = this.#future as Future;
    if (sent === PROBE) return probed(future, "");
    if (future.done()) return { done: true, value: this.#future.result() };
    // A loop over the future, instead of `yield*` in a task, would go on for ever.
    if (this.#yielded) throw new RuntimeError("await wasn't used with future");
    this.#yielded = true;
    return suspend(future);
  }

  throw(error: unknown): IteratorResult<Suspension, T> {
    throw error;
  }
}

/** A done callback of the library's own. */
class Reaction implements ReadyEntry {
  readonly #future: Future<never>;
  readonly _fn: (future: Future<never>) => void;
  readonly _awaiter: Task<unknown> | null;

  constructor(future: object, fn: (future: Future<never>) => void, awaiter: Task<unknown> | null) {
    this.#future = future as Future<never>;
    this._fn = fn;
    this._awaiter = awaiter;
  }

  _run(): void {
    this._fn(this.#future);
  }
}

/**
 * Reports an error that nobody listens to, one turn after it happened. CPython does so when the future is collected,
 * which in JavaScript may never be.
 *
 * @internal
 */
export class UnseenErrorCheck implements ReadyEntry {
  readonly #future: Future;

  constructor(future: Future) {
    this.#future = future;
  }

  _run(): void {
    this.#future._reportIfUnseen();
  }
}

/** Whether `value` is a {@link Future}; tasks are futures too. */
export function isfuture(value: unknown): value is Future<unknown> {
  return value instanceof Future;
}
