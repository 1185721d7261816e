import { checkTime } from "./check-time.ts";
import { copyContext } from "./context.ts";
import { ensureFuture } from "./ensure-future.ts";
import { timeoutError } from "./errors.ts";
import { Future } from "./future.ts";
import type { Awaitable } from "./source.ts";
import { currentTask } from "./task.ts";

/** How long {@link shield} protects. */
export interface ShieldOptions {
  /**
   * For clean-up: also the wait is protected. It ends when the operation has, at the latest after this many
   * milliseconds, when the operation is cancelled and a TimeoutError raised. A cancel that came meanwhile is raised then.
   */
  readonly withinMs?: number;
}

/**
 * Waits for something that goes on when the wait is cancelled.
 *
 * Of an operation that ends with an error after the wait was cancelled, the error goes to the loop's exception handler.
 *
 * @throws TypeError when `awaitable` is none; ValueError when `withinMs` is NaN.
 * @example
 * ```ts
 * import { createTask, run, shield, sleep } from "asyncio-ts";
 *
 * await run(async () => {
 *   const saving = createTask(() => sleep(2, "saved"));
 *   const waiting = createTask(async () => await shield(saving));
 *   await sleep(1);
 *   waiting.cancel();
 *   console.log(await saving); // saved
 * });
 * ```
 */
export function shield<T>(awaitable: Awaitable<T>, options: ShieldOptions = {}): Future<T> {
  if (options.withinMs !== undefined) checkTime("shield", "withinMs", options.withinMs);
  const inner = ensureFuture(awaitable);
  if (inner.done()) return inner;
  const outer =
    options.withinMs === undefined ? new Future<T>({ loop: inner.getLoop() }) : new Guard(inner, options.withinMs);
  const waiter = currentTask();
  // The order of these callbacks is CPython's.
  const copy = (): void => copyOutcome(inner, outer);
  const context = copyContext();
  inner._whenDone(copy, waiter);
  outer._whenDone(() => {
    if (inner.done()) return;
    inner.removeDoneCallback(copy);
    // Once, however many shields were left.
    inner.removeDoneCallback(reportError);
    inner.addDoneCallback(reportError, { context });
  });
  return outer;
}

function copyOutcome<T>(inner: Future<T>, outer: Future<T>): void {
  if (outer.done()) return;
  if (inner.cancelled()) outer._endCancelled(undefined);
  else if (inner._failed()) outer._fail(inner._takeError());
  else outer.setResult(inner.result());
}

function reportError(inner: Future<unknown>): void {
  if (inner.cancelled()) return;
  if (!inner._failed()) return;
  const exception = inner._takeError();
  const name = exception instanceof Error ? exception.name : typeof exception;
  inner.getLoop().callExceptionHandler({
    message: `${name} exception in shielded future`,
    exception,
    future: inner,
  });
}

/** The wait for a protected clean-up: it does not end before the clean-up has. */
class Guard<T> extends Future<T> {
  readonly #limit: { cancel(): void };
  #late = false;
  #message: unknown;

  constructor(inner: Future<T>, withinMs: number) {
    super({ loop: inner.getLoop() });
    this.#limit = inner.getLoop().callLater(withinMs, () => {
      this.#late = true;
      inner.cancel(`shield(): not done within ${withinMs} ms`);
    });
    inner._whenDone(() => this.#limit.cancel());
  }

  override cancel(message?: unknown): boolean {
    if (this.done()) return false;
    this._cancelDeferred = true;
    this.#message = message;
    return true;
  }

  override _endCancelled(cause: unknown): void {
    if (this.#late) this._fail(timeoutError("the shielded clean-up was not done in time"));
    else super._endCancelled(cause);
  }

  override setResult(value: T): void {
    // The request that was held back is raised now: nothing is lost but the result, which a clean-up has none of.
    if (this._cancelDeferred) super._endCancelled(this.#message);
    else super.setResult(value);
  }
}
