// dist/index.d.ts
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
export { type CreateSubprocessOptions, createSubprocessExec, createSubprocessShell, type ProcessWith, } from "./node/subprocess/create-subprocess.ts";
export { type CommunicateOptions, Process, type ProcessOutput } from "./node/subprocess/process.ts";

// dist/node/executors/concurrent-future.d.ts
import type { Suspension } from "../../core/coroutine.ts";
export interface Remote {
    cancel(): void;
    block(done: () => boolean, timeout: number | null): boolean;
}
export declare class ConcurrentFuture<T> implements PromiseLike<T> {
    #private;
    done(): boolean;
    cancelled(): boolean;
    cancel(): boolean;
    result(timeout?: number | null): T;
    then<A = T, B = never>(onfulfilled?: ((value: T) => A | PromiseLike<A>) | null, onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null): PromiseLike<A | B>;
    [Symbol.iterator](): Iterator<Suspension, T, unknown>;
}

// dist/node/executors/move.d.ts
export declare function move<T extends object>(value: T, transfer?: readonly object[]): T;
export declare function takeTransfers(values: readonly unknown[]): readonly object[];

// dist/node/executors/parent-loop.d.ts
export interface ParentHandle {
    cancel(): void;
}
export declare class ParentLoop {
    #private;
    callSoonThreadsafe<A extends readonly unknown[]>(fn: (...args: A) => unknown, options?: {
        readonly args?: A;
    }): ParentHandle;
}
export declare function parentLoop(): ParentLoop;

// dist/node/executors/process-pool-executor.d.ts
import { WorkerPool, type WorkerPoolOptions } from "./worker-pool.ts";
export declare class ProcessPoolExecutor extends WorkerPool {
    constructor(options?: WorkerPoolOptions);
}

// dist/node/executors/worker-pool.d.ts
import type { Coroutine } from "../../core/coroutine.ts";
import type { Executor, ExecutorFunction } from "../../core/executor.ts";
import { type Abort, type Wait } from "../../core/park.ts";
export interface WorkerPoolOptions {
    readonly maxWorkers?: number;
    readonly name?: string;
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly onCancel?: "abandon" | "terminate";
}
export declare abstract class WorkerPool implements Executor, AsyncDisposable {
    #private;
    submit(fn: ExecutorFunction, args: readonly unknown[], wait: Wait<unknown>): Abort;
    shutdown(options?: {
        readonly cancelFutures?: boolean;
    }): Coroutine<void>;
    close(): void;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/node/executors/run-coroutine-threadsafe.d.ts
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import type { CallResult } from "../../core/executor.ts";
import type { EventLoop } from "../../core/loop.ts";
import { ConcurrentFuture } from "./concurrent-future.ts";
import { ParentLoop } from "./parent-loop.ts";
export declare function runCoroutineThreadsafe<A extends unknown[], R>(source: (...args: A) => R, loop: EventLoop | ParentLoop, ...args: A): ConcurrentFuture<CallResult<R>>;
export declare function runCoroutineThreadsafe<T>(source: Coroutine<T> | CoroutineGenerator<T>, loop: EventLoop): ConcurrentFuture<T>;

// dist/node/executors/thread-pool-executor.d.ts
import { WorkerPool, type WorkerPoolOptions } from "./worker-pool.ts";
export interface ThreadPoolOptions extends WorkerPoolOptions {
    readonly resourceLimits?: {
        readonly maxOldGenerationSizeMb?: number;
        readonly maxYoungGenerationSizeMb?: number;
        readonly codeRangeSizeMb?: number;
        readonly stackSizeMb?: number;
    };
}
export declare class ThreadPoolExecutor extends WorkerPool {
    constructor(options?: ThreadPoolOptions);
}

// dist/node/executors/to-thread.d.ts
import type { Coroutine } from "../../core/coroutine.ts";
import type { CallResult } from "../../core/executor.ts";
export declare function toThread<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Coroutine<CallResult<R>>;

// dist/node/executors/worker-module.d.ts
export type WorkerModule<M> = {
    readonly [K in keyof M]: M[K] extends (...args: never[]) => unknown ? M[K] : never;
};
export interface FunctionReference {
    readonly module: string;
    readonly name: string;
}
export declare function workerModule<M extends object>(url: URL | string): WorkerModule<M>;
export declare function checkedReference(user: string, fn: unknown, place: string): FunctionReference;
export declare function existingModule(url: URL): URL;

// dist/node/subprocess/create-subprocess.d.ts
import type { Coroutine } from "../../core/coroutine.ts";
import type { PIPE, Stdio, SubprocessOptions } from "../../core/io-options.ts";
import { type StreamReader } from "../../core/stream-reader.ts";
import type { StreamWriter } from "../../core/stream-writer.ts";
import { Process } from "./process.ts";
export interface CreateSubprocessOptions extends SubprocessOptions {
    readonly stdin?: Stdio | undefined;
    readonly stdout?: Stdio | undefined;
    readonly stderr?: Stdio | undefined;
    readonly limit?: number | undefined;
}
export type ProcessWith<O extends CreateSubprocessOptions> = Process & {
    readonly stdin: O extends {
        readonly stdin: typeof PIPE;
    } ? StreamWriter : unknown;
    readonly stdout: O extends {
        readonly stdout: typeof PIPE;
    } ? StreamReader : unknown;
    readonly stderr: O extends {
        readonly stderr: typeof PIPE;
    } ? StreamReader : unknown;
};
export declare function createSubprocessExec<O extends CreateSubprocessOptions>(program: string, args?: readonly string[], options?: O): Coroutine<ProcessWith<O>>;
export declare function createSubprocessShell<O extends CreateSubprocessOptions>(cmd: string, options?: O): Coroutine<ProcessWith<O>>;

// dist/node/subprocess/process.d.ts
import type { Coroutine } from "../../core/coroutine.ts";
import type { StreamReader } from "../../core/stream-reader.ts";
import type { StreamWriter } from "../../core/stream-writer.ts";
export type ProcessOutput = [
    stdout: Uint8Array | null,
    stderr: Uint8Array | null
];
export interface CommunicateOptions {
    readonly timeout?: number | null | undefined;
}
export declare class Process implements AsyncDisposable {
    #private;
    readonly stdin: StreamWriter | null;
    readonly stdout: StreamReader | null;
    readonly stderr: StreamReader | null;
    readonly pid: number;
    get returncode(): number | null;
    wait(): Coroutine<number>;
    communicate(input?: Uint8Array | string | null, options?: CommunicateOptions): Coroutine<ProcessOutput>;
    sendSignal(signal: string | number): void;
    terminate(): void;
    kill(): void;
    [Symbol.asyncDispose](): Promise<void>;
    toString(): string;
}
