import { type Coroutine, type CoroutineGenerator, coroutine, timeout } from "asyncio-ts";
import { openPool, type Pool } from "../pool.ts";
import { checkPoolOptions, checkWhole, type PoolOptions } from "../pool-options.ts";
import { clientConfig, openLink, type PostgresOptions } from "./connect.ts";
import { PostgresConnection } from "./connection.ts";
import { mayPass } from "./errors.ts";
import type { PostgresLink } from "./link.ts";

/** For {@link createPool}. */
export interface PostgresPoolOptions extends PoolOptions<PostgresConnection>, PostgresOptions {}

/** For {@link connect}. */
export interface PostgresConnectOptions
  extends PostgresOptions,
    Pick<PoolOptions<PostgresConnection>, "commandTimeoutMs" | "cancelGraceMs"> {
  /** How long connecting may take; null for as long as it takes. By default 30,000. */
  readonly connectTimeoutMs?: number | null | undefined;
}

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
  const config = clientConfig(url, options);
  const statementCacheSize = checkWhole("statementCacheSize", options.statementCacheSize ?? 0, 0);
  return openPool<PostgresLink, PostgresConnection>(
    (limits) => ({
      connect: () => openLink(config, { ...limits, statementCacheSize }),
      mayPass,
      connection: (link, giveBack) => new PostgresConnection(link, giveBack),
    }),
    options,
  );
}

/**
 * A connection of one's own; `await using` closes it.
 *
 * @throws TimeoutError when it takes longer than `connectTimeoutMs`; OperationalError when the server can't be reached.
 */
export const connect: (url: string, options?: PostgresConnectOptions) => Coroutine<PostgresConnection> = coroutine(
  function* connect(url: string, options: PostgresConnectOptions = {}): CoroutineGenerator<PostgresConnection> {
    const { connectTimeoutMs = 30_000, statementCacheSize = 0 } = options;
    const limits = { ...checkPoolOptions(options), statementCacheSize };
    const link = yield* timeout(connectTimeoutMs, () => openLink(clientConfig(url, options), limits));
    return new PostgresConnection(link, (connection) => connection.close());
  },
);
