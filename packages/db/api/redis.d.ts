// dist/redis/index.d.ts
export type { CallOptions, CommandName, CommandParameters, CommandResult, Commands, NoMapping, SessionCommandName, } from "./commands.ts";
export { createPool } from "./create-pool.ts";
export type { RawArgument } from "./encode.ts";
export { LockError, LockNotOwnedError, WatchError } from "./errors.ts";
export { DistributedLock, type LockOptions } from "./lock.ts";
export type { RedisOptions } from "./options.ts";
export { Pipeline, type PipelineCommands, type RepliesOrErrors } from "./pipeline.ts";
export { Redis } from "./redis.ts";
export { RedisConnection } from "./redis-connection.ts";
export { Script, type ScriptArguments } from "./script.ts";
export { type Message, type SubscribeOptions, Subscription } from "./subscription.ts";

// dist/redis/commands.d.ts
import type { RedisClient, RedisClientType, TypeMapping } from "@redis/client";
import type { Coroutine } from "asyncio-ts";
export type NoMapping = Record<never, never>;
type Client<T extends TypeMapping> = RedisClientType<NoMapping, NoMapping, NoMapping, 3, T>;
type Methods = keyof RedisClient<NoMapping, NoMapping, NoMapping, 3, NoMapping>;
export type CommandName = Exclude<keyof Client<NoMapping>, Methods | "command" | Uppercase<string>>;
export type SessionCommandName = Extract<CommandName, "asking" | "auth" | "clientCaching" | "clientTracking" | "discard" | "hello" | "himportDiscard" | "himportDiscardAll" | "himportPrepare" | "himportSet" | "readonly" | "readwrite" | "scriptDebug" | "wait">;
export type CommandParameters<N extends CommandName> = Parameters<Client<NoMapping>[N]>;
export type CommandResult<N extends CommandName, T extends TypeMapping = NoMapping> = Awaited<ReturnType<Client<T>[N]>>;
export type Commands<T extends TypeMapping = NoMapping, N extends CommandName = CommandName> = {
    [K in N]: (...args: CommandParameters<K>) => Coroutine<CommandResult<K, T>>;
};
export interface CallOptions<T extends TypeMapping = TypeMapping> {
    readonly timeoutMs?: number | null | undefined;
    readonly typeMapping?: T | undefined;
}
export {};

// dist/redis/create-pool.d.ts
import { type Coroutine } from "asyncio-ts";
import { type RedisOptions } from "./options.ts";
import { Redis } from "./redis.ts";
export declare function createPool(url: string | URL, options?: RedisOptions): Coroutine<Redis>;

// dist/redis/options.d.ts
import { type RedisClientOptions } from "@redis/client";
import { type CheckedPoolOptions, type PoolOptions } from "../pool-options.ts";
type Shared = "minSize" | "maxSize" | "acquireTimeoutMs" | "commandTimeoutMs" | "cancelGraceMs" | "maxInactiveConnectionLifetimeMs" | "maxQueries";
export interface RedisOptions extends Pick<PoolOptions, Shared> {
    readonly username?: string | undefined;
    readonly password?: string | undefined;
    readonly database?: number | undefined;
    readonly clientName?: string | undefined;
    readonly tls?: Readonly<Record<string, unknown>> | undefined;
    readonly maxQueued?: number | undefined;
}
export interface Settings extends Pick<CheckedPoolOptions<never>, Shared> {
    readonly client: RedisClientOptions;
    readonly target: string;
    readonly maxQueued: number;
}
export declare function settings(url: string | URL, options: RedisOptions): Settings;
export {};

// dist/redis/redis.d.ts
import type { TypeMapping } from "@redis/client";
import { type Body, type Coroutine, type CoroutineAsyncGenerator } from "asyncio-ts";
import { WithCommands } from "./command-methods.ts";
import type { CallOptions, CommandName, CommandParameters, CommandResult, NoMapping, SessionCommandName } from "./commands.ts";
import { type RawArgument } from "./encode.ts";
import { DistributedLock, type LockOptions } from "./lock.ts";
import { Pipeline } from "./pipeline.ts";
import { RedisConnection } from "./redis-connection.ts";
import { Script } from "./script.ts";
import type { SubscribeOptions, Subscription } from "./subscription.ts";
type Options<N extends CommandName, I extends number> = CommandParameters<N>[I];
type Names = string | readonly string[];
export declare class Redis<T extends TypeMapping = NoMapping> extends WithCommands<T, Exclude<CommandName, SessionCommandName>> implements AsyncDisposable {
    #private;
    command(name: string, ...args: RawArgument[]): Coroutine<unknown>;
    withOptions<M extends TypeMapping = T>(options: CallOptions<M>): Redis<M>;
    pipeline(): Pipeline<T>;
    multi(): Pipeline<T>;
    transaction<R extends readonly unknown[]>(body: Body<RedisConnection<T>, Pipeline<T, R> | null>, ...keys: string[]): Coroutine<R | null>;
    acquire(): Coroutine<RedisConnection<T>>;
    subscribe(channels: Names, options: SubscribeOptions & {
        readonly binary: true;
    }): Coroutine<Subscription<Buffer>>;
    subscribe(channels: Names, options?: SubscribeOptions): Coroutine<Subscription>;
    pSubscribe(patterns: Names, options: SubscribeOptions & {
        readonly binary: true;
    }): Coroutine<Subscription<Buffer>>;
    pSubscribe(patterns: Names, options?: SubscribeOptions): Coroutine<Subscription>;
    sSubscribe(channels: Names, options: SubscribeOptions & {
        readonly binary: true;
    }): Coroutine<Subscription<Buffer>>;
    sSubscribe(channels: Names, options?: SubscribeOptions): Coroutine<Subscription>;
    scanIter(options?: Options<"scan", 1>): CoroutineAsyncGenerator<CommandResult<"scan", T>["keys"][number]>;
    hScanIter(key: string, options?: Options<"hScan", 2>): CoroutineAsyncGenerator<CommandResult<"hScan", T>["entries"][number]>;
    sScanIter(key: string, options?: Options<"sScan", 2>): CoroutineAsyncGenerator<CommandResult<"sScan", T>["members"][number]>;
    zScanIter(key: string, options?: Options<"zScan", 2>): CoroutineAsyncGenerator<CommandResult<"zScan", T>["members"][number]>;
    registerScript(source: string): Script;
    lock(name: string, options?: LockOptions): DistributedLock;
    close(options?: {
        readonly graceMs?: number | null;
    }): Coroutine<void>;
    terminate(): void;
    [Symbol.asyncDispose](): Promise<void>;
}
export {};

// dist/redis/command-methods.d.ts
import type { TypeMapping } from "@redis/client";
import type { CommandName, Commands } from "./commands.ts";
export declare abstract class CommandMethods {
}
export declare const WithCommands: abstract new <T extends TypeMapping, N extends CommandName>() => CommandMethods & Commands<T, N>;

// dist/redis/encode.d.ts
import { type RedisArgument, type TypeMapping } from "@redis/client";
type Transform = (reply: unknown, preserve: unknown, typeMapping: TypeMapping | undefined) => unknown;
export interface Encoded {
    readonly args: readonly RedisArgument[] & {
        readonly preserve?: unknown;
    };
    readonly transform: Transform | undefined;
}
export declare const commandNames: readonly string[];
export declare function encode(name: string, args: readonly unknown[]): Encoded;
export type RawArgument = RedisArgument | number;
export declare function encodeRaw(name: string, args: readonly RawArgument[]): Encoded;
export {};

// dist/redis/lock.d.ts
import { type Coroutine } from "asyncio-ts";
export interface LockOptions {
    readonly timeoutMs?: number | null | undefined;
    readonly sleepMs?: number | undefined;
    readonly blockingTimeoutMs?: number | null | undefined;
}
export declare class DistributedLock {
    #private;
    readonly name: string;
    locked(): Coroutine<boolean>;
    owned(): Coroutine<boolean>;
    acquire(): Coroutine<boolean>;
    release(): Coroutine<void>;
    extend(timeoutMs?: number | null): Coroutine<void>;
    hold(): Coroutine<AsyncDisposable>;
}

// dist/redis/pipeline.d.ts
import { type TypeMapping } from "@redis/client";
import { type Coroutine } from "asyncio-ts";
import { CommandMethods } from "./command-methods.ts";
import type { CallOptions, CommandName, CommandParameters, CommandResult, NoMapping, SessionCommandName } from "./commands.ts";
import { type RawArgument } from "./encode.ts";
import { type Sender } from "./request.ts";
export interface Target {
    readonly sender: Sender;
    readonly options: CallOptions;
    readonly executed?: () => void;
}
export type PipelineCommands<T extends TypeMapping, R extends readonly unknown[]> = {
    [K in Exclude<CommandName, SessionCommandName>]: (...args: CommandParameters<K>) => Pipeline<T, [
        ...R,
        CommandResult<K, T>
    ]>;
};
declare const WithPipelineCommands: abstract new <T extends TypeMapping, R extends readonly unknown[]>() => CommandMethods & PipelineCommands<T, R>;
export type RepliesOrErrors<R extends readonly unknown[]> = {
    -readonly [I in keyof R]: R[I] | Error;
};
export declare class Pipeline<T extends TypeMapping = NoMapping, R extends readonly unknown[] = [
]> extends WithPipelineCommands<T, R> {
    #private;
    get length(): number;
    command(name: string, ...args: RawArgument[]): Pipeline<T, [
        ...R,
        unknown
    ]>;
    execute(options?: {
        readonly raiseOnError?: true;
    }): Coroutine<R>;
    execute(options: {
        readonly raiseOnError: boolean;
    }): Coroutine<RepliesOrErrors<R>>;
}
export {};

// dist/redis/request.d.ts
import { type Coroutine } from "asyncio-ts";
import type { CallOptions } from "./commands.ts";
import type { Connection } from "./connection.ts";
import type { Encoded } from "./encode.ts";
export interface Outgoing {
    sendOver(connection: Connection): void;
    reject(error: unknown): void;
}
export interface Sender {
    send(outgoing: Outgoing): void;
    withdraw(outgoing: Outgoing): void;
}
export type Outcome = {
    readonly reply: unknown;
} | {
    readonly error: unknown;
};
export declare function request<T>(sender: Sender, command: Encoded, options: CallOptions): Coroutine<T>;
export declare function requestAll(sender: Sender, commands: readonly Encoded[], options: CallOptions): Coroutine<Outcome[]>;

// dist/redis/connection.d.ts
import { type RedisClientType, type TypeMapping } from "@redis/client";
import { type Coroutine } from "asyncio-ts";
import type { Lendable } from "../link-pool.ts";
import { type Encoded } from "./encode.ts";
import type { Settings } from "./options.ts";
import { type Outgoing, type Sender } from "./request.ts";
import type { Withdrawal } from "./withdrawal.ts";
export interface Ending {
    resolve(reply: unknown): void;
    reject(error: unknown): void;
    unsent?(): void;
}
export interface DispatchOptions {
    readonly typeMapping?: TypeMapping | undefined;
    readonly withdrawal?: Withdrawal;
}
type Target = Pick<Settings, "client" | "target">;
export declare class Connection implements Lendable, Sender {
    #private;
    onClosed: (() => void) | null;
    onIdle: (() => void) | null;
    operations: number;
    idleSince: number;
    generation: number;
    changed: boolean;
    id: number;
    readonly client: RedisClientType;
    constructor(options: Target);
    get closed(): boolean;
    get clean(): boolean;
    get pending(): number;
    open(): Coroutine<void>;
    send(outgoing: Outgoing): void;
    withdraw(): void;
    dispatch({ args, transform }: Encoded, { typeMapping, withdrawal }: DispatchOptions, end: Ending): void;
    close(): Coroutine<void>;
    destroy(reason: string): void;
}
export declare const connect: (options: Target, withId: boolean) => Coroutine<Connection>;
export {};

// dist/redis/withdrawal.d.ts
export declare class Withdrawal {
    #private;
    readonly aborted = false;
    written: boolean;
    constructor(isClosed: () => boolean);
    addEventListener(_type: "abort", listener: () => void): void;
    removeEventListener(): void;
    withdraw(): void;
}

// dist/redis/redis-connection.d.ts
import type { TypeMapping } from "@redis/client";
import { type Coroutine } from "asyncio-ts";
import { WithCommands } from "./command-methods.ts";
import type { CommandName, NoMapping } from "./commands.ts";
import { type RawArgument } from "./encode.ts";
import { Pipeline } from "./pipeline.ts";
export declare class RedisConnection<T extends TypeMapping = NoMapping> extends WithCommands<T, CommandName> implements AsyncDisposable {
    #private;
    command(name: string, ...args: RawArgument[]): Coroutine<unknown>;
    watch(...keys: string[]): Coroutine<unknown>;
    unwatch(): Coroutine<unknown>;
    pipeline(): Pipeline<T>;
    multi(): Pipeline<T>;
    release(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/redis/script.d.ts
import { type Coroutine } from "asyncio-ts";
import type { RawArgument } from "./encode.ts";
export interface ScriptArguments {
    readonly keys?: readonly string[];
    readonly args?: readonly RawArgument[];
}
export interface ScriptTarget {
    command(name: string, ...args: RawArgument[]): Coroutine<unknown>;
}
export declare class Script {
    #private;
    readonly source: string;
    readonly sha: string;
    run(values?: ScriptArguments): Coroutine<unknown>;
}

// dist/redis/subscription.d.ts
import { Feed } from "../feed.ts";
export interface Message<D extends string | Buffer = string> {
    readonly channel: string;
    readonly pattern: string | null;
    readonly data: D;
}
export interface SubscribeOptions {
    readonly binary?: boolean | undefined;
    readonly maxBuffered?: number | undefined;
    readonly onOverflow?: "error" | "dropOldest" | undefined;
}
export declare class Subscription<D extends string | Buffer = string> extends Feed<Message<D>> {
    #private;
    readonly channels: readonly string[];
    get dropped(): number;
    close(): void;
}

// dist/redis/errors.d.ts
import { DatabaseError, OperationalError } from "../errors.ts";
export declare class WatchError extends OperationalError {
}
export declare class LockError extends DatabaseError {
}
export declare class LockNotOwnedError extends LockError {
}
export declare function commandError(error: unknown, command: string, lost: Error | null): unknown;
export declare function connectionError(message: string, cause: unknown): OperationalError;
export declare function connectError(error: unknown, target: string): DatabaseError;
export declare function mayPass(error: unknown): boolean;

// dist/errors.d.ts
export interface DatabaseErrorDetails {
    readonly sqlState?: string | undefined;
    readonly code?: string | undefined;
    readonly detail?: string | undefined;
    readonly hint?: string | undefined;
    readonly constraint?: string | undefined;
    readonly schema?: string | undefined;
    readonly table?: string | undefined;
    readonly column?: string | undefined;
    readonly query?: string | undefined;
    readonly position?: number | undefined;
    readonly cause?: unknown;
}
export type ErrorClass = new (message: string, details: DatabaseErrorDetails) => DatabaseError;
export declare class DatabaseError extends Error {
    readonly sqlState: string | undefined;
    readonly code: string | undefined;
    readonly detail: string | undefined;
    readonly hint: string | undefined;
    readonly constraint: string | undefined;
    readonly schema: string | undefined;
    readonly table: string | undefined;
    readonly column: string | undefined;
    readonly query: string | undefined;
    readonly position: number | undefined;
    constructor(message: string, details?: DatabaseErrorDetails);
}
export declare class InterfaceError extends DatabaseError {
}
export declare class OperationalError extends DatabaseError {
}
export declare class QueryCancelledError extends OperationalError {
}
export declare class IntegrityError extends DatabaseError {
}
export declare class DataError extends DatabaseError {
}
export declare class ProgrammingError extends DatabaseError {
}
export declare class InternalError extends DatabaseError {
}
export declare class NotSupportedError extends DatabaseError {
}
