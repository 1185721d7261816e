import { type Coroutine, ValueError } from "asyncio-ts";
import { type ConnectOptions, openConnection } from "../connect.ts";
import { openPool, type Pool } from "../pool.ts";
import type { PoolOptions } from "../pool-options.ts";
import type { SqliteConnection } from "./connection.ts";
import { sqliteDriver } from "./driver.ts";
import { checkOptions, isMemory, type SqliteOptions } from "./options.ts";

export { type BackupOptions, SqliteConnection } from "./connection.ts";
export type { BackupProgress, SqliteValue } from "./messages.ts";
export type { SqliteOptions, TransactionMode } from "./options.ts";
export type { SqlAggregate } from "./sql-functions.ts";

/** For {@link createPool}. */
export interface SqlitePoolOptions extends PoolOptions<SqliteConnection>, SqliteOptions {}

/** For {@link connect}. */
export interface SqliteConnectOptions extends SqliteOptions, ConnectOptions {}

/**
 * A pool of connections to an SQLite database, by node:sqlite: `sqlite:relative.db`, `sqlite:///absolute.db`,
 * `sqlite::memory:`. Each connection has a thread of its own, or a process (see `isolation`), so the event loop is never
 * blocked.
 *
 * A file is in WAL mode: any number of connections read while one writes. Who wants to write waits for the lock for up to
 * `busyTimeoutMs`; then it is an OperationalError whose `code` is SQLITE_BUSY. A database in memory has one connection, which
 * lives as long as the pool.
 *
 * Parameters are strings, numbers, bigints, booleans (1 and 0), Uint8Arrays and null, for `?` and `?2`; for `:name` the first is
 * an object, `[{ name: "Ada" }]`. Dates are refused, since SQLite has none. Whole numbers come as numbers, and beyond 2^53 as
 * bigints; a BLOB as a Uint8Array. `code` of an error is SQLite's, SQLITE_CONSTRAINT_UNIQUE; it has no SQL states.
 *
 * An idle pool does not keep the process running. What a borrower leaves in the session, PRAGMAs and temporary tables, the
 * next one finds.
 *
 * @throws ValueError for a wrong URL or option.
 * @example
 * ```ts
 * import { createPool } from "@asyncio-ts/db/sqlite";
 * import { run } from "asyncio-ts";
 *
 * await run(async () => {
 *   await using pool = await createPool("sqlite::memory:");
 *   await pool.query("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)");
 *   const { insertId } = await pool.query("INSERT INTO users (name) VALUES (?)", ["Ada"]);
 *   console.log(await pool.queryRow("SELECT * FROM users WHERE id = ?", [insertId])); // { id: 1, name: 'Ada' }
 * });
 * ```
 */
export function createPool(url: string, options: SqlitePoolOptions = {}): Coroutine<Pool<SqliteConnection>> {
  const checked = checkOptions(url, options);
  return openPool((limits) => sqliteDriver(checked, limits), isMemory(checked.settings) ? single(options) : options);
}

/**
 * A single connection to an SQLite database; see {@link createPool}. `await using` closes it.
 *
 * @throws ValueError for a wrong URL or option. From the wait: TimeoutError when it takes longer than `connectTimeoutMs`.
 */
export function connect(url: string, options: SqliteConnectOptions = {}): Coroutine<SqliteConnection> {
  const checked = checkOptions(url, options);
  return openConnection((limits) => sqliteDriver(checked, limits), options);
}

/** The database in memory is its connection's: there can't be two, and it must not be replaced. */
function single(options: SqlitePoolOptions): SqlitePoolOptions {
  if ((options.maxSize ?? 1) !== 1) {
    throw new ValueError(
      `maxSize must be 1 for a database in memory, which its one connection holds, got ${options.maxSize}`,
    );
  }
  return { ...options, maxSize: 1, maxInactiveConnectionLifetimeMs: 0, maxQueries: Infinity };
}
