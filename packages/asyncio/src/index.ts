export * from "./core/index.ts";
export { ConcurrentFuture } from "./node/executors/concurrent-future.ts";
export { move } from "./node/executors/move.ts";
export { type ParentHandle, ParentLoop, parentLoop } from "./node/executors/parent-loop.ts";
export { ProcessPoolExecutor } from "./node/executors/process-pool-executor.ts";
export { runCoroutineThreadsafe } from "./node/executors/run-coroutine-threadsafe.ts";
export { ThreadPoolExecutor, type ThreadPoolOptions } from "./node/executors/thread-pool-executor.ts";
export { toThread } from "./node/executors/to-thread.ts";
export { type WorkerModule, workerModule } from "./node/executors/worker-module.ts";
export { WorkerPool, type WorkerPoolOptions } from "./node/executors/worker-pool.ts";
export {
  type CreateSubprocessOptions,
  createSubprocessExec,
  createSubprocessShell,
  type ProcessWith,
} from "./node/subprocess/create-subprocess.ts";
export { type CommunicateOptions, Process, type ProcessOutput } from "./node/subprocess/process.ts";
