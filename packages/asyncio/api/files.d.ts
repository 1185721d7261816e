// dist/node/files/index.d.ts
export { BinaryFile } from "./binary-file.ts";
export { type FileBase, SEEK_CUR, SEEK_END, SEEK_SET, type Whence } from "./file-base.ts";
export type { BinaryMode, TextMode } from "./mode.ts";
export { type EncodingOptions, type FilePath, type OpenFileOptions, openFile } from "./open-file.ts";
export { TemporaryDirectory, type TemporaryDirectoryOptions, temporaryDirectory, } from "./temporary-directory.ts";
export { type NamedTemporaryFileOptions, namedTemporaryFile, type TemporaryFileOptions, temporaryFile, } from "./temporary-file.ts";
export type { TemporaryNameOptions } from "./temporary-names.ts";
export { TextFile } from "./text-file.ts";
export type { EncodingErrors } from "./text-format.ts";

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
