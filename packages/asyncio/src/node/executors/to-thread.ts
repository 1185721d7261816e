import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { getRunningLoop, runningLoop } from "../../core/current-loop.ts";
import type { CallResult } from "../../core/executor.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import { checkedReference } from "./worker-module.ts";
import { WorkerPool } from "./worker-pool.ts";

/**
 * Calls a function in a thread, the loop being free meanwhile; begins when it is awaited. The function is named by
 * {@link workerModule}; arguments and result are copied, or moved (see {@link move}). An async function, or one that
 * gives a coroutine, has a loop of its own there.
 *
 * Cancelling takes the call back when it has not begun; one that has goes on by itself. To have it ended, use a
 * {@link ThreadPoolExecutor} with `onCancel: "terminate"`.
 *
 * @throws TypeError when `fn` can't run in a thread. From the wait: what the function throws; TypeError when an argument
 * or the result can't be copied; BrokenExecutorError when the thread dies.
 * @example
 * ```ts
 * import { run, toThread, workerModule } from "asyncio-ts";
 *
 * const crypto = workerModule<typeof import("node:crypto")>("node:crypto");
 * await run(async () => {
 *   const key = await toThread(crypto.pbkdf2Sync, "secret", "salt", 1000, 32, "sha512");
 *   console.log(key.length); // 32
 * });
 * ```
 */
export function toThread<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Coroutine<CallResult<R>> {
  // An executor that somebody else has written may run whatever it likes.
  const executor = runningLoop()?._defaultExecutor() ?? null;
  if (executor === null || executor instanceof WorkerPool) checkedReference("toThread()", fn, "thread");
  return new GeneratorCoroutine(call(fn, args), "toThread");
}

function* call<A extends unknown[], R>(fn: (...args: A) => R, args: A): CoroutineGenerator<CallResult<R>> {
  return yield* getRunningLoop().runInExecutor(null, fn, ...args);
}
