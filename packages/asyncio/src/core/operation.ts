import { Coroutine, type Suspension } from "./coroutine.ts";
import { stackHere } from "./describe.ts";
import { RuntimeError } from "./errors.ts";
import { current } from "./frame.ts";
import type { Future } from "./future.ts";

/**
 * Sent into a suspended generator instead of a value: the innermost operation answers with the stack of where it is
 * and stays suspended, so that no user code runs. This is how the exact place of a suspended coroutine is found.
 *
 * @internal
 */
export const PROBE: unique symbol = Symbol("probe");

/** What an iterator returns to make its coroutine wait for `future`. @internal */
export function suspend(future: Future<unknown>): IteratorYieldResult<Suspension> {
  current.suspended = future;
  if (current.debug) current.site = stackHere();
  return { done: false, value: future };
}

/** The answer to {@link PROBE}: where it is, and what it is called. @internal */
export function probed(future: Suspension, name: string): IteratorYieldResult<Suspension> {
  current.site = stackHere(name);
  return { done: false, value: future };
}

/**
 * An operation that is its own iterator, so that a coroutine which waits for it resumes through one level less than
 * through a generator (docs/performance.md).
 *
 * @internal
 */
export abstract class Operation<T> extends Coroutine<T> implements Iterator<Suspension, T, unknown> {
  static {
    this.prototype._isSimple = true;
  }

  #state: "fresh" | "started" | "waiting" | "done" = "fresh";
  #future: Suspension;

  /** Begins; returns what to wait for, or null when there is no need to: then `_finish()` follows at once. */
  protected abstract _begin(): Suspension | null;

  /** Woken up: what to wait for once more, or null when it is enough. */
  protected _again(): Suspension | null {
    return null;
  }

  /** The result, after what was waited for came true. */
  protected abstract _finish(): T;

  /** The wait ended with an error, usually a cancellation: puts everything right again. */
  protected _undo(_error: unknown): void {}

  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    if (this.#state !== "fresh") throw new RuntimeError(`cannot reuse already awaited coroutine '${this.name}'`);
    this.#state = "started";
    if (current.debug) current.loop?._debugMode()?.started(this);
    return this;
  }

  next(sent?: unknown): IteratorResult<Suspension, T> {
    if (sent === PROBE) return probed(this.#future, this.name);
    const future = this.#state === "started" ? this._begin() : this._again();
    this.#future = future ?? undefined;
    if (future === null) {
      this.#state = "done";
      return { done: true, value: this._finish() };
    }
    this.#state = "waiting";
    return future === undefined ? { done: false, value: undefined } : suspend(future);
  }

  throw(error: unknown): IteratorResult<Suspension, T> {
    const waited = this.#state === "waiting";
    this.#state = "done";
    this.#future = undefined;
    if (waited) this._undo(error);
    throw error;
  }

  return(value: unknown): IteratorResult<Suspension, T> {
    const waited = this.#state === "waiting";
    this.#state = "done";
    if (waited) this._undo(undefined);
    return { done: true, value: value as T };
  }

  /** Ends the wait with a CancelledError, without a request to the task. @internal */
  _interrupt(): void {
    this.#future?.cancel();
  }

  override close(): void {
    if (this.#state === "fresh") this.#state = "done";
    super.close();
  }
}
