// dist/postgres/index.d.ts
export type { PostgresOptions } from "./connect.ts";
export { PostgresConnection } from "./connection.ts";
export type { CopyChunk, CopySource } from "./copy-source.ts";
export { connect, createPool, type PostgresConnectOptions, type PostgresPoolOptions } from "./create-pool.ts";
export { type ListenOptions, type Notification, Notifications } from "./notifications.ts";

// dist/postgres/connect.d.ts
import { type Coroutine } from "asyncio-ts";
import type pg from "pg";
import type { LinkOptions } from "../link.ts";
import { PostgresLink } from "./link.ts";
export interface PostgresOptions {
    readonly ssl?: pg.ClientConfig["ssl"];
    readonly password?: pg.ClientConfig["password"];
    readonly applicationName?: string | undefined;
    readonly types?: pg.CustomTypesConfig | undefined;
    readonly statementCacheSize?: number | undefined;
}
export type PostgresLimits = LinkOptions & {
    readonly statementCacheSize: number;
};
export declare const openLink: (config: pg.ClientConfig, limits: PostgresLimits) => Coroutine<PostgresLink>;
export declare function clientConfig(url: string, options: PostgresOptions): pg.ClientConfig;

// dist/link.d.ts
import { type Coroutine, type CoroutineGenerator, type Future } from "asyncio-ts";
import type { Lendable } from "./link-pool.ts";
import { type Ending, type Stop } from "./operation.ts";
import type { QueryOptions, QueryResult, Row, TransactionOptions } from "./query.ts";
export interface Command {
    readonly sql: string;
    readonly parameters: readonly unknown[];
    readonly prepared?: unknown;
}
export interface Batch<R> {
    readonly rows: readonly R[];
    readonly done: boolean;
}
export interface Cursor<R> {
    read(count: number, end: Ending<Batch<R>>): Stop;
    close(end: Ending<void>): Stop;
}
export type TransactionStatus = "idle" | "open" | "failed" | "lost";
export interface Holder {
    close(): Coroutine<void>;
}
export interface LinkOwner {
}
export interface LinkOptions {
    readonly commandTimeoutMs: number | null;
    readonly cancelGraceMs: number;
}
export interface OperationOptions extends QueryOptions {
    readonly holder?: Holder | null;
}
export declare abstract class Link implements Lendable {
    #private;
    readonly options: LinkOptions;
    operations: number;
    idleSince: number;
    generation: number;
    onClosed: (() => void) | null;
    constructor(options: LinkOptions);
    protected abstract startQuery(command: Command, end: Ending<QueryResult<never>>): Stop;
    abstract openCursor(command: Command): Cursor<never>;
    protected abstract startPrepare(sql: string, end: Ending<unknown>): Stop;
    protected abstract startUnprepare(prepared: unknown, end: Ending<void>): Stop;
    abstract beginStatements(options: TransactionOptions): readonly string[];
    abstract get transactionStatus(): TransactionStatus;
    protected abstract startReset(end: Ending<void>): Stop;
    protected abstract startClose(end: Ending<void>): void;
    protected abstract cut(): void;
    get closed(): boolean;
    get running(): boolean;
    get busy(): boolean;
    get clean(): boolean;
    query<R = Row>(command: Command, options?: QueryOptions): Coroutine<QueryResult<R>>;
    operation<T>(name: string, start: (end: Ending<T>) => Stop, options?: OperationOptions): Coroutine<T>;
    prepare(sql: string, options?: QueryOptions): Coroutine<unknown>;
    runMany(command: Command, parameterLists: Iterable<readonly unknown[]>, options?: QueryOptions): CoroutineGenerator<number>;
    unprepare(prepared: unknown): Coroutine<void>;
    checkFree(): void;
    hold(holder: Holder): void;
    letGo(holder: Holder): void;
    interrupt(reason: Error): Future<undefined>;
    ended(): Future<undefined>;
    quiet(reason: Error): Coroutine<void>;
    settle(reset: boolean): Coroutine<void>;
    close(): Coroutine<void>;
    destroy(reason: string): void;
    lost(reason: string, cause: unknown): void;
}

// dist/link-pool.d.ts
import { type Coroutine, type CoroutineGenerator } from "asyncio-ts";
import type { Progress } from "./opening.ts";
import { type Grant } from "./waiters.ts";
export interface Lendable {
    readonly closed: boolean;
    readonly clean: boolean;
    readonly operations: number;
    onClosed: (() => void) | null;
    idleSince: number;
    generation: number;
    close(): Coroutine<void>;
    destroy(reason: string): void;
}
export interface LinkPoolOptions {
    readonly minSize: number;
    readonly maxSize: number;
    readonly acquireTimeoutMs: number | null;
    readonly maxInactiveConnectionLifetimeMs: number;
    readonly maxQueries: number;
}
export declare class LinkPool<L extends Lendable> {
    #private;
    constructor(open: (progress: Progress) => Coroutine<L>, options: LinkPoolOptions);
    get size(): number;
    get idleSize(): number;
    get waiting(): number;
    take(): L | undefined;
    borrow(): CoroutineGenerator<L>;
    get isExhausted(): boolean;
    enqueue(give: (grant: Grant<L>, deadline: number) => void, refuse: (error: Error) => void): () => void;
    give(link: L): void;
    expire(): Coroutine<void>;
    close(graceMs: number | null): Coroutine<void>;
    terminate(): void;
    fillSlot(deadline: number): CoroutineGenerator<L>;
    freeSlot(): void;
}

// dist/opening.d.ts
import { type Coroutine, type CoroutineGenerator } from "asyncio-ts";
export declare const PASSING_CODES: ReadonlySet<string>;
export interface Progress {
    error: unknown;
}
export declare function openPatiently<L>(connect: () => Coroutine<L>, mayPass: (error: unknown) => boolean, progress: Progress): CoroutineGenerator<L>;

// dist/waiters.d.ts
import { type CoroutineGenerator, Future } from "asyncio-ts";
export type Grant<L> = L | "slot";
export declare class Waiters<L> {
    #private;
    constructor(late: () => Error);
    get size(): number;
    wait(deadline: number, passOn: (grant: Grant<L>) => void): CoroutineGenerator<Grant<L>>;
    enqueue(deadline: number, give: (grant: Grant<L>) => void, refuse: (error: Error) => void): () => void;
    give(grant: Grant<L>): boolean;
    refuseAll(error: () => Error): void;
}
export declare function hasResult(future: Future<unknown>): boolean;

// dist/operation.d.ts
import { type Future } from "asyncio-ts";
import type { Link } from "./link.ts";
export interface Ending<T> {
    resolve(value: T): void;
    reject(error: unknown): void;
}
export type Stop = () => void;
export declare class Operation<T> implements Ending<T> {
    #private;
    readonly name: string;
    constructor(link: Link, name: string, wait: Ending<T>);
    started(stop: Stop, timeoutMs: number | null): void;
    resolve(value: T): void;
    reject(error: unknown): void;
    interrupt(reason: Error): void;
    whenEnded(future: Future<undefined>): void;
}

// dist/query.d.ts
export type Row = Record<string, unknown>;
export interface Field {
    readonly name: string;
}
export interface QueryResult<R = Row> {
    readonly rows: R[];
    readonly rowCount: number;
    readonly fields: readonly Field[];
    readonly insertId?: number | bigint;
    readonly more?: readonly QueryResult[];
}
export interface QueryOptions {
    readonly timeoutMs?: number | null | undefined;
}
export interface StreamOptions extends QueryOptions {
    readonly batchSize?: number | undefined;
}
export type IsolationLevel = "read uncommitted" | "read committed" | "repeatable read" | "serializable";
export interface TransactionOptions {
    readonly isolation?: IsolationLevel | undefined;
    readonly readOnly?: boolean | undefined;
    readonly deferrable?: boolean | undefined;
    readonly consistentSnapshot?: boolean | undefined;
}

// dist/postgres/link.d.ts
import pg from "pg";
import { type Command, type Cursor, Link, type LinkOptions, type TransactionStatus } from "../link.ts";
import type { Ending, Stop } from "../operation.ts";
import type { QueryResult, TransactionOptions } from "../query.ts";
import { type Client } from "./wire.ts";
export type Settle<T> = (error: unknown, result: T) => void;
export declare class PostgresLink extends Link {
    #private;
    onNotification: ((notification: pg.Notification) => void) | null;
    onLost: (() => void) | null;
    constructor(client: Client, options: LinkOptions & {
        readonly statementCacheSize: number;
    });
    get processId(): number;
    get transactionStatus(): TransactionStatus;
    lost(reason: string, cause: unknown): void;
    protected startQuery(command: Command, end: Ending<QueryResult<never>>): Stop;
    openCursor(command: Command): Cursor<never>;
    protected startPrepare(sql: string, end: Ending<unknown>): Stop;
    protected startUnprepare(prepared: unknown, end: Ending<void>): Stop;
    beginStatements(options: TransactionOptions): readonly string[];
    protected startReset(end: Ending<void>): Stop;
    protected startClose(end: Ending<void>): void;
    protected cut(): void;
}

// dist/postgres/wire.d.ts
import pg from "pg";
export interface Wire extends pg.Connection {
    readonly parsedStatements: Record<string, string>;
    connect(portOrPath: number | string, host?: string): void;
    requestSsl(): void;
    cancel(processID: number, secretKey: number): void;
    sendCopyFromChunk(chunk: Uint8Array): void;
    endCopyFrom(): void;
    sendCopyFail(message: string): void;
}
interface ClientInternals {
    password: pg.ClientConfig["password"] | null;
    readonly connection: Wire;
    readonly processID: number;
    readonly secretKey: number;
    readonly ssl: boolean | object;
    readonly sslNegotiation: string;
}
export type Client = Omit<pg.Client, keyof ClientInternals> & ClientInternals;
export declare function newClient(config: pg.ClientConfig): Client;
export interface Submittable {
    readonly callback: () => void;
    submit(wire: Wire): void;
    handleRowDescription(message: object): void;
    handleDataRow(message: object): void;
    handlePortalSuspended(wire: Wire): void;
    handleEmptyQuery(wire: Wire): void;
    handleCommandComplete(message: {
        readonly text: string;
    }): void;
    handleCopyInResponse(wire: Wire): void;
    handleCopyData(message: {
        readonly chunk: Uint8Array;
    }): void;
    handleReadyForQuery(): void;
    handleError(error: unknown): void;
}
export declare const IGNORING: Omit<Submittable, "submit" | "handleReadyForQuery" | "handleError">;
export declare function submit(client: Client, what: Submittable | object): void;
export declare function secondWire(client: Client): Wire;
export {};

// dist/postgres/connection.d.ts
import { type Coroutine } from "asyncio-ts";
import { Connection } from "../connection.ts";
import type { QueryOptions } from "../query.ts";
import { RowStream } from "../row-stream.ts";
import { type CopySource } from "./copy-source.ts";
import { type ListenOptions, Notifications } from "./notifications.ts";
export declare class PostgresConnection extends Connection {
    #private;
    get processId(): number;
    listen(channel: string, options?: ListenOptions): Coroutine<Notifications>;
    notify(channel: string, payload?: string, options?: QueryOptions): Coroutine<unknown>;
    copyFrom(sql: string, source: CopySource, options?: QueryOptions): Coroutine<number>;
    copyTo(sql: string, options?: QueryOptions): RowStream<Uint8Array>;
}

// dist/connection.d.ts
import { type Body, type Coroutine } from "asyncio-ts";
import type { TransactionOptions } from "./query.ts";
import { Session } from "./session.ts";
import { Transaction } from "./transaction.ts";
export type GiveBack = (connection: Connection) => Coroutine<void>;
export declare class Connection extends Session implements AsyncDisposable {
    #private;
    get closed(): boolean;
    get inTransaction(): boolean;
    transaction<T>(body: Body<Transaction<this>, T>, options?: TransactionOptions): Coroutine<T>;
    close(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/session.d.ts
import { type Coroutine } from "asyncio-ts";
import type { LinkOwner } from "./link.ts";
import { PreparedQuery } from "./prepared-query.ts";
import type { QueryOptions, QueryResult, Row, StreamOptions } from "./query.ts";
import { Queryable } from "./queryable.ts";
import { RowStream } from "./row-stream.ts";
export declare abstract class Session extends Queryable implements LinkOwner {
    #private;
    query<R = Row>(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Coroutine<QueryResult<R>>;
    stream<R = Row>(sql: string, parameters?: readonly unknown[], options?: StreamOptions): RowStream<R>;
    prepare(sql: string, options?: QueryOptions): Coroutine<PreparedQuery>;
}

// dist/prepared-query.d.ts
import { type Coroutine } from "asyncio-ts";
import type { QueryOptions, QueryResult, Row, StreamOptions } from "./query.ts";
import { RowStream } from "./row-stream.ts";
export declare class PreparedQuery implements AsyncDisposable {
    #private;
    readonly sql: string;
    query<R = Row>(parameters?: readonly unknown[], options?: QueryOptions): Coroutine<QueryResult<R>>;
    queryRow<R = Row>(parameters?: readonly unknown[], options?: QueryOptions): Coroutine<R | null>;
    queryValue<V = unknown>(parameters?: readonly unknown[], options?: QueryOptions): Coroutine<V | null>;
    stream<R = Row>(parameters?: readonly unknown[], options?: StreamOptions): RowStream<R>;
    close(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/row-stream.d.ts
import { type Coroutine } from "asyncio-ts";
export declare class RowStream<R> implements AsyncIterable<R, undefined>, AsyncDisposable {
    #private;
    next(): Coroutine<IteratorResult<R, undefined>>;
    close(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
    [Symbol.asyncIterator](): AsyncIterator<R, undefined>;
}

// dist/queryable.d.ts
import type { Body, Coroutine } from "asyncio-ts";
import type { QueryOptions, QueryResult, Row, StreamOptions, TransactionOptions } from "./query.ts";
import type { RowStream } from "./row-stream.ts";
import type { Transaction } from "./transaction.ts";
export declare abstract class Queryable {
    abstract query<R = Row>(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Coroutine<QueryResult<R>>;
    abstract stream<R = Row>(sql: string, parameters?: readonly unknown[], options?: StreamOptions): RowStream<R>;
    abstract transaction<T>(body: Body<Transaction, T>, options?: TransactionOptions): Coroutine<T>;
    queryRow<R = Row>(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Coroutine<R | null>;
    queryValue<V = unknown>(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Coroutine<V | null>;
    executeMany(sql: string, parameterLists: Iterable<readonly unknown[]>, options?: QueryOptions): Coroutine<number>;
}

// dist/transaction.d.ts
import type { Body, Coroutine } from "asyncio-ts";
import type { Connection } from "./connection.ts";
import type { TransactionOptions } from "./query.ts";
import { Session } from "./session.ts";
export declare class Transaction<C extends Connection = Connection> extends Session {
    readonly connection: C;
    transaction<T>(body: Body<Transaction<C>, T>, options?: TransactionOptions): Coroutine<T>;
}

// dist/postgres/copy-source.d.ts
import { type CoroutineGenerator } from "asyncio-ts";
export type CopyChunk = Uint8Array | string | readonly unknown[];
export type CopySource = Iterable<CopyChunk> | AsyncIterable<CopyChunk>;
export declare function isSource(source: unknown): source is CopySource;
export declare class Pieces {
    #private;
    constructor(source: CopySource);
    gather(): CoroutineGenerator<boolean>;
    take(): Uint8Array;
    close(): CoroutineGenerator<void>;
}

// dist/postgres/notifications.d.ts
import { type Coroutine } from "asyncio-ts";
import { Feed } from "../feed.ts";
export interface Notification {
    readonly channel: string;
    readonly payload: string;
    readonly processId: number;
}
export interface ListenOptions {
    readonly limit?: number | undefined;
}
export declare class Notifications extends Feed<Notification> {
    #private;
    readonly channel: string;
    close(): Coroutine<void>;
}

// dist/feed.d.ts
import { type Coroutine } from "asyncio-ts";
export declare abstract class Feed<T> implements AsyncIterable<T, undefined>, AsyncDisposable {
    #private;
    abstract close(): Coroutine<void> | void;
    next(): Coroutine<IteratorResult<T, undefined>>;
    [Symbol.asyncDispose](): Promise<void>;
    [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}

// dist/postgres/create-pool.d.ts
import type { Coroutine } from "asyncio-ts";
import { type ConnectOptions } from "../connect.ts";
import { type Pool } from "../pool.ts";
import { type PoolOptions } from "../pool-options.ts";
import { type PostgresOptions } from "./connect.ts";
import { PostgresConnection } from "./connection.ts";
export interface PostgresPoolOptions extends PoolOptions<PostgresConnection>, PostgresOptions {
}
export interface PostgresConnectOptions extends PostgresOptions, ConnectOptions {
}
export declare function createPool(url: string, options?: PostgresPoolOptions): Coroutine<Pool<PostgresConnection>>;
export declare function connect(url: string, options?: PostgresConnectOptions): Coroutine<PostgresConnection>;

// dist/connect.d.ts
import { type Coroutine } from "asyncio-ts";
import type { Connection } from "./connection.ts";
import type { Link, LinkOptions } from "./link.ts";
import type { Driver } from "./pool.ts";
import { type PoolOptions } from "./pool-options.ts";
export interface ConnectOptions extends Pick<PoolOptions, "commandTimeoutMs" | "cancelGraceMs"> {
    readonly connectTimeoutMs?: number | null | undefined;
}
export declare function openConnection<L extends Link, C extends Connection>(make: (limits: LinkOptions) => Driver<L, C>, options: ConnectOptions): Coroutine<C>;

// dist/pool.d.ts
import { type Body, type Coroutine } from "asyncio-ts";
import type { Connection, GiveBack } from "./connection.ts";
import type { Link, LinkOptions } from "./link.ts";
import { type PoolOptions } from "./pool-options.ts";
import type { QueryOptions, QueryResult, Row, StreamOptions, TransactionOptions } from "./query.ts";
import { Queryable } from "./queryable.ts";
import { RowStream } from "./row-stream.ts";
import type { Transaction } from "./transaction.ts";
export interface Driver<L extends Link, C extends Connection> {
    readonly connect: () => Coroutine<L>;
    readonly mayPass: (error: unknown) => boolean;
    connection(link: L, giveBack: GiveBack): C;
}
export declare class Pool<C extends Connection = Connection> extends Queryable implements AsyncDisposable {
    #private;
    get size(): number;
    get idleSize(): number;
    get waitingSize(): number;
    get minSize(): number;
    get maxSize(): number;
    query<R = Row>(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Coroutine<QueryResult<R>>;
    stream<R = Row>(sql: string, parameters?: readonly unknown[], options?: StreamOptions): RowStream<R>;
    transaction<T>(body: Body<Transaction<C>, T>, options?: TransactionOptions): Coroutine<T>;
    acquire(): Coroutine<C>;
    release(connection: C): Coroutine<void>;
    use<T>(body: Body<C, T>): Coroutine<T>;
    expireConnections(): Coroutine<void>;
    close(options?: {
        readonly graceMs?: number | null;
    }): Coroutine<void>;
    terminate(): void;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare function openPool<L extends Link, C extends Connection>(make: (limits: LinkOptions) => Driver<L, C>, options: PoolOptions<C>): Coroutine<Pool<C>>;

// dist/pool-options.d.ts
import { type Body } from "asyncio-ts";
import type { Connection } from "./connection.ts";
export interface PoolOptions<C extends Connection = Connection> {
    readonly minSize?: number | undefined;
    readonly maxSize?: number | undefined;
    readonly acquireTimeoutMs?: number | null | undefined;
    readonly commandTimeoutMs?: number | null | undefined;
    readonly cancelGraceMs?: number | undefined;
    readonly maxInactiveConnectionLifetimeMs?: number | undefined;
    readonly maxQueries?: number | undefined;
    readonly init?: Body<C, unknown> | undefined;
    readonly setup?: Body<C, unknown> | undefined;
    readonly reset?: Body<C, unknown> | false | undefined;
}
export interface CheckedPoolOptions<C extends Connection> {
    readonly minSize: number;
    readonly maxSize: number;
    readonly acquireTimeoutMs: number | null;
    readonly commandTimeoutMs: number | null;
    readonly cancelGraceMs: number;
    readonly maxInactiveConnectionLifetimeMs: number;
    readonly maxQueries: number;
    readonly init: Body<C, unknown> | undefined;
    readonly setup: Body<C, unknown> | undefined;
    readonly reset: Body<C, unknown> | false | undefined;
}
export declare function checkPoolOptions<C extends Connection>(options: PoolOptions<C>): CheckedPoolOptions<C>;
export declare function checkWhole(name: string, value: unknown, least: number): number;
export declare function checkLimit(name: string, value: unknown, fallback: number | null): number | null;
