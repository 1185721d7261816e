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
export { BinaryFile } from "./node/files/binary-file.ts";
export { type FileBase, SEEK_CUR, SEEK_END, SEEK_SET, type Whence } from "./node/files/file-base.ts";
export type { BinaryMode, TextMode } from "./node/files/mode.ts";
export { type EncodingOptions, type FilePath, type OpenFileOptions, openFile } from "./node/files/open-file.ts";
export { TemporaryDirectory, type TemporaryDirectoryOptions, temporaryDirectory, } from "./node/files/temporary-directory.ts";
export { type NamedTemporaryFileOptions, namedTemporaryFile, type TemporaryFileOptions, temporaryFile, } from "./node/files/temporary-file.ts";
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

// dist/node/files/binary-file.d.ts
import type { Coroutine } from "../../core/coroutine.ts";
import { FileBase } from "./file-base.ts";
export declare class BinaryFile extends FileBase<Uint8Array> {
    readinto(target: Uint8Array): Coroutine<number>;
}

// dist/node/files/file-base.d.ts
import type { Coroutine } from "../../core/coroutine.ts";
export declare const SEEK_SET = 0;
export declare const SEEK_CUR = 1;
export declare const SEEK_END = 2;
export type Whence = typeof SEEK_SET | typeof SEEK_CUR | typeof SEEK_END;
export declare abstract class FileBase<D extends string | Uint8Array> implements AsyncIterable<D>, AsyncDisposable {
    #private;
    readonly name: string | number;
    get mode(): string;
    get closed(): boolean;
    fileno(): number;
    readable(): boolean;
    writable(): boolean;
    seekable(): boolean;
    read(size?: number | null): Coroutine<D>;
    readline(limit?: number | null): Coroutine<D>;
    readlines(hint?: number | null): Coroutine<D[]>;
    write(data: D): Coroutine<number>;
    writelines(lines: Iterable<D>): Coroutine<void>;
    seek(offset: number, whence?: Whence): Coroutine<number>;
    tell(): Coroutine<number>;
    truncate(size?: number | null): Coroutine<number>;
    flush(): Coroutine<void>;
    sync(): Coroutine<void>;
    close(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
    [Symbol.asyncIterator](): AsyncIterator<D, undefined>;
    toString(): string;
}

// dist/node/files/mode.d.ts
type Access = "r" | "w" | "a" | "x";
export type TextMode = `${Access}${"" | "+" | "t" | "t+" | "+t"}`;
export type BinaryMode = `${Access}${"b" | "b+" | "+b"}`;
export interface ParsedMode {
    readonly text: string;
    readonly binary: boolean;
    readonly readable: boolean;
    readonly writable: boolean;
    readonly append: boolean;
    readonly flags: number;
}
export declare function parseMode(mode: unknown): ParsedMode;
export {};

// dist/node/files/open-file.d.ts
import type { FileHandle } from "node:fs/promises";
import type { Coroutine } from "../../core/coroutine.ts";
import { BinaryFile } from "./binary-file.ts";
import { type BinaryMode, type ParsedMode, type TextMode } from "./mode.ts";
import type { OpenedFile } from "./raw-file.ts";
import { TextFile } from "./text-file.ts";
import { type EncodingErrors } from "./text-format.ts";
export type FilePath = string | URL | Uint8Array | number | FileHandle;
export interface EncodingOptions {
    readonly encoding?: string | undefined;
    readonly errors?: EncodingErrors | undefined;
}
export interface OpenFileOptions extends EncodingOptions {
    readonly closefd?: boolean | undefined;
}
export declare function openFile(path: FilePath, mode?: TextMode, options?: OpenFileOptions): Coroutine<TextFile>;
export declare function openFile(path: FilePath, mode: BinaryMode, options?: OpenFileOptions): Coroutine<BinaryFile>;
export declare function openFile(path: FilePath, mode: string, options?: OpenFileOptions): Coroutine<TextFile | BinaryFile>;
export declare function fileMaker(mode: ParsedMode, options: EncodingOptions): (opened: OpenedFile) => TextFile | BinaryFile;

// dist/node/files/raw-file.d.ts
import { type Stats } from "node:fs";
import type { CoroutineGenerator } from "../../core/coroutine.ts";
import type { Descriptor } from "./descriptor.ts";
import { FileBuffer } from "./file-buffer.ts";
import type { ParsedMode } from "./mode.ts";
export interface OpenedFile {
    readonly descriptor: Descriptor;
    readonly name: string | number;
    readonly mode: ParsedMode;
    readonly position: number | null;
}
export declare class RawFile {
    #private;
    readonly buffer: FileBuffer;
    readonly descriptor: Descriptor;
    readonly mode: ParsedMode;
    readonly seekable: boolean;
    constructor(opened: OpenedFile, preamble: Buffer | null);
    get place(): number;
    tell(): CoroutineGenerator<number>;
    moveTo(position: number): void;
    stat(): CoroutineGenerator<Stats>;
    fill(wanted: number): CoroutineGenerator<number>;
    write(bytes: Uint8Array): CoroutineGenerator<void>;
    truncate(size: number | null): CoroutineGenerator<number>;
}

// dist/node/files/descriptor.d.ts
export interface Descriptor {
    readonly fd: number;
    readonly label: string;
    readonly owned: boolean;
    readonly close?: ((done: (error?: Error | null) => void) => void) | undefined;
    readonly remove?: string | undefined;
}
export declare function closeDescriptor(descriptor: Descriptor, done: (error: Error | null | undefined) => void): void;
export declare function dropDescriptor(descriptor: Descriptor): void;
export declare function watchForgotten(owner: object, warning: string, cleanUp: () => void): void;
export declare function unwatchForgotten(owner: object): void;

// dist/node/files/file-buffer.d.ts
export declare class FileBuffer {
    #private;
    get length(): number;
    get bytes(): Buffer;
    reserve(least: number, usual: number): Buffer;
    added(length: number): void;
    take(length: number): Buffer;
    skip(length: number): void;
    clear(): void;
}

// dist/node/files/text-file.d.ts
import { FileBase } from "./file-base.ts";
export declare class TextFile extends FileBase<string> {
    readonly encoding: string;
}

// dist/node/files/text-format.d.ts
import { type Encoding } from "./encodings.ts";
import type { FileBuffer } from "./file-buffer.ts";
import type { Format, Scan } from "./format.ts";
export type EncodingErrors = "strict" | "replace" | "ignore";
export declare function textFormat(label: string, errors: EncodingErrors): TextFormat;
export declare class TextFormat implements Format<string> {
    #private;
    readonly preamble: Buffer | null;
    constructor(encoding: Encoding, errors: EncodingErrors);
    get name(): string;
    lineEnd(bytes: Buffer, from: number): number;
    scan(bytes: Buffer, scan: Scan, ended: boolean): void;
    take(buffer: FileBuffer, length: number, position: number): string;
    encode(text: string): Uint8Array;
    count(text: string): number;
    check(data: unknown): void;
    join(list: readonly string[]): string;
}

// dist/node/files/encodings.d.ts
export interface Encoding {
    readonly name: string;
    readonly preamble: Buffer | null;
    readonly sequence: (bytes: Buffer, at: number) => number;
    readonly decode: (bytes: Buffer) => string;
    readonly isValid: (bytes: Buffer) => boolean;
    readonly encode: (text: string) => Uint8Array;
    readonly unencodable: RegExp | null;
    readonly reason: string;
    readonly unit: 1 | 2;
}
export declare function findEncoding(label: string): Encoding;

// dist/node/files/format.d.ts
import type { FileBuffer } from "./file-buffer.ts";
export interface Scan {
    offset: number;
    left: number;
}
export interface Format<D> {
    readonly preamble: Buffer | null;
    lineEnd(bytes: Buffer, from: number): number;
    scan(bytes: Buffer, scan: Scan, ended: boolean): void;
    take(buffer: FileBuffer, length: number, position: number): D;
    encode(data: D): Uint8Array;
    count(data: D): number;
    check(data: unknown): void;
    join(list: readonly D[]): D;
}
export declare const bytesFormat: Format<Uint8Array>;

// dist/node/files/temporary-directory.d.ts
import type { Coroutine } from "../../core/coroutine.ts";
import { type TemporaryNameOptions } from "./temporary-names.ts";
export interface TemporaryDirectoryOptions extends TemporaryNameOptions {
    readonly delete?: boolean | undefined;
    readonly ignoreCleanupErrors?: boolean | undefined;
}
export declare class TemporaryDirectory implements AsyncDisposable {
    #private;
    readonly name: string;
    cleanup(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
    toString(): string;
}
export declare function temporaryDirectory(options?: TemporaryDirectoryOptions): Coroutine<TemporaryDirectory>;

// dist/node/files/temporary-names.d.ts
import type { Done } from "./fs-call.ts";
export interface TemporaryNameOptions {
    readonly prefix?: string | undefined;
    readonly suffix?: string | undefined;
    readonly dir?: string | undefined;
}
export declare function makeUnderFreeName<T>(options: TemporaryNameOptions, make: (path: string, done: Done<T>) => void, done: Done<{
    readonly path: string;
    readonly made: T;
}>): void;

// dist/node/files/fs-call.d.ts
import type { CoroutineGenerator } from "../../core/coroutine.ts";
import type { EventLoop } from "../../core/loop.ts";
import { type Wait } from "../../core/park.ts";
export type Done<T> = (error: Error | null | undefined, result: T) => void;
export declare function doneIn<T>(loop: EventLoop, wait: Wait<T>): Done<T>;
export declare function fsCall<T = void>(start: (done: Done<T>) => void): CoroutineGenerator<T>;

// dist/node/files/temporary-file.d.ts
import type { Coroutine } from "../../core/coroutine.ts";
import type { BinaryFile } from "./binary-file.ts";
import { type BinaryMode, type TextMode } from "./mode.ts";
import { type EncodingOptions } from "./open-file.ts";
import { type TemporaryNameOptions } from "./temporary-names.ts";
import type { TextFile } from "./text-file.ts";
export interface TemporaryFileOptions<M extends string = string> extends EncodingOptions, TemporaryNameOptions {
    readonly mode?: M | undefined;
}
export interface NamedTemporaryFileOptions<M extends string = string> extends TemporaryFileOptions<M> {
    readonly delete?: boolean | undefined;
}
export declare function temporaryFile(options: TemporaryFileOptions<TextMode> & {
    readonly mode: TextMode;
}): Coroutine<TextFile>;
export declare function temporaryFile(options?: TemporaryFileOptions<BinaryMode>): Coroutine<BinaryFile>;
export declare function namedTemporaryFile(options: NamedTemporaryFileOptions<TextMode> & {
    readonly mode: TextMode;
}): Coroutine<TextFile & {
    readonly name: string;
}>;
export declare function namedTemporaryFile(options?: NamedTemporaryFileOptions<BinaryMode>): Coroutine<BinaryFile & {
    readonly name: string;
}>;

// dist/node/interop/from-callback.d.ts
import type { Coroutine } from "../../core/coroutine.ts";
export type NodeCallback<T> = (error?: unknown, result?: T) => void;
export type CallbackAbort = () => "done" | "wait" | void;
export declare function fromCallback<T = void>(start: (callback: NodeCallback<T>) => unknown): Coroutine<T>;

// dist/node/interop/listen.d.ts
export interface EmitterLike {
    on(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
    removeListener(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
}
export type EventSource = EmitterLike | EventTarget;
export type Listener = (...args: unknown[]) => void;
export declare function checkSource(fn: string, source: unknown): asserts source is EventSource;
export declare function isEmitter(source: unknown): source is EmitterLike;
export declare function listen(source: EventSource, event: string | symbol, listener: Listener): () => void;
export declare function listenAll(source: EventSource, listeners: Iterable<readonly [
    string | symbol,
    Listener
]>): () => void;

// dist/node/interop/on.d.ts
import type { Coroutine } from "../../core/coroutine.ts";
import { type EmitterLike } from "./listen.ts";
export interface OnOptions {
    readonly close?: Iterable<string> | undefined;
    readonly highWaterMark?: number | undefined;
    readonly lowWaterMark?: number | undefined;
    readonly limit?: number | undefined;
}
export declare class EventIterator<E> implements AsyncIterable<E>, Disposable {
    #private;
    next(): Coroutine<IteratorResult<E, undefined>>;
    close(): void;
    [Symbol.dispose](): void;
    [Symbol.asyncIterator](): AsyncIterator<E, undefined>;
}
export declare function on<A extends readonly unknown[] = unknown[]>(source: EmitterLike, event: string | symbol, options?: OnOptions): EventIterator<A>;
export declare function on<E = Event>(source: EventTarget, event: string, options?: OnOptions): EventIterator<E>;

// dist/node/interop/once.d.ts
import type { Coroutine } from "../../core/coroutine.ts";
import { type EmitterLike } from "./listen.ts";
export declare function once<A extends readonly unknown[] = unknown[]>(source: EmitterLike, event: string | symbol): Coroutine<A>;
export declare function once<E = Event>(source: EventTarget, event: string): Coroutine<E>;

// dist/node/interop/source-reader.d.ts
import type { Readable } from "node:stream";
import type { Coroutine } from "../../core/coroutine.ts";
import { StreamReader, type StreamReaderOptions } from "../../core/stream-reader.ts";
import { type WebReadable } from "./streams-of-node.ts";
export declare class SourceReader extends StreamReader implements AsyncDisposable {
    #private;
    close(): void;
    waitClosed(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare function streamReaderFrom(source: Readable | WebReadable, options?: Pick<StreamReaderOptions, "limit">): SourceReader;

// dist/node/interop/streams-of-node.d.ts
import { Readable, Writable } from "node:stream";
export interface WebReadable {
    readonly locked: boolean;
    getReader(): object;
}
export interface WebWritable {
    readonly locked: boolean;
    getWriter(): object;
}
export declare function asReadable(fn: string, source: unknown): Readable;
export declare function asWritable(fn: string, target: unknown): Writable;
export declare function checkMethods(fn: string, what: string, value: unknown, names: readonly string[]): void;

// dist/node/interop/stream-writer-to.d.ts
import type { Writable } from "node:stream";
import { StreamWriter } from "../../core/stream-writer.ts";
import { type WebWritable } from "./streams-of-node.ts";
export declare function streamWriterTo(target: Writable | WebWritable): StreamWriter;

// dist/node/interop/to-readable.d.ts
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import type { StreamReader } from "../../core/stream-reader.ts";
export declare function toReadable(reader: StreamReader): Readable;
export declare function toReadableStream(reader: StreamReader): ReadableStream<Uint8Array>;

// dist/node/interop/to-writable.d.ts
import { Writable } from "node:stream";
import { WritableStream } from "node:stream/web";
import type { StreamWriter } from "../../core/stream-writer.ts";
export declare function toWritable(writer: StreamWriter): Writable;
export declare function toWritableStream(writer: StreamWriter): WritableStream<Uint8Array | string>;

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
