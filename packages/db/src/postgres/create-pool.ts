import type { Coroutine } from "asyncio-ts";
import { type ConnectOptions, openConnection } from "../connect.ts";
import type { LinkOptions } from "../link.ts";
import { type Driver, openPool, type Pool } from "../pool.ts";
import { checkWhole, type PoolOptions } from "../pool-options.ts";
import { clientConfig, openLink, type PostgresOptions } from "./connect.ts";
import { PostgresConnection } from "./connection.ts";
import { mayPass } from "./errors.ts";
import type { PostgresLink } from "./link.ts";

/** For {@link createPool}. */
export interface PostgresPoolOptions extends PoolOptions<PostgresConnection>, PostgresOptions {}

/** For {@link connect}. */
export interface PostgresConnectOptions extends PostgresOptions, ConnectOptions {}

/**
 * A pool of connections to PostgreSQL. What the URL leaves out is taken from PGHOST and its kin, as by psql.
 *
 * @throws TypeError or ValueError for wrong options. From the wait: TimeoutError, or what the server says, when the first
 * `minSize` connections can't be made.
 * @example
 * ```ts no-run
 * import { createPool } from "@asyncio-ts/db/postgres";
 * import { run } from "asyncio-ts";
 *
 * await run(async () => {
 *   await using pool = await createPool("postgres://postgres@127.0.0.1/test");
 *   console.log(await pool.queryValue("SELECT $1::int + 1", [41])); // 42
 * });
 * ```
 */
export function createPool(url: string, options: PostgresPoolOptions = {}): Coroutine<Pool<PostgresConnection>> {
  return openPool(driverOf(url, options), options);
}

/**
 * A connection of one's own; `await using` closes it.
 *
 * @throws TypeError or ValueError for wrong options. From the wait: TimeoutError when it takes longer than `connectTimeoutMs`;
 * OperationalError when the server can't be reached, which is tried once.
 */
export function connect(url: string, options: PostgresConnectOptions = {}): Coroutine<PostgresConnection> {
  return openConnection(driverOf(url, options), options);
}

function driverOf(
  url: string,
  options: PostgresOptions,
): (limits: LinkOptions) => Driver<PostgresLink, PostgresConnection> {
  const config = clientConfig(url, options);
  const statementCacheSize = checkWhole("statementCacheSize", options.statementCacheSize ?? 0, 0);
  return (limits) => ({
    connect: () => openLink(config, { ...limits, statementCacheSize }),
    mayPass,
    connection: (link, giveBack) => new PostgresConnection(link, giveBack),
  });
}
