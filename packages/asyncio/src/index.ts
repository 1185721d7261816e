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
export { BinaryFile } from "./node/files/binary-file.ts";
export { type FileBase, SEEK_CUR, SEEK_END, SEEK_SET, type Whence } from "./node/files/file-base.ts";
export type { BinaryMode, TextMode } from "./node/files/mode.ts";
export { type EncodingOptions, type FilePath, type OpenFileOptions, openFile } from "./node/files/open-file.ts";
export {
  TemporaryDirectory,
  type TemporaryDirectoryOptions,
  temporaryDirectory,
} from "./node/files/temporary-directory.ts";
export {
  type NamedTemporaryFileOptions,
  namedTemporaryFile,
  type TemporaryFileOptions,
  temporaryFile,
} from "./node/files/temporary-file.ts";
export type { TemporaryNameOptions } from "./node/files/temporary-names.ts";
export { TextFile } from "./node/files/text-file.ts";
export type { EncodingErrors } from "./node/files/text-format.ts";
export { type CallbackAbort, fromCallback, type NodeCallback } from "./node/interop/from-callback.ts";
export type { EmitterLike } from "./node/interop/listen.ts";
export { type EventIterator, type OnOptions, on } from "./node/interop/on.ts";
export { once } from "./node/interop/once.ts";
export { SourceReader, streamReaderFrom } from "./node/interop/source-reader.ts";
export { streamWriterTo } from "./node/interop/stream-writer-to.ts";
export type { WebReadable, WebWritable } from "./node/interop/streams-of-node.ts";
export { toReadable, toReadableStream } from "./node/interop/to-readable.ts";
export { toWritable, toWritableStream } from "./node/interop/to-writable.ts";
export {
  type CreateSubprocessOptions,
  createSubprocessExec,
  createSubprocessShell,
  type ProcessWith,
} from "./node/subprocess/create-subprocess.ts";
export { type CommunicateOptions, Process, type ProcessOutput } from "./node/subprocess/process.ts";
