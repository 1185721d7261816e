import { checkDeadline } from "./check-time.ts";
import { Coroutine, type CoroutineGenerator } from "./coroutine.ts";
import { getRunningLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { ensureFuture } from "./ensure-future.ts";
import { CancelledError, timeoutError } from "./errors.ts";
import { Future } from "./future.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import { scoped, scopedWait } from "./scope.ts";
import { type Awaitable, isGenerator, isThenable } from "./source.ts";
import { Timeout } from "./timeout.ts";
import { wrapFuture } from "./wrap-future.ts";

/**
 * Waits for `awaitable`, at most for `delay` milliseconds; null sets no limit. A coroutine runs as a part of the calling
 * task. When the time is up it is cancelled, and the wait ends when it has ended, which may be later.
 *
 * With a delay of zero or less, what is not done yet does not start.
 *
 * @throws TimeoutError, from the wait. TypeError when `awaitable` is none; TypeError or ValueError for a wrong `delay`.
 * @example
 * ```ts
 * import { run, sleep, TimeoutError, waitFor } from "asyncio-ts";
 *
 * await run(async () => {
 *   try {
 *     await waitFor(sleep(1000), 5);
 *   } catch (error) {
 *     console.log(error instanceof TimeoutError); // true
 *   }
 * });
 * ```
 */
export function waitFor<T>(awaitable: Awaitable<T>, delay: number | null): Coroutine<T> {
  checkDeadline("waitFor", "delay", delay);
  if (delay !== null && delay <= 0) return new GeneratorCoroutine(finishNow(awaitable), "waitFor");
  if (typeof awaitable === "function") return scoped("waitFor", new Timeout({ delay }), () => awaitable());
  return scopedWait("waitFor", new Timeout({ delay }), waitable(awaitable));
}

/** What to wait for, in either spelling. */
function waitable<T>(awaitable: Coroutine<T> | CoroutineGenerator<T> | PromiseLike<T>): Coroutine<T> | Future<T> {
  if (awaitable instanceof Future || awaitable instanceof Coroutine) return awaitable as Coroutine<T> | Future<T>;
  if (isGenerator(awaitable)) return new GeneratorCoroutine(awaitable, "waitFor");
  if (isThenable(awaitable)) return wrapFuture(awaitable);
  throw new TypeError(`waitFor() needs something to wait for, got ${describeValue(awaitable)}`);
}

function* finishNow<T>(awaitable: Awaitable<T>): CoroutineGenerator<T> {
  const future = ensureFuture(awaitable);
  if (future.done()) return future.result();
  yield* cancelAndWait(future);
  try {
    return future.result();
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    throw timeoutError("", error);
  }
}

/**
 * Cancels a future and waits for its end. Not on the future itself: this wait, too, can be cancelled.
 */
function* cancelAndWait(future: Future): CoroutineGenerator<void> {
  const ended = getRunningLoop().createFuture<undefined>();
  const release = (): void => {
    if (!ended.done()) ended.setResult(undefined);
  };
  future._whenDone(release);
  try {
    future.cancel();
    yield* ended;
  } finally {
    future.removeDoneCallback(release);
  }
}
