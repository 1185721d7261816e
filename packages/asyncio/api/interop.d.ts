// dist/node/interop/index.d.ts
export { type CallbackAbort, fromCallback, type NodeCallback } from "./from-callback.ts";
export type { EmitterLike } from "./listen.ts";
export { loopCallback } from "./loop-callback.ts";
export { type EventIterator, type OnOptions, on } from "./on.ts";
export { once } from "./once.ts";
export { SourceReader, streamReaderFrom } from "./source-reader.ts";
export { streamWriterTo } from "./stream-writer-to.ts";
export type { WebReadable, WebWritable } from "./streams-of-node.ts";
export { toReadable, toReadableStream } from "./to-readable.ts";
export { toWritable, toWritableStream } from "./to-writable.ts";

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

// dist/node/interop/loop-callback.d.ts
export declare function loopCallback<A extends readonly unknown[]>(fn: (...args: A) => unknown): (...args: A) => void;

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
