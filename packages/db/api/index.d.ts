// dist/index.d.ts
export { Connection } from "./connection.ts";
export { createPool } from "./create-pool.ts";
export { DatabaseError, type DatabaseErrorDetails, DataError, IntegrityError, InterfaceError, InternalError, NotSupportedError, OperationalError, ProgrammingError, QueryCancelledError, } from "./errors.ts";
export { Pool } from "./pool.ts";
export type { PoolOptions } from "./pool-options.ts";
export { PreparedQuery } from "./prepared-query.ts";
export type { Field, IsolationLevel, QueryOptions, QueryResult, Row, StreamOptions, TransactionOptions, } from "./query.ts";
export type { Queryable } from "./queryable.ts";
export { RowStream } from "./row-stream.ts";
export { Transaction } from "./transaction.ts";

// dist/create-pool.d.ts
import { type Coroutine } from "asyncio-ts";
import type { MysqlConnection, MysqlPoolOptions } from "./mysql/index.ts";
import type { Pool } from "./pool.ts";
import type { PoolOptions } from "./pool-options.ts";
import type { PostgresConnection, PostgresPoolOptions } from "./postgres/index.ts";
import type { SqliteConnection, SqlitePoolOptions } from "./sqlite/index.ts";
export declare function createPool(url: `postgres://${string}` | `postgresql://${string}`, options?: PostgresPoolOptions): Coroutine<Pool<PostgresConnection>>;
export declare function createPool(url: `mysql://${string}` | `mariadb://${string}`, options?: MysqlPoolOptions): Coroutine<Pool<MysqlConnection>>;
export declare function createPool(url: `sqlite:${string}`, options?: SqlitePoolOptions): Coroutine<Pool<SqliteConnection>>;
export declare function createPool(url: string, options?: PoolOptions): Coroutine<Pool>;
