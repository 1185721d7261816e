import type { Coroutine } from "asyncio-ts";
import { type ConnectOptions, openConnection } from "../connect.ts";
import { openPool, type Pool } from "../pool.ts";
import type { PoolOptions } from "../pool-options.ts";
import { type MysqlConnection, mysqlDriver } from "./driver.ts";
import { addressOf, type MysqlOptions } from "./options.ts";

export { MysqlConnection } from "./driver.ts";
export type { MysqlOptions } from "./options.ts";

/** For {@link createPool}. */
export interface MysqlPoolOptions extends PoolOptions<MysqlConnection>, MysqlOptions {}

/** For {@link connect}. */
export interface MysqlConnectOptions extends MysqlOptions, ConnectOptions {}

/**
 * A pool of connections to MySQL or MariaDB, over mysql2: `mysql://user:password@host:3306/database`, also `mariadb://`;
 * `?socketPath=/run/mysqld/mysqld.sock`, `?ssl=true` and `?timezone=+02:00` are as in the options.
 *
 * Statements go as text, with the parameters quoted by mysql2: an array for `IN (?)`, an array of arrays for `VALUES ?`.
 * `Connection.prepare()` is for those that run often; its parameters do not go through the text. Whole numbers beyond
 * 2^53 come as strings and `DECIMAL` too, so that none is rounded; a Date has milliseconds.
 *
 * A statement is cancelled by `KILL QUERY` over a connection that the pool opens for that and does not count. Behind a
 * proxy that spreads connections over several servers that may reach the wrong one: connect to each directly.
 *
 * A borrowed connection is reset (COM_RESET_CONNECTION) when it is given back, unless all that ran on it are statements that
 * leave nothing behind: reads and changes of rows without user variables and `GET_LOCK()`. What a stored function does
 * besides is not seen. What every session is to have belongs into `serverSettings`, since the reset forgets what `init` sets.
 *
 * A stream that nobody reads makes the server wait, which it does for `net_write_timeout`, 60 s unless it is set otherwise.
 *
 * @throws ValueError for a wrong address or option.
 * @example
 * ```ts no-run
 * import { createPool } from "@asyncio-ts/db/mysql";
 * import { run, timeout } from "asyncio-ts";
 *
 * await run(async () => {
 *   await using pool = await createPool("mysql://root@127.0.0.1:3306/test", { maxSize: 5 });
 *   const { insertId } = await pool.query("INSERT INTO users (name) VALUES (?)", ["Ada"]);
 *   await timeout(100, async () => {
 *     console.log(await pool.queryRow("SELECT name FROM users WHERE id = ?", [insertId]));
 *   });
 * });
 * ```
 */
export function createPool(url: string, options: MysqlPoolOptions = {}): Coroutine<Pool<MysqlConnection>> {
  const address = addressOf(url, options);
  return openPool((limits) => mysqlDriver(address, limits), options);
}

/**
 * A single connection to MySQL or MariaDB; see {@link createPool}. `await using` closes it.
 *
 * @throws ValueError for a wrong address or option. From the wait: TimeoutError when it takes longer than `connectTimeoutMs`;
 * OperationalError when the server can't be reached, which is tried once.
 */
export function connect(url: string, options: MysqlConnectOptions = {}): Coroutine<MysqlConnection> {
  const address = addressOf(url, options);
  return openConnection((limits) => mysqlDriver(address, limits), options);
}
