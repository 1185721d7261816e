export { type AbortableOptions, abortable } from "./abortable.ts";
export { type AsCompleted, type AsCompletedOptions, asCompleted, type Completed } from "./as-completed.ts";
export { asyncGenerator, type CoroutineAsyncGenerator, type Emit } from "./async-generator.ts";
export { type Aclosing, aclosing } from "./asyncgens.ts";
export { futureAddToAwaitedBy, futureDiscardFromAwaitedBy } from "./awaited-by.ts";
export { Barrier } from "./barrier.ts";
export { BaseEventLoop } from "./base-loop.ts";
export {
  type CallGraphOptions,
  captureCallGraph,
  FrameCallGraphEntry,
  FutureCallGraph,
  formatCallGraph,
  printCallGraph,
} from "./call-graph.ts";
export {
  CancelScope,
  type CancelScopeOptions,
  cancelScope,
  currentEffectiveDeadline,
  failAfter,
  moveOnAfter,
} from "./cancel-scope.ts";
export { Condition } from "./condition.ts";
export { Context, ContextVar, copyContext, Token } from "./context.ts";
export { Coroutine, type CoroutineGenerator, type Suspension } from "./coroutine.ts";
export { getEventLoop, getRunningLoop, setEventLoop } from "./current-loop.ts";
export { createEagerTaskFactory, eagerTaskFactory, type TaskConstructor } from "./eager.ts";
export { ensureFuture } from "./ensure-future.ts";
export {
  BrokenBarrierError,
  BrokenExecutorError,
  BrokenPipeError,
  CancelledError,
  ConnectionAbortedError,
  ConnectionError,
  ConnectionRefusedError,
  ConnectionResetError,
  DeadlockError,
  FileExistsError,
  FileNotFoundError,
  GaiError,
  IncompleteReadError,
  InvalidStateError,
  KeyboardInterrupt,
  LimitOverrunError,
  LookupError,
  OSError,
  type OSErrorDetails,
  PermissionError,
  ProcessLookupError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  rethrowIfCancelled,
  SendfileNotAvailableError,
  SSLCertVerificationError,
  SSLError,
  TimeoutError,
  UnicodeDecodeError,
  UnicodeEncodeError,
  UnicodeError,
  UnsupportedOperation,
  ValueError,
} from "./errors.ts";
export { Event } from "./event.ts";
export { type ErrorCondition, ExceptionGroup } from "./exception-group.ts";
export type { ExceptionContext, ExceptionHandler } from "./exception-handler.ts";
export type { CallResult, Executor, ExecutorFunction } from "./executor.ts";
export type { StreamProtocol } from "./flow-control.ts";
export type { Frame } from "./frame.ts";
export { Future, isfuture } from "./future.ts";
export { type GatherOptions, gather, type ResultOf, type ResultsOf } from "./gather.ts";
export { coroutine } from "./generator-coroutine.ts";
export { Handle, TimerHandle } from "./handle.ts";
export type { Hold, Releasable } from "./hold.ts";
export type { CapturedFrame, FrameStorage, Host } from "./host.ts";
export type { Instrument } from "./instrument.ts";
export { invoke } from "./invoke.ts";
export {
  type AcceptedSocketOptions,
  type AddressInfo,
  type ClientSslOptions,
  type ConnectionOptions,
  type DatagramOptions,
  DEVNULL,
  type GetaddrinfoOptions,
  PIPE,
  type SendfileOptions,
  type ServerOptions,
  type SslOptions,
  STDOUT,
  type StartTlsOptions,
  type Stdio,
  type SubprocessOptions,
  type TlsOptions,
  type UnixConnectionOptions,
  type UnixServerOptions,
} from "./io-options.ts";
export { LifoQueue } from "./lifo-queue.ts";
export { Lock } from "./lock.ts";
export { EventLoop, newEventLoop } from "./loop.ts";
export type { CallOptions, EventLoopOptions, TaskFactory } from "./loop-options.ts";
export { type MapConcurrentOptions, mapConcurrent } from "./map-concurrent.ts";
export { type Abort, type ParkOptions, park, type Wait } from "./park.ts";
export { type Compare, PriorityQueue } from "./priority-queue.ts";
export {
  BaseProtocol,
  BufferedProtocol,
  DatagramProtocol,
  Protocol,
  SubprocessProtocol,
} from "./protocols.ts";
export { Queue } from "./queue.ts";
export { race } from "./race.ts";
export { Runner, type RunnerOptions, run } from "./runner.ts";
export type { Body } from "./scope.ts";
export { BoundedSemaphore, Semaphore } from "./semaphore.ts";
export { type ListeningSocket, Server } from "./server.ts";
export { type ShieldOptions, shield } from "./shield.ts";
export { sleep } from "./sleep.ts";
export { type Awaitable, iscoroutine, iscoroutinefunction, type TaskSource } from "./source.ts";
export type { FrameInfo } from "./stack.ts";
export { StreamReader, type StreamReaderOptions } from "./stream-reader.ts";
export {
  type ClientConnectedCallback,
  StreamReaderProtocol,
  type StreamReaderProtocolOptions,
} from "./stream-reader-protocol.ts";
export { type StreamTlsOptions, StreamWriter } from "./stream-writer.ts";
export {
  type OpenConnectionOptions,
  type OpenUnixConnectionOptions,
  openConnection,
  openUnixConnection,
  type StartServerOptions,
  type StartUnixServerOptions,
  startServer,
  startUnixServer,
} from "./streams.ts";
export { currentTask, Task, type TaskOptions } from "./task.ts";
export { TaskGroup, taskGroup } from "./task-group.ts";
export { allTasks, createTask } from "./tasks.ts";
export { Timeout, timeout, timeoutAt } from "./timeout.ts";
export {
  BaseTransport,
  DatagramTransport,
  type ExtraInfo,
  ReadTransport,
  type SocketAddress,
  SubprocessTransport,
  Transport,
  type WriteBufferLimits,
  WriteTransport,
} from "./transports.ts";
export {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type WaitOptions,
  type WaitResult,
  wait,
} from "./wait.ts";
export { waitFor } from "./wait-for.ts";
export { wrapFuture } from "./wrap-future.ts";
