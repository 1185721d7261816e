// dist/core/index.d.ts
export { type AbortableOptions, abortable } from "./abortable.ts";
export { type AsCompleted, type AsCompletedOptions, asCompleted, type Completed } from "./as-completed.ts";
export { asyncGenerator, type CoroutineAsyncGenerator, type Emit } from "./async-generator.ts";
export { type Aclosing, aclosing } from "./asyncgens.ts";
export { futureAddToAwaitedBy, futureDiscardFromAwaitedBy } from "./awaited-by.ts";
export { Barrier } from "./barrier.ts";
export { BaseEventLoop } from "./base-loop.ts";
export { type CallGraphOptions, captureCallGraph, FrameCallGraphEntry, FutureCallGraph, formatCallGraph, printCallGraph, } from "./call-graph.ts";
export { CancelScope, type CancelScopeOptions, cancelScope, currentEffectiveDeadline, failAfter, moveOnAfter, } from "./cancel-scope.ts";
export { Condition } from "./condition.ts";
export { Context, ContextVar, copyContext, Token } from "./context.ts";
export { Coroutine, type CoroutineGenerator, type Suspension } from "./coroutine.ts";
export { getEventLoop, getRunningLoop, setEventLoop } from "./current-loop.ts";
export { createEagerTaskFactory, eagerTaskFactory, type TaskConstructor } from "./eager.ts";
export { ensureFuture } from "./ensure-future.ts";
export { BrokenBarrierError, BrokenExecutorError, BrokenPipeError, CancelledError, ConnectionAbortedError, ConnectionError, ConnectionRefusedError, ConnectionResetError, DeadlockError, FileExistsError, FileNotFoundError, GaiError, IncompleteReadError, InvalidStateError, KeyboardInterrupt, LimitOverrunError, LookupError, OSError, type OSErrorDetails, PermissionError, ProcessLookupError, QueueEmpty, QueueFull, QueueShutDown, RuntimeError, rethrowIfCancelled, SendfileNotAvailableError, SSLCertVerificationError, SSLError, TimeoutError, UnicodeDecodeError, UnicodeEncodeError, UnicodeError, UnsupportedOperation, ValueError, } from "./errors.ts";
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
export { type AcceptedSocketOptions, type AddressInfo, type ClientSslOptions, type ConnectionOptions, type DatagramOptions, DEVNULL, type GetaddrinfoOptions, PIPE, type SendfileOptions, type ServerOptions, type SslOptions, STDOUT, type StartTlsOptions, type Stdio, type SubprocessOptions, type TlsOptions, type UnixConnectionOptions, type UnixServerOptions, } from "./io-options.ts";
export { LifoQueue } from "./lifo-queue.ts";
export { Lock } from "./lock.ts";
export { EventLoop, newEventLoop } from "./loop.ts";
export type { CallOptions, EventLoopOptions, TaskFactory } from "./loop-options.ts";
export { type MapConcurrentOptions, mapConcurrent } from "./map-concurrent.ts";
export { type Abort, type ParkOptions, park, type Wait } from "./park.ts";
export { type Compare, PriorityQueue } from "./priority-queue.ts";
export { BaseProtocol, BufferedProtocol, DatagramProtocol, Protocol, SubprocessProtocol, } from "./protocols.ts";
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
export { type ClientConnectedCallback, StreamReaderProtocol, type StreamReaderProtocolOptions, } from "./stream-reader-protocol.ts";
export { type StreamTlsOptions, StreamWriter } from "./stream-writer.ts";
export { type OpenConnectionOptions, type OpenUnixConnectionOptions, openConnection, openUnixConnection, type StartServerOptions, type StartUnixServerOptions, startServer, startUnixServer, } from "./streams.ts";
export { currentTask, Task, type TaskOptions } from "./task.ts";
export { TaskGroup, taskGroup } from "./task-group.ts";
export { allTasks, createTask } from "./tasks.ts";
export { Timeout, timeout, timeoutAt } from "./timeout.ts";
export { BaseTransport, DatagramTransport, type ExtraInfo, ReadTransport, type SocketAddress, SubprocessTransport, Transport, type WriteBufferLimits, WriteTransport, } from "./transports.ts";
export { ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, type WaitOptions, type WaitResult, wait, } from "./wait.ts";
export { waitFor } from "./wait-for.ts";
export { wrapFuture } from "./wrap-future.ts";

// dist/core/abortable.d.ts
import type { Coroutine } from "./coroutine.ts";
export interface AbortableOptions {
    readonly onCancel?: "wait" | "abandon";
    readonly graceMs?: number;
}
export declare function abortable<T>(start: (signal: AbortSignal) => PromiseLike<T>, options?: AbortableOptions): Coroutine<T>;

// dist/core/coroutine.d.ts
import type { Future } from "./future.ts";
export type Suspension = Future<unknown> | undefined;
export type CoroutineGenerator<T> = Generator<Suspension, T, unknown>;
export declare abstract class Coroutine<T> implements PromiseLike<T> {
    constructor();
    get name(): string;
    abstract [Symbol.iterator](): Iterator<Suspension, T, unknown>;
    then<A = T, B = never>(onfulfilled?: ((value: T) => A | PromiseLike<A>) | null, onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null): PromiseLike<A | B>;
    toString(): string;
    close(): void;
}

// dist/core/future.d.ts
import { type Context } from "./context.ts";
import type { Suspension } from "./coroutine.ts";
import type { EventLoop } from "./loop.ts";
export declare class Future<T = unknown> implements PromiseLike<T> {
    #private;
    constructor(options?: {
        readonly loop?: EventLoop;
    });
    getLoop(): EventLoop;
    done(): boolean;
    cancelled(): boolean;
    result(): T;
    exception(): unknown;
    setResult(value: T): void;
    setException(error: unknown): void;
    cancel(message?: unknown): boolean;
    addDoneCallback(fn: (future: this) => unknown, options?: {
        readonly context?: Context;
    }): void;
    removeDoneCallback(fn: (future: this) => unknown): number;
    then<A = T, B = never>(onfulfilled?: ((value: T) => A | PromiseLike<A>) | null, onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null): PromiseLike<A | B>;
    [Symbol.iterator](): Iterator<Suspension, T, unknown>;
    toString(): string;
}
export declare function isfuture(value: unknown): value is Future<unknown>;

// dist/core/context.d.ts
export declare class Context {
    #private;
    constructor();
    run<A extends readonly unknown[], T>(fn: (...args: A) => T, ...args: A): T;
    copy(): Context;
    get<T>(variable: ContextVar<T>): T | undefined;
    get<T, D>(variable: ContextVar<T>, fallback: D): T | D;
    has(variable: ContextVar<never> | ContextVar<unknown>): boolean;
    get size(): number;
    keys(): IterableIterator<ContextVar<unknown>>;
    values(): IterableIterator<unknown>;
    items(): IterableIterator<[
        ContextVar<unknown>,
        unknown
    ]>;
    [Symbol.iterator](): IterableIterator<ContextVar<unknown>>;
}
export declare function copyContext(): Context;
declare const MISSING: unique symbol;
export declare class Token<T> {
    static readonly MISSING: typeof MISSING;
    readonly var: ContextVar<T>;
    readonly oldValue: T | typeof MISSING;
    [Symbol.dispose](): void;
}
export declare class ContextVar<T> {
    #private;
    readonly name: string;
    constructor(name: string, options?: {
        readonly default?: T;
    });
    get(): T;
    get<D>(fallback: D): T | D;
    set(value: T): Token<T>;
    reset(token: Token<T>): void;
}
export {};

// dist/core/loop.d.ts
import { BaseEventLoop } from "./base-loop.ts";
import type { Coroutine } from "./coroutine.ts";
import type { CallResult, Executor } from "./executor.ts";
import type { Future } from "./future.ts";
import type { Handle } from "./handle.ts";
import type { AcceptedSocketOptions, AddressInfo, ConnectionOptions, DatagramOptions, GetaddrinfoOptions, SendfileOptions, ServerOptions, StartTlsOptions, SubprocessOptions, TlsOptions, UnixConnectionOptions, UnixServerOptions } from "./io-options.ts";
import type { CallOptions, EventLoopOptions } from "./loop-options.ts";
import type { BaseProtocol, DatagramProtocol, SubprocessProtocol } from "./protocols.ts";
import type { Server } from "./server.ts";
import type { DatagramTransport, ReadTransport, SubprocessTransport, Transport, WriteTransport } from "./transports.ts";
export declare class EventLoop extends BaseEventLoop {
    #private;
    createConnection<P extends BaseProtocol>(protocolFactory: () => P, host: string | null, port: number | null, options?: ConnectionOptions): Coroutine<[
        Transport,
        P
    ]>;
    createServer(protocolFactory: () => BaseProtocol, host: string | readonly string[] | null, port: number | null, options?: ServerOptions): Coroutine<Server>;
    createUnixConnection<P extends BaseProtocol>(protocolFactory: () => P, path: string | null, options?: UnixConnectionOptions): Coroutine<[
        Transport,
        P
    ]>;
    createUnixServer(protocolFactory: () => BaseProtocol, path: string | null, options?: UnixServerOptions): Coroutine<Server>;
    connectAcceptedSocket<P extends BaseProtocol>(protocolFactory: () => P, sock: object, options?: AcceptedSocketOptions): Coroutine<[
        Transport,
        P
    ]>;
    startTls(transport: Transport, protocol: BaseProtocol, sslcontext: TlsOptions, options?: StartTlsOptions): Coroutine<Transport>;
    sendfile(transport: WriteTransport, file: unknown, options?: SendfileOptions): Coroutine<number>;
    createDatagramEndpoint<P extends DatagramProtocol>(protocolFactory: () => P, options: DatagramOptions): Coroutine<[
        DatagramTransport,
        P
    ]>;
    connectReadPipe<P extends BaseProtocol>(protocolFactory: () => P, pipe: unknown): Coroutine<[
        ReadTransport,
        P
    ]>;
    connectWritePipe<P extends BaseProtocol>(protocolFactory: () => P, pipe: unknown): Coroutine<[
        WriteTransport,
        P
    ]>;
    getaddrinfo(host: string | null, port: number | null, options?: GetaddrinfoOptions): Coroutine<AddressInfo[]>;
    getnameinfo(sockaddr: readonly [
        host: string,
        port: number
    ]): Coroutine<[
        host: string,
        service: string
    ]>;
    subprocessExec<P extends SubprocessProtocol>(protocolFactory: () => P, program: string, args?: readonly string[], options?: SubprocessOptions): Coroutine<[
        SubprocessTransport,
        P
    ]>;
    subprocessShell<P extends SubprocessProtocol>(protocolFactory: () => P, command: string, options?: SubprocessOptions): Coroutine<[
        SubprocessTransport,
        P
    ]>;
    addSignalHandler<A extends readonly unknown[]>(signal: string, callback: (...args: A) => unknown, options?: CallOptions<A>): void;
    removeSignalHandler(signal: string): boolean;
    runInExecutor<A extends unknown[], R>(executor: Executor | null, fn: (...args: A) => R, ...args: A): Future<CallResult<R>>;
    setDefaultExecutor(executor: Executor): void;
    shutdownDefaultExecutor(timeout?: number | null): Coroutine<void>;
    callSoonThreadsafe<A extends readonly unknown[]>(fn: (...args: A) => unknown, options?: CallOptions<A>): Handle;
    close(): void;
}
export declare function newEventLoop(options?: EventLoopOptions): EventLoop;

// dist/core/base-loop.d.ts
import type { Coroutine } from "./coroutine.ts";
import { type ExceptionContext, type ExceptionHandler } from "./exception-handler.ts";
import { Future } from "./future.ts";
import { Handle, TimerHandle } from "./handle.ts";
import type { CallOptions, EventLoopOptions, TaskFactory } from "./loop-options.ts";
import { type Awaitable, type TaskSource } from "./source.ts";
import { Task, type TaskOptions } from "./task.ts";
export declare abstract class BaseEventLoop {
    #private;
    slowCallbackDuration: number;
    swallowedCancellations: number;
    constructor(options?: EventLoopOptions);
    runForever(): Promise<void>;
    runUntilComplete<T>(awaitable: Awaitable<T>): Promise<T>;
    runSync<T>(awaitable: Awaitable<T>): T;
    stop(): void;
    isRunning(): boolean;
    isClosed(): boolean;
    close(): void;
    time(): number;
    callSoon<A extends readonly unknown[]>(fn: (...args: A) => unknown, options?: CallOptions<A>): Handle;
    callLater<A extends readonly unknown[]>(delay: number, fn: (...args: A) => unknown, options?: CallOptions<A>): TimerHandle;
    callAt<A extends readonly unknown[]>(when: number, fn: (...args: A) => unknown, options?: CallOptions<A>): TimerHandle;
    createFuture<T>(): Future<T>;
    createTask<T>(source: TaskSource<T>, options?: TaskOptions): Task<T>;
    setTaskFactory(factory: TaskFactory | null): void;
    getTaskFactory(): TaskFactory | null;
    shutdownAsyncgens(): Coroutine<void>;
    setExceptionHandler(handler: ExceptionHandler | null): void;
    getExceptionHandler(): ExceptionHandler | null;
    defaultExceptionHandler(context: ExceptionContext): void;
    callExceptionHandler(context: ExceptionContext): void;
    getDebug(): boolean;
    setDebug(on: boolean): void;
}

// dist/core/exception-handler.d.ts
import type { Future } from "./future.ts";
import type { Handle } from "./handle.ts";
import type { EventLoop } from "./loop.ts";
import type { BaseProtocol } from "./protocols.ts";
import type { Task } from "./task.ts";
import type { BaseTransport } from "./transports.ts";
export interface ExceptionContext {
    readonly message: string;
    readonly exception?: unknown;
    readonly future?: Future<unknown>;
    readonly task?: Task<unknown>;
    readonly handle?: Handle;
    readonly asyncgen?: unknown;
    readonly transport?: BaseTransport;
    readonly protocol?: BaseProtocol;
    readonly original?: ExceptionContext;
    readonly sourceTraceback?: string;
}
export type ExceptionHandler = (loop: EventLoop, context: ExceptionContext) => void;

// dist/core/handle.d.ts
import type { Context } from "./context.ts";
export declare class Handle {
    #private;
    readonly context: Context;
    get task(): null;
    cancel(): void;
    cancelled(): boolean;
    getContext(): Context;
    [Symbol.dispose](): void;
    toString(): string;
}
export declare class TimerHandle extends Handle {
    when(): number;
    cancel(): void;
    toString(): string;
}

// dist/core/protocols.d.ts
import type { BaseTransport } from "./transports.ts";
export declare class BaseProtocol {
    connectionMade(_transport: BaseTransport): void;
    connectionLost(_error: unknown): void;
    pauseWriting(): void;
    resumeWriting(): void;
}
export declare class Protocol extends BaseProtocol {
    dataReceived(_data: Uint8Array): void;
    eofReceived(): boolean | void;
}
export declare abstract class BufferedProtocol extends BaseProtocol {
    abstract getBuffer(sizehint: number): Uint8Array;
    abstract bufferUpdated(nbytes: number): void;
    eofReceived(): boolean | void;
}
export declare class DatagramProtocol extends BaseProtocol {
    datagramReceived(_data: Uint8Array, _address: readonly [
        host: string,
        port: number
    ]): void;
    errorReceived(_error: Error): void;
}
export declare class SubprocessProtocol extends BaseProtocol {
    pipeDataReceived(_fd: number, _data: Uint8Array): void;
    pipeConnectionLost(_fd: number, _error: unknown): void;
    processExited(): void;
}

// dist/core/transports.d.ts
import type { BaseProtocol } from "./protocols.ts";
export type SocketAddress = readonly [
    host: string,
    port: number
] | string;
export interface ExtraInfo {
    readonly peername: SocketAddress;
    readonly sockname: SocketAddress;
    readonly socket: object;
    readonly sslcontext: object;
    readonly sslObject: object;
    readonly peercert: object;
    readonly cipher: readonly [
        name: string,
        protocol: string,
        bits: number | undefined
    ];
    readonly compression: null;
    readonly pipe: object;
    readonly subprocess: object;
}
export declare abstract class BaseTransport {
    abstract getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | undefined;
    abstract getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
    abstract isClosing(): boolean;
    abstract close(): void;
    abstract setProtocol(protocol: BaseProtocol): void;
    abstract getProtocol(): BaseProtocol;
}
export declare abstract class ReadTransport extends BaseTransport {
    abstract isReading(): boolean;
    abstract pauseReading(): void;
    abstract resumeReading(): void;
}
export interface WriteBufferLimits {
    readonly high?: number | undefined;
    readonly low?: number | undefined;
}
export declare abstract class WriteTransport extends BaseTransport {
    abstract write(data: Uint8Array | string): void;
    abstract writelines(list: Iterable<Uint8Array | string>): void;
    abstract writeEof(): void;
    abstract canWriteEof(): boolean;
    abstract abort(): void;
    abstract getWriteBufferSize(): number;
    abstract getWriteBufferLimits(): readonly [
        low: number,
        high: number
    ];
    abstract setWriteBufferLimits(limits?: WriteBufferLimits): void;
}
export declare abstract class Transport extends WriteTransport implements ReadTransport {
    abstract isReading(): boolean;
    abstract pauseReading(): void;
    abstract resumeReading(): void;
}
export declare abstract class DatagramTransport extends BaseTransport {
    abstract sendto(data: Uint8Array | string, address?: readonly [
        host: string,
        port: number
    ] | null): void;
    abstract abort(): void;
    abstract getWriteBufferSize(): number;
    abstract getWriteBufferLimits(): readonly [
        low: number,
        high: number
    ];
    abstract setWriteBufferLimits(limits?: WriteBufferLimits): void;
}
export declare abstract class SubprocessTransport extends BaseTransport {
    abstract getPid(): number;
    abstract getReturncode(): number | null;
    abstract getPipeTransport(fd: number): BaseTransport | null;
    abstract sendSignal(signal: string | number): void;
    abstract terminate(): void;
    abstract kill(): void;
}

// dist/core/task.d.ts
import { Context } from "./context.ts";
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { type TaskSource } from "./source.ts";
import { type FrameInfo } from "./stack.ts";
export interface TaskOptions {
    readonly name?: string | undefined;
    readonly context?: Context | undefined;
    readonly eagerStart?: boolean | undefined;
}
export declare class Task<T = unknown> extends Future<T> {
    #private;
    constructor(source: TaskSource<T>, options?: TaskOptions & {
        readonly loop?: EventLoop;
    });
    get context(): Context;
    getName(): string;
    setName(name: string): void;
    getCoro(): TaskSource<T> | null;
    getContext(): Context;
    cancel(message?: unknown): boolean;
    cancelling(): number;
    uncancel(): number;
    get signal(): AbortSignal;
    getStack(options?: {
        readonly limit?: number;
    }): FrameInfo[];
    printStack(options?: {
        readonly limit?: number;
        readonly write?: (text: string) => void;
    }): void;
    setResult(_value: T): void;
    setException(_error: unknown): void;
    toString(): string;
}
export declare function currentTask(loop?: EventLoop): Task<unknown> | null;

// dist/core/source.d.ts
import { Coroutine, type CoroutineGenerator } from "./coroutine.ts";
export type TaskSource<T> = Coroutine<T> | CoroutineGenerator<T> | (() => PromiseLike<T> | Coroutine<T> | CoroutineGenerator<T>);
export type Awaitable<T> = TaskSource<T> | PromiseLike<T>;
export declare function iscoroutine(value: unknown): value is Coroutine<unknown> | CoroutineGenerator<unknown>;
export declare function iscoroutinefunction(value: unknown): value is (...args: never[]) => unknown;

// dist/core/stack.d.ts
export interface FrameInfo {
    readonly functionName: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly async: boolean;
}

// dist/core/loop-options.d.ts
import type { Context } from "./context.ts";
import type { Host } from "./host.ts";
import type { Instrument } from "./instrument.ts";
import type { EventLoop } from "./loop.ts";
import type { TaskSource } from "./source.ts";
import type { Task, TaskOptions } from "./task.ts";
export interface CallOptions<A extends readonly unknown[]> {
    readonly args?: A;
    readonly context?: Context;
}
export type TaskFactory = <T>(loop: EventLoop, source: TaskSource<T>, options: TaskOptions) => Task<T>;
export interface EventLoopOptions {
    readonly host?: Host;
    readonly debug?: boolean;
    readonly instrument?: Instrument;
}

// dist/core/host.d.ts
import type { Frame } from "./frame.ts";
export interface Host {
    time(): number;
    readonly debug: boolean;
    readonly resolution: number;
    wake(turn: () => void): void;
    idle(until: number | undefined, foreign: boolean, turn: () => void): void;
    rest(): void;
    readonly drain?: (() => void) | undefined;
    afterDrain(turn: () => void): void;
    bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R;
    watch(stuck: () => void): () => void;
    onInterrupt?(interrupt: () => boolean): (ended: boolean) => void;
    runSync?(): void;
    report(text: string): void;
}
export interface CapturedFrame {
    runInAsyncScope<T>(fn: () => T): T;
}
export interface FrameStorage {
    get(): Frame | undefined;
    run<T>(frame: Frame, fn: () => T): T;
    capture(frame: Frame): CapturedFrame;
    resume?(frame: Frame): void;
    reset?(): void;
}
export interface ByteTools {
    allocate(size: number): Uint8Array;
    adopt(data: Uint8Array): Uint8Array;
    indexOf(haystack: Uint8Array, needle: Uint8Array | number, from: number): number;
    encode(text: string): Uint8Array;
}

// dist/core/frame.d.ts
import type { CancelScope } from "./cancel-scope.ts";
import type { Context } from "./context.ts";
import type { Task } from "./task.ts";
export interface Frame {
    readonly task: Task<unknown> | null;
    readonly context: Context;
    scope: CancelScope | null;
}

// dist/core/cancel-scope.d.ts
import type { Coroutine } from "./coroutine.ts";
import { type Body } from "./scope.ts";
export interface CancelScopeOptions {
    readonly deadline?: number | null;
    readonly shield?: boolean;
}
export declare class CancelScope {
    #private;
    constructor(options?: CancelScopeOptions);
    get cancelCalled(): boolean;
    get cancelledCaught(): boolean;
    get deadline(): number | null;
    set deadline(when: number | null);
    get shield(): boolean;
    set shield(on: boolean);
    cancel(reason?: unknown): void;
}
export declare function cancelScope<T>(body: Body<CancelScope, T>, options?: CancelScopeOptions): Coroutine<T | undefined>;
export declare function moveOnAfter<T>(delay: number | null, body: Body<CancelScope, T>): Coroutine<T | undefined>;
export declare function failAfter<T>(delay: number, body: Body<CancelScope, T>): Coroutine<T>;
export declare function currentEffectiveDeadline(): number;

// dist/core/scope.d.ts
import { Coroutine, type CoroutineGenerator } from "./coroutine.ts";
export type Body<S, T> = (scope: S) => PromiseLike<T> | Coroutine<T> | CoroutineGenerator<T>;

// dist/core/instrument.d.ts
import type { Task } from "./task.ts";
export interface Instrument {
    parked?(task: Task<unknown>): void;
    woken?(task: Task<unknown>): void;
}

// dist/core/executor.d.ts
import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import type { Abort, Wait } from "./park.ts";
export type ExecutorFunction = (...args: never[]) => unknown;
export type CallResult<R> = R extends CoroutineGenerator<infer T> ? T : Awaited<R>;
export interface Executor {
    submit(fn: ExecutorFunction, args: readonly unknown[], wait: Wait<unknown>): Abort;
    shutdown(options?: {
        readonly cancelFutures?: boolean;
    }): Coroutine<void>;
    close?(): void;
}

// dist/core/park.d.ts
import type { Coroutine } from "./coroutine.ts";
export type Abort = (message: unknown) => "done" | "wait";
export interface Wait<T> {
    resolve(value: T): void;
    reject(error: unknown): void;
}
export interface ParkOptions {
    readonly foreign?: boolean | undefined;
}
export declare function park<T>(start: (wait: Wait<T>) => Abort, options?: ParkOptions): Coroutine<T>;

// dist/core/io-options.d.ts
export interface TlsOptions {
    readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
    readonly cert?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
    readonly key?: string | Uint8Array | readonly (string | Uint8Array | object)[] | undefined;
    readonly pfx?: string | Uint8Array | readonly (string | Uint8Array | object)[] | undefined;
    readonly passphrase?: string | undefined;
    readonly rejectUnauthorized?: boolean | undefined;
    readonly requestCert?: boolean | undefined;
    readonly checkServerIdentity?: ((host: string, certificate: never) => Error | undefined) | undefined;
    readonly ALPNProtocols?: readonly string[] | Uint8Array | undefined;
    readonly SNICallback?: ((name: string, done: (error: Error | null, context?: never) => void) => void) | undefined;
    readonly ciphers?: string | undefined;
    readonly ecdhCurve?: string | undefined;
    readonly sigalgs?: string | undefined;
    readonly dhparam?: string | Uint8Array | undefined;
    readonly crl?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
    readonly minVersion?: string | undefined;
    readonly maxVersion?: string | undefined;
    readonly honorCipherOrder?: boolean | undefined;
    readonly secureOptions?: number | undefined;
    readonly sessionTimeout?: number | undefined;
    readonly session?: Uint8Array | undefined;
    readonly ticketKeys?: Uint8Array | undefined;
    readonly secureContext?: object | undefined;
}
export interface SslOptions {
    readonly ssl?: boolean | TlsOptions | null | undefined;
    readonly sslHandshakeTimeout?: number | undefined;
    readonly sslShutdownTimeout?: number | undefined;
}
export interface ClientSslOptions extends SslOptions {
    readonly serverHostname?: string | undefined;
}
export interface ConnectionOptions extends ClientSslOptions {
    readonly family?: 4 | 6 | undefined;
    readonly sock?: object | undefined;
    readonly localAddr?: readonly [
        host: string | null,
        port: number
    ] | undefined;
    readonly happyEyeballsDelay?: number | null | undefined;
    readonly interleave?: number | undefined;
    readonly allErrors?: boolean | undefined;
    readonly keepAlive?: boolean | undefined;
}
export interface ServerOptions extends SslOptions {
    readonly family?: 4 | 6 | undefined;
    readonly sock?: object | undefined;
    readonly backlog?: number | undefined;
    readonly reusePort?: boolean | undefined;
    readonly keepAlive?: boolean | undefined;
    readonly startServing?: boolean | undefined;
}
export interface UnixConnectionOptions extends ClientSslOptions {
    readonly sock?: object | undefined;
}
export interface UnixServerOptions extends Omit<ServerOptions, "family" | "reusePort" | "keepAlive"> {
    readonly cleanupSocket?: boolean | undefined;
}
export interface AcceptedSocketOptions extends SslOptions {
}
export interface StartTlsOptions extends Omit<ClientSslOptions, "ssl"> {
    readonly serverSide?: boolean | undefined;
    readonly received?: Uint8Array | undefined;
}
export interface DatagramOptions {
    readonly localAddr?: readonly [
        host: string | null,
        port: number
    ] | null | undefined;
    readonly remoteAddr?: readonly [
        host: string,
        port: number
    ] | null | undefined;
    readonly family?: 4 | 6 | undefined;
    readonly reusePort?: boolean | undefined;
    readonly allowBroadcast?: boolean | undefined;
    readonly sock?: object | undefined;
}
export type Stdio = null | typeof PIPE | typeof DEVNULL | typeof STDOUT | number;
export declare const PIPE: unique symbol;
export declare const STDOUT: unique symbol;
export declare const DEVNULL: unique symbol;
export interface SubprocessOptions {
    readonly stdin?: Stdio | undefined;
    readonly stdout?: Stdio | undefined;
    readonly stderr?: Stdio | undefined;
    readonly cwd?: string | undefined;
    readonly env?: Readonly<Record<string, string | undefined>> | undefined;
    readonly startNewSession?: boolean | undefined;
    readonly uid?: number | undefined;
    readonly gid?: number | undefined;
}
export interface SendfileOptions {
    readonly offset?: number | undefined;
    readonly count?: number | null | undefined;
    readonly fallback?: boolean | undefined;
}
export interface GetaddrinfoOptions {
    readonly family?: 4 | 6 | undefined;
}
export interface AddressInfo {
    readonly family: 4 | 6;
    readonly sockaddr: readonly [
        host: string,
        port: number
    ];
}

// dist/core/server.d.ts
import type { Coroutine } from "./coroutine.ts";
import type { EventLoop } from "./loop.ts";
import type { SocketAddress } from "./transports.ts";
export interface ListeningSocket {
    getsockname(): SocketAddress;
}
export declare class Server implements AsyncDisposable {
    #private;
    getLoop(): EventLoop;
    get sockets(): readonly ListeningSocket[];
    get port(): number;
    isServing(): boolean;
    startServing(): Coroutine<void>;
    serveForever(): Coroutine<never>;
    close(): void;
    closeClients(): void;
    abortClients(): void;
    waitClosed(): Coroutine<void>;
    shutdown(graceMs: number): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
    toString(): string;
}

// dist/core/as-completed.d.ts
import type { Coroutine } from "./coroutine.ts";
import type { Future } from "./future.ts";
import { type Awaitable } from "./source.ts";
export interface AsCompletedOptions {
    readonly timeout?: number | null;
}
export declare class Completed<T> {
    readonly future: Future<T>;
    result(): T;
    exception(): unknown;
    cancelled(): boolean;
}
export declare class AsCompleted<T> implements AsyncIterable<Completed<T>>, Iterable<Coroutine<T>> {
    #private;
    next(): Coroutine<IteratorResult<Completed<T>, undefined>>;
    stop(): void;
    [Symbol.asyncIterator](): AsyncIterator<Completed<T>, undefined>;
    [Symbol.iterator](): IterableIterator<Coroutine<T>>;
}
export declare function asCompleted<T>(awaitables: Iterable<Awaitable<T>>, options?: AsCompletedOptions): AsCompleted<T>;

// dist/core/async-generator.d.ts
import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
export type Emit<T> = (value: T) => CoroutineGenerator<void>;
export declare class CoroutineAsyncGenerator<T> implements AsyncIterable<T>, AsyncDisposable {
    #private;
    next(): Coroutine<IteratorResult<T, undefined>>;
    return(): Coroutine<IteratorResult<T, undefined>>;
    throw(error: unknown): Coroutine<IteratorResult<T, undefined>>;
    [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare function asyncGenerator<T, A extends readonly unknown[]>(fn: (emit: Emit<T>, ...args: A) => CoroutineGenerator<void>): (...args: A) => CoroutineAsyncGenerator<T>;

// dist/core/asyncgens.d.ts
export declare class Aclosing<T> implements AsyncIterable<T>, AsyncDisposable {
    #private;
    next(): Promise<IteratorResult<T, undefined>>;
    throw(error: unknown): Promise<IteratorResult<T, undefined>>;
    return(): Promise<IteratorResult<T, undefined>>;
    [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare function aclosing<T>(generator: AsyncGenerator<T, unknown, undefined>): Aclosing<T>;

// dist/core/awaited-by.d.ts
import { Future } from "./future.ts";
import type { Task } from "./task.ts";
export declare function futureAddToAwaitedBy(future: Future<unknown>, waiter: Task<unknown>): void;
export declare function futureDiscardFromAwaitedBy(future: Future<unknown>, waiter: Task<unknown>): void;

// dist/core/barrier.d.ts
import type { Coroutine } from "./coroutine.ts";
export declare class Barrier {
    #private;
    constructor(parties: number);
    get parties(): number;
    get nWaiting(): number;
    get broken(): boolean;
    wait(): Coroutine<number>;
    reset(): Coroutine<void>;
    abort(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/core/call-graph.d.ts
import { Future } from "./future.ts";
import { type FrameInfo } from "./stack.ts";
export declare class FrameCallGraphEntry {
    readonly frame: FrameInfo;
    constructor(frame: FrameInfo);
}
export declare class FutureCallGraph {
    readonly future: Future<unknown>;
    readonly callStack: readonly FrameCallGraphEntry[];
    readonly awaitedBy: readonly FutureCallGraph[];
    constructor(future: Future<unknown>, callStack: readonly FrameCallGraphEntry[], awaitedBy: readonly FutureCallGraph[]);
}
export interface CallGraphOptions {
    readonly depth?: number;
    readonly limit?: number | null;
}
export declare function captureCallGraph(future?: Future<unknown> | null, options?: CallGraphOptions): FutureCallGraph | null;
export declare function formatCallGraph(future?: Future<unknown> | null, options?: CallGraphOptions): string;
export declare function printCallGraph(future?: Future<unknown> | null, options?: CallGraphOptions & {
    readonly write?: (text: string) => void;
}): void;

// dist/core/condition.d.ts
import type { Coroutine } from "./coroutine.ts";
import { type Hold } from "./hold.ts";
import { Lock } from "./lock.ts";
export declare class Condition {
    #private;
    constructor(lock?: Lock);
    locked(): boolean;
    acquire(): Coroutine<true>;
    hold(): Coroutine<Hold>;
    release(): void;
    [Symbol.asyncDispose](): Promise<void>;
    wait(): Coroutine<true>;
    waitFor<T>(predicate: () => T): Coroutine<T>;
    notify(n?: number): void;
    notifyAll(): void;
}

// dist/core/hold.d.ts
import type { Coroutine } from "./coroutine.ts";
export interface Releasable {
    acquire(): Coroutine<true>;
    release(): void;
}
export declare class Hold implements Disposable, AsyncDisposable {
    #private;
    [Symbol.dispose](): void;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/core/lock.d.ts
import type { Coroutine } from "./coroutine.ts";
import { type Hold } from "./hold.ts";
export declare class Lock {
    #private;
    locked(): boolean;
    acquire(): Coroutine<true>;
    hold(): Coroutine<Hold>;
    release(): void;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/core/current-loop.d.ts
import type { EventLoop } from "./loop.ts";
export declare function getRunningLoop(): EventLoop;
export declare function getEventLoop(): EventLoop;
export declare function setEventLoop(loop: EventLoop | null): void;

// dist/core/eager.d.ts
import type { EventLoop } from "./loop.ts";
import type { TaskFactory } from "./loop-options.ts";
import type { TaskSource } from "./source.ts";
import { Task, type TaskOptions } from "./task.ts";
export type TaskConstructor = <T>(source: TaskSource<T>, options: TaskOptions & {
    readonly loop?: EventLoop;
}) => Task<T>;
export declare function createEagerTaskFactory(make: TaskConstructor): TaskFactory;
export declare const eagerTaskFactory: TaskFactory;

// dist/core/ensure-future.d.ts
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { type Awaitable } from "./source.ts";
export declare function ensureFuture<T>(awaitable: Awaitable<T>, options?: {
    readonly loop?: EventLoop;
}): Future<T>;

// dist/core/errors.d.ts
export declare class CancelledError extends Error {
}
export declare class TimeoutError extends Error {
}
export declare class InvalidStateError extends Error {
}
export declare class ValueError extends Error {
}
export declare class UnicodeError extends ValueError {
    readonly encoding: string;
    readonly start: number;
    readonly reason: string;
    constructor(message: string, details: Pick<UnicodeError, "encoding" | "start" | "reason">);
}
export declare class UnicodeDecodeError extends UnicodeError {
}
export declare class UnicodeEncodeError extends UnicodeError {
}
export declare class LookupError extends Error {
}
export declare class QueueEmpty extends Error {
}
export declare class QueueFull extends Error {
}
export declare class QueueShutDown extends Error {
}
export declare class KeyboardInterrupt extends Error {
}
export declare class RuntimeError extends Error {
}
export declare class BrokenBarrierError extends RuntimeError {
}
export declare class BrokenExecutorError extends RuntimeError {
}
export declare class DeadlockError extends RuntimeError {
}
export declare class SendfileNotAvailableError extends RuntimeError {
}
export declare class IncompleteReadError extends Error {
    readonly partial: Uint8Array;
    readonly expected: number | null;
    constructor(partial: Uint8Array, expected: number | null);
}
export declare class LimitOverrunError extends Error {
    readonly consumed: number;
    constructor(message: string, consumed: number);
}
export interface OSErrorDetails {
    readonly code?: string | undefined;
    readonly errno?: number | undefined;
    readonly syscall?: string | undefined;
    readonly cause?: unknown;
}
export declare class OSError extends Error {
    readonly code: string | undefined;
    readonly errno: number | undefined;
    readonly syscall: string | undefined;
    constructor(message: string, details?: OSErrorDetails);
}
export declare class ConnectionError extends OSError {
}
export declare class BrokenPipeError extends ConnectionError {
}
export declare class ConnectionAbortedError extends ConnectionError {
}
export declare class ConnectionRefusedError extends ConnectionError {
}
export declare class ConnectionResetError extends ConnectionError {
}
export declare class FileExistsError extends OSError {
}
export declare class FileNotFoundError extends OSError {
}
export declare class GaiError extends OSError {
}
export declare class PermissionError extends OSError {
}
export declare class ProcessLookupError extends OSError {
}
export declare class SSLError extends OSError {
}
export declare class SSLCertVerificationError extends SSLError {
}
export declare class UnsupportedOperation extends OSError {
}
export declare function rethrowIfCancelled(error: unknown): void;

// dist/core/event.d.ts
import type { Coroutine } from "./coroutine.ts";
export declare class Event {
    #private;
    isSet(): boolean;
    set(): void;
    clear(): void;
    wait(): Coroutine<true>;
}

// dist/core/exception-group.d.ts
export type ErrorCondition = (abstract new (...args: never[]) => unknown) | readonly (abstract new (...args: never[]) => unknown)[] | ((error: unknown) => boolean);
export declare class ExceptionGroup extends AggregateError {
    #private;
    constructor(message: string, errors: Iterable<unknown>);
    get exceptions(): readonly unknown[];
    derive(errors: Iterable<unknown>): ExceptionGroup;
    subgroup(condition: ErrorCondition): ExceptionGroup | null;
    split(condition: ErrorCondition): [
        ExceptionGroup | null,
        ExceptionGroup | null
    ];
}

// dist/core/flow-control.d.ts
import type { BaseProtocol } from "./protocols.ts";
export interface StreamProtocol extends BaseProtocol {
}

// dist/core/gather.d.ts
import { Future } from "./future.ts";
import type { Awaitable } from "./source.ts";
export interface GatherOptions {
    readonly returnExceptions?: boolean;
    readonly cancelOnError?: boolean;
}
export type ResultOf<A> = A extends Awaitable<infer T> ? T : never;
export type ResultsOf<A extends readonly unknown[]> = {
    -readonly [K in keyof A]: ResultOf<A[K]>;
};
export declare function gather<const A extends readonly Awaitable<unknown>[]>(awaitables: A, options?: GatherOptions): Future<ResultsOf<A>>;

// dist/core/generator-coroutine.d.ts
import { Coroutine, type CoroutineGenerator } from "./coroutine.ts";
export declare function coroutine<A extends unknown[], T, This = void>(fn: (this: This, ...args: A) => CoroutineGenerator<T>): (this: This, ...args: A) => Coroutine<T>;

// dist/core/invoke.d.ts
import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
export declare function invoke<A extends readonly unknown[], T>(fn: (...args: A) => PromiseLike<T> | Coroutine<T> | CoroutineGenerator<T>, ...args: A): Coroutine<T>;

// dist/core/lifo-queue.d.ts
import { Queue } from "./queue.ts";
export declare class LifoQueue<T = unknown> extends Queue<T> {
}

// dist/core/queue.d.ts
import type { Coroutine } from "./coroutine.ts";
export declare class Queue<T = unknown> implements AsyncIterable<T> {
    #private;
    constructor(maxsize?: number);
    get maxsize(): number;
    qsize(): number;
    empty(): boolean;
    full(): boolean;
    put(item: T): Coroutine<void>;
    putNowait(item: T): void;
    get(): Coroutine<T>;
    getNowait(): T;
    taskDone(): void;
    join(): Coroutine<void>;
    shutdown(options?: {
        readonly immediate?: boolean;
    }): void;
    [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

// dist/core/map-concurrent.d.ts
import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
export interface MapConcurrentOptions {
    readonly limit?: number;
}
type Mapper<T, R> = (item: T, index: number) => PromiseLike<R> | Coroutine<R> | CoroutineGenerator<R>;
export declare function mapConcurrent<T, R>(items: Iterable<T> | AsyncIterable<T>, fn: Mapper<T, R>, options?: MapConcurrentOptions): Coroutine<R[]>;
export {};

// dist/core/priority-queue.d.ts
import { Queue } from "./queue.ts";
export type Compare<T> = (a: T, b: T) => number;
export declare class PriorityQueue<T = unknown> extends Queue<T> {
    #private;
    constructor(maxsize?: number, options?: {
        readonly compare?: Compare<T>;
    });
}

// dist/core/race.d.ts
import type { Coroutine } from "./coroutine.ts";
import type { ResultOf } from "./gather.ts";
import { type Awaitable } from "./source.ts";
export declare function race<const A extends readonly Awaitable<unknown>[]>(awaitables: A): Coroutine<ResultOf<A[number]>>;

// dist/core/runner.d.ts
import { type Context } from "./context.ts";
import { type EventLoop } from "./loop.ts";
import type { TaskSource } from "./source.ts";
export interface RunnerOptions {
    readonly debug?: boolean;
    readonly loopFactory?: () => EventLoop;
}
export declare class Runner implements AsyncDisposable {
    #private;
    constructor(options?: RunnerOptions);
    getLoop(): EventLoop;
    run<T>(main: TaskSource<T>, options?: {
        readonly context?: Context;
    }): Promise<T>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare function run<T>(main: TaskSource<T>, options?: RunnerOptions): Promise<T>;

// dist/core/semaphore.d.ts
import type { Coroutine } from "./coroutine.ts";
import { type Hold } from "./hold.ts";
export declare class Semaphore {
    #private;
    constructor(value?: number);
    locked(): boolean;
    acquire(): Coroutine<true>;
    hold(): Coroutine<Hold>;
    release(): void;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare class BoundedSemaphore extends Semaphore {
    #private;
    constructor(value?: number);
    release(): void;
}

// dist/core/shield.d.ts
import { Future } from "./future.ts";
import type { Awaitable } from "./source.ts";
export interface ShieldOptions {
    readonly withinMs?: number;
}
export declare function shield<T>(awaitable: Awaitable<T>, options?: ShieldOptions): Future<T>;

// dist/core/sleep.d.ts
import type { Coroutine } from "./coroutine.ts";
export declare function sleep(delay: number): Coroutine<undefined>;
export declare function sleep<T>(delay: number, result: T): Coroutine<T>;

// dist/core/stream-reader.d.ts
import type { Coroutine } from "./coroutine.ts";
import type { EventLoop } from "./loop.ts";
import type { ReadTransport } from "./transports.ts";
export interface StreamReaderOptions {
    readonly limit?: number | undefined;
    readonly loop?: EventLoop | undefined;
}
export declare class StreamReader implements AsyncIterable<Uint8Array> {
    #private;
    constructor(options?: StreamReaderOptions);
    read(n?: number): Coroutine<Uint8Array>;
    readline(): Coroutine<Uint8Array>;
    readexactly(n: number): Coroutine<Uint8Array>;
    readuntil(separator?: string | Uint8Array | readonly (string | Uint8Array)[]): Coroutine<Uint8Array>;
    atEof(): boolean;
    exception(): unknown;
    setException(error: unknown): void;
    setTransport(transport: ReadTransport): void;
    feedData(data: Uint8Array): void;
    feedEof(): void;
    [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array>;
    toString(): string;
}

// dist/core/stream-reader-protocol.d.ts
import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { type StreamProtocol } from "./flow-control.ts";
import type { EventLoop } from "./loop.ts";
import { Protocol } from "./protocols.ts";
import type { StreamReader } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import type { BaseTransport } from "./transports.ts";
export type ClientConnectedCallback = (reader: StreamReader, writer: StreamWriter) => PromiseLike<unknown> | Coroutine<unknown> | CoroutineGenerator<unknown> | void;
export interface StreamReaderProtocolOptions {
    readonly loop?: EventLoop | undefined;
}
export declare class StreamReaderProtocol extends Protocol implements StreamProtocol {
    #private;
    constructor(streamReader: StreamReader, clientConnectedCb?: ClientConnectedCallback | null, options?: StreamReaderProtocolOptions);
    connectionMade(transport: BaseTransport): void;
    connectionLost(error: unknown): void;
    pauseWriting(): void;
    resumeWriting(): void;
    dataReceived(data: Uint8Array): void;
    eofReceived(): boolean;
}

// dist/core/stream-writer.d.ts
import type { Coroutine } from "./coroutine.ts";
import type { StreamProtocol } from "./flow-control.ts";
import type { StartTlsOptions, TlsOptions } from "./io-options.ts";
import type { EventLoop } from "./loop.ts";
import type { StreamReader } from "./stream-reader.ts";
import type { ExtraInfo, WriteTransport } from "./transports.ts";
export type StreamTlsOptions = Omit<StartTlsOptions, "serverSide" | "received">;
export declare class StreamWriter implements AsyncDisposable {
    #private;
    constructor(transport: WriteTransport, protocol: StreamProtocol, reader: StreamReader | null, loop?: EventLoop);
    get transport(): WriteTransport;
    write(data: Uint8Array | string): void;
    writelines(list: Iterable<Uint8Array | string>): void;
    drain(): Coroutine<void>;
    close(): void;
    isClosing(): boolean;
    waitClosed(): Coroutine<void>;
    writeEof(): void;
    canWriteEof(): boolean;
    getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | undefined;
    getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
    startTls(sslcontext: TlsOptions, options?: StreamTlsOptions): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
    toString(): string;
}

// dist/core/streams.d.ts
import type { Coroutine } from "./coroutine.ts";
import type { ConnectionOptions, ServerOptions, UnixConnectionOptions, UnixServerOptions } from "./io-options.ts";
import type { Server } from "./server.ts";
import { StreamReader, type StreamReaderOptions } from "./stream-reader.ts";
import { type ClientConnectedCallback } from "./stream-reader-protocol.ts";
import { StreamWriter } from "./stream-writer.ts";
export interface OpenConnectionOptions extends ConnectionOptions, Pick<StreamReaderOptions, "limit"> {
}
export interface StartServerOptions extends ServerOptions, Pick<StreamReaderOptions, "limit"> {
}
export interface OpenUnixConnectionOptions extends UnixConnectionOptions, Pick<StreamReaderOptions, "limit"> {
}
export interface StartUnixServerOptions extends UnixServerOptions, Pick<StreamReaderOptions, "limit"> {
}
export declare function openConnection(host: string | null, port: number | null, options?: OpenConnectionOptions): Coroutine<[
    StreamReader,
    StreamWriter
]>;
export declare function startServer(clientConnectedCb: ClientConnectedCallback, host: string | readonly string[] | null, port: number | null, options?: StartServerOptions): Coroutine<Server>;
export declare function openUnixConnection(path: string | null, options?: OpenUnixConnectionOptions): Coroutine<[
    StreamReader,
    StreamWriter
]>;
export declare function startUnixServer(clientConnectedCb: ClientConnectedCallback, path: string | null, options?: StartUnixServerOptions): Coroutine<Server>;

// dist/core/task-group.d.ts
import { Coroutine } from "./coroutine.ts";
import { type Body } from "./scope.ts";
import { type TaskSource } from "./source.ts";
import { type Task, type TaskOptions } from "./task.ts";
export declare class TaskGroup {
    #private;
    createTask<T>(source: TaskSource<T>, options?: TaskOptions): Task<T>;
    cancel(message?: unknown): void;
}
export declare function taskGroup<T>(body: Body<TaskGroup, T>): Coroutine<T>;

// dist/core/tasks.d.ts
import type { EventLoop } from "./loop.ts";
import type { TaskSource } from "./source.ts";
import { type Task, type TaskOptions } from "./task.ts";
export declare function createTask<T>(source: TaskSource<T>, options?: TaskOptions): Task<T>;
export declare function allTasks(loop?: EventLoop): Set<Task<unknown>>;

// dist/core/timeout.d.ts
import type { Coroutine } from "./coroutine.ts";
import { type Body } from "./scope.ts";
export declare class Timeout {
    #private;
    when(): number | null;
    reschedule(when: number | null): void;
    expired(): boolean;
}
export declare function timeout<T>(delay: number | null, body: Body<Timeout, T>): Coroutine<T>;
export declare function timeoutAt<T>(when: number | null, body: Body<Timeout, T>): Coroutine<T>;

// dist/core/wait.d.ts
import type { Coroutine } from "./coroutine.ts";
import { Future } from "./future.ts";
export declare const FIRST_COMPLETED = "FIRST_COMPLETED";
export declare const FIRST_EXCEPTION = "FIRST_EXCEPTION";
export declare const ALL_COMPLETED = "ALL_COMPLETED";
export interface WaitOptions {
    readonly timeout?: number | null | undefined;
    readonly returnWhen?: typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED | undefined;
}
export interface WaitResult<F> {
    readonly done: Set<F>;
    readonly pending: Set<F>;
}
export declare function wait<F extends Future<unknown>>(futures: Iterable<F>, options?: WaitOptions): Coroutine<WaitResult<F>>;

// dist/core/wait-for.d.ts
import { Coroutine } from "./coroutine.ts";
import { type Awaitable } from "./source.ts";
export declare function waitFor<T>(awaitable: Awaitable<T>, delay: number | null): Coroutine<T>;

// dist/core/wrap-future.d.ts
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
export declare function wrapFuture<T>(promise: PromiseLike<T>, options?: {
    readonly loop?: EventLoop;
}): Future<T>;
