import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { ensureFuture } from "./ensure-future.ts";
import { CancelledError, ValueError } from "./errors.ts";
import type { Future } from "./future.ts";
import type { ResultOf } from "./gather.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import { type Awaitable, distinct } from "./source.ts";
import { FIRST_COMPLETED, wait } from "./wait.ts";

/**
 * The outcome of whichever awaitable ends first, result or error. The others are cancelled, and it waits until they have
 * ended: nothing goes on behind your back. When several end in the same turn, the first of the list wins.
 *
 * @throws TypeError when `awaitables` is no list of awaitables; ValueError when it is empty.
 * @example
 * ```ts
 * import { race, run, sleep } from "asyncio-ts";
 *
 * console.log(await run(race([sleep(1000, "slow"), sleep(1, "fast")]))); // fast
 * ```
 */
export function race<const A extends readonly Awaitable<unknown>[]>(awaitables: A): Coroutine<ResultOf<A[number]>> {
  if (!Array.isArray(awaitables)) {
    throw new TypeError(`race() needs a list of awaitables, got ${describeValue(awaitables)}`);
  }
  if (awaitables.length === 0) throw new ValueError("race() needs at least one awaitable: nobody could win");
  return new GeneratorCoroutine(firstOf(awaitables), "race");
}

function* firstOf<T>(awaitables: readonly Awaitable<unknown>[]): CoroutineGenerator<T> {
  const futures = new Set(distinct(awaitables).map((awaitable) => ensureFuture(awaitable)));
  let winner: Future<unknown> | undefined;
  try {
    const { done } = yield* wait(futures, { returnWhen: FIRST_COMPLETED });
    [winner] = done;
  } finally {
    if (winner !== undefined) futures.delete(winner);
    yield* cancelAll(futures);
  }
  return (winner as Future<T>).result();
}

/** Cancels futures and waits for their end, whatever happens; a cancellation that comes meanwhile is raised then. */
function* cancelAll(futures: ReadonlySet<Future<unknown>>): CoroutineGenerator<void> {
  for (const future of futures) future.cancel();
  let cancellation: CancelledError | undefined;
  for (;;) {
    const pending = [...futures].filter((future) => !future.done());
    if (pending.length === 0) break;
    try {
      yield* wait(pending);
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
      cancellation = error;
    }
  }
  for (const future of futures) reportLoser(future);
  if (cancellation !== undefined) throw cancellation;
}

function reportLoser(future: Future<unknown>): void {
  if (future.cancelled()) return;
  if (!future._failed()) return;
  const exception = future._takeError();
  future.getLoop().callExceptionHandler({ message: "a loser of race() failed", exception, future });
}
