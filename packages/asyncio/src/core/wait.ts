import { checkDeadline } from "./check-time.ts";
import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { getRunningLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { ValueError } from "./errors.ts";
import { Future } from "./future.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import type { Handle } from "./handle.ts";
import { isThenable } from "./source.ts";
import { currentTask } from "./task.ts";

/** {@link wait} returns when the first future is done. */
export const FIRST_COMPLETED = "FIRST_COMPLETED";
/** {@link wait} returns when the first future has failed, or all are done. A cancelled one has not failed. */
export const FIRST_EXCEPTION = "FIRST_EXCEPTION";
/** {@link wait} returns when all futures are done. */
export const ALL_COMPLETED = "ALL_COMPLETED";

/** What {@link wait} waits for, and how long. */
export interface WaitOptions {
  /** The longest wait, in milliseconds; null or nothing for no limit. */
  readonly timeout?: number | null | undefined;
  /** By default ALL_COMPLETED. */
  readonly returnWhen?: typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED | undefined;
}

/** The outcome of {@link wait}: the futures, in the order given. */
export interface WaitResult<F> {
  readonly done: Set<F>;
  readonly pending: Set<F>;
}

/**
 * Waits for futures and tasks. Raises none of their errors, no timeout, and cancels nothing.
 *
 * @throws TypeError when `futures` is no list of futures (make tasks of coroutines first); ValueError when it is empty or
 * `returnWhen` is unknown.
 * @example
 * ```ts
 * import { createTask, FIRST_COMPLETED, run, sleep, wait } from "asyncio-ts";
 *
 * await run(async () => {
 *   const tasks = [createTask(() => sleep(1)), createTask(() => sleep(50))];
 *   const { done, pending } = await wait(tasks, { returnWhen: FIRST_COMPLETED });
 *   console.log(done.size, pending.size); // 1 1
 *   for (const task of pending) task.cancel();
 * });
 * ```
 */
export function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: WaitOptions = {},
): Coroutine<WaitResult<F>> {
  const { timeout = null, returnWhen = ALL_COMPLETED } = options;
  if (isThenable(futures) || typeof futures?.[Symbol.iterator] !== "function") {
    throw new TypeError(`wait() needs a list of futures, got ${describeValue(futures)}`);
  }
  const set = new Set(futures);
  for (const future of set) {
    if (future instanceof Future) continue;
    throw new TypeError(
      `wait() needs futures, got ${describeValue(future)}: make a task of it first, with createTask()`,
    );
  }
  if (set.size === 0) throw new ValueError("Set of Tasks/Futures is empty.");
  if (returnWhen !== FIRST_COMPLETED && returnWhen !== FIRST_EXCEPTION && returnWhen !== ALL_COMPLETED) {
    throw new ValueError(`Invalid return_when value: ${String(returnWhen)}`);
  }
  checkDeadline("wait", "timeout", timeout);
  return new GeneratorCoroutine(waitFor(set, timeout, returnWhen), "wait");
}

function* waitFor<F extends Future<unknown>>(
  futures: Set<F>,
  timeout: number | null,
  returnWhen: string,
): CoroutineGenerator<WaitResult<F>> {
  const loop = getRunningLoop();
  const task = currentTask();
  const waiter = loop.createFuture<undefined>();
  const release = (): void => {
    if (!waiter.done()) waiter.setResult(undefined);
  };
  const timer: Handle | undefined = timeout === null ? undefined : loop.callLater(timeout, release);
  let left = futures.size;
  const onDone = (future: Future<unknown>): void => {
    left--;
    const failed = (): boolean => !future.cancelled() && future._failed();
    if (left <= 0 || returnWhen === FIRST_COMPLETED || (returnWhen === FIRST_EXCEPTION && failed())) {
      timer?.cancel();
      release();
    }
  };
  for (const future of futures) {
    future._whenDone(onDone, task);
  }
  try {
    yield* waiter;
  } finally {
    timer?.cancel();
    for (const future of futures) future.removeDoneCallback(onDone);
  }
  const done = new Set<F>();
  const pending = new Set<F>();
  for (const future of futures) (future.done() ? done : pending).add(future);
  return { done, pending };
}
