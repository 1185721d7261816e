// dist/sqlite/index.d.ts
import { type Coroutine } from "asyncio-ts";
import { type ConnectOptions } from "../connect.ts";
import { type Pool } from "../pool.ts";
import type { PoolOptions } from "../pool-options.ts";
import type { SqliteConnection } from "./connection.ts";
import { type SqliteOptions } from "./options.ts";
export { type BackupOptions, SqliteConnection } from "./connection.ts";
export type { BackupProgress, SqliteValue } from "./messages.ts";
export type { SqliteOptions, TransactionMode } from "./options.ts";
export type { SqlAggregate } from "./sql-functions.ts";
export interface SqlitePoolOptions extends PoolOptions<SqliteConnection>, SqliteOptions {
}
export interface SqliteConnectOptions extends SqliteOptions, ConnectOptions {
}
export declare function createPool(url: string, options?: SqlitePoolOptions): Coroutine<Pool<SqliteConnection>>;
export declare function connect(url: string, options?: SqliteConnectOptions): Coroutine<SqliteConnection>;

// dist/sqlite/connection.d.ts
import { type Coroutine } from "asyncio-ts";
import { Connection } from "../connection.ts";
import type { BackupProgress } from "./messages.ts";
export interface BackupOptions {
    readonly pagesPerStep?: number | undefined;
    readonly progress?: ((progress: BackupProgress) => void) | undefined;
}
export declare class SqliteConnection extends Connection {
    #private;
    executeScript(sql: string): Coroutine<void>;
    backup(path: string, options?: BackupOptions): Coroutine<number>;
}

// dist/sqlite/messages.d.ts
export type SqliteValue = null | number | bigint | string | Uint8Array;
export type Parameters = readonly (SqliteValue | Readonly<Record<string, SqliteValue>>)[];
export interface Settings {
    readonly path: string;
    readonly busyTimeoutMs: number;
    readonly readOnly: boolean;
    readonly foreignKeys: boolean;
    readonly statementCacheSize: number;
    readonly pragmas: readonly string[];
    readonly functions: string | null;
}
export type Task = {
    readonly kind: "open";
    readonly settings: Settings;
} | {
    readonly kind: "query";
    readonly sql: string;
    readonly parameters: Parameters;
} | {
    readonly kind: "many";
    readonly sql: string;
    readonly lists: readonly Parameters[];
} | {
    readonly kind: "prepare";
    readonly sql: string;
} | {
    readonly kind: "script";
    readonly sql: string;
} | {
    readonly kind: "cursor";
    readonly sql: string;
    readonly parameters: Parameters;
    readonly count: number;
} | {
    readonly kind: "fetch";
    readonly count: number;
} | {
    readonly kind: "closeCursor";
} | {
    readonly kind: "backup";
    readonly path: string;
    readonly pagesPerStep: number;
} | {
    readonly kind: "close";
};
export type Request = Task & {
    readonly id: number;
};
export interface Rows {
    readonly columns: readonly string[];
    readonly values: readonly SqliteValue[];
    readonly count: number;
}
export interface Changes {
    readonly changes: number;
    readonly insertId: number | bigint | undefined;
}
export interface RowBatch extends Rows {
    readonly done: boolean;
}
export interface ErrorData {
    readonly message: string;
    readonly result?: number | undefined;
    readonly code?: string | undefined;
    readonly interrupted?: boolean;
    readonly cause?: unknown;
}
export type Reply = {
    readonly id: number;
    readonly value?: unknown;
    readonly error?: ErrorData;
    readonly inTransaction: boolean;
} | {
    readonly progress: BackupProgress;
};
export interface BackupProgress {
    readonly totalPages: number;
    readonly remainingPages: number;
}
export declare const READ_ONLY_BEGIN = "BEGIN DEFERRED /* read only */";
export declare const WAKE = 0;
export declare const STOP = 1;
export interface ThreadData {
    readonly sqliteSignal: Int32Array<SharedArrayBuffer>;
}

// dist/sqlite/options.d.ts
import type { Settings } from "./messages.ts";
export type TransactionMode = "deferred" | "immediate" | "exclusive";
export interface SqliteOptions {
    readonly busyTimeoutMs?: number | undefined;
    readonly journalMode?: "wal" | "delete" | "truncate" | "persist" | "memory" | "off" | undefined;
    readonly synchronous?: "off" | "normal" | "full" | "extra" | undefined;
    readonly foreignKeys?: boolean | undefined;
    readonly readOnly?: boolean | undefined;
    readonly transactionMode?: TransactionMode | undefined;
    readonly pragmas?: Readonly<Record<string, string | number | boolean>> | undefined;
    readonly functions?: URL | string | undefined;
    readonly statementCacheSize?: number | undefined;
    readonly isolation?: "thread" | "process" | undefined;
}
export interface CheckedOptions {
    readonly settings: Settings;
    readonly mode: TransactionMode;
    readonly isolation: "thread" | "process";
}
export declare function isMemory({ path }: Settings): boolean;
export declare function checkOptions(url: string, options: SqliteOptions): CheckedOptions;

// dist/sqlite/sql-functions.d.ts
import type { DatabaseSync } from "node:sqlite";
import type { Interruption } from "./interruption.ts";
export type SqlAggregate = Parameters<DatabaseSync["aggregate"]>[1];
export declare function addFunctions(database: DatabaseSync, url: string, interruption: Interruption): Promise<void>;

// dist/sqlite/interruption.d.ts
export declare class Interrupted extends Error {
    constructor();
}
export declare class Interruption {
    #private;
    current: number;
    constructor(words: Int32Array<SharedArrayBuffer>);
    check(): void;
    sleep(ms: number): void;
}
