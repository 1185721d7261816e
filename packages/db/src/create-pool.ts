import { type Coroutine, type CoroutineGenerator, coroutine, ValueError, wrapFuture } from "asyncio-ts";
import type { MysqlConnection, MysqlPoolOptions } from "./mysql/index.ts";
import type { Pool } from "./pool.ts";
import type { PoolOptions } from "./pool-options.ts";
import type { PostgresConnection, PostgresPoolOptions } from "./postgres/index.ts";
import type { SqliteConnection, SqlitePoolOptions } from "./sqlite/index.ts";

/** A door of this package: the driver behind it is loaded when it is first used. */
interface Door {
  readonly createPool: (url: string, options?: PoolOptions<never>) => Coroutine<Pool>;
}

const DOORS: Readonly<Record<string, { readonly load: () => Promise<unknown>; readonly needs: readonly string[] }>> = {
  postgres: { load: () => import("./postgres/index.ts"), needs: ["pg", "pg-cursor"] },
  mysql: { load: () => import("./mysql/index.ts"), needs: ["mysql2"] },
  sqlite: { load: () => import("./sqlite/index.ts"), needs: [] },
};

const SCHEMES: Readonly<Record<string, string>> = {
  postgres: "postgres",
  postgresql: "postgres",
  mysql: "mysql",
  mariadb: "mysql",
  sqlite: "sqlite",
};

/**
 * A pool of connections to the database that `url` names; its scheme says which driver. The driver is loaded when it is
 * first used, so only that one has to be installed: `pg` and `pg-cursor`; `mysql2`; nothing for SQLite.
 *
 * @throws ValueError for an unknown scheme. An Error that says what to install. TimeoutError when the first `minSize`
 * connections could not be made in time; else what the database says.
 * @example
 * ```ts
 * import { createPool } from "@asyncio-ts/db";
 * import { run } from "asyncio-ts";
 *
 * await run(async () => {
 *   await using pool = await createPool("sqlite::memory:");
 *   console.log(await pool.queryValue("SELECT 1 + ?", [1])); // 2
 * });
 * ```
 */
export function createPool(
  url: `postgres://${string}` | `postgresql://${string}`,
  options?: PostgresPoolOptions,
): Coroutine<Pool<PostgresConnection>>;
export function createPool(
  url: `mysql://${string}` | `mariadb://${string}`,
  options?: MysqlPoolOptions,
): Coroutine<Pool<MysqlConnection>>;
export function createPool(url: `sqlite:${string}`, options?: SqlitePoolOptions): Coroutine<Pool<SqliteConnection>>;
export function createPool(url: string, options?: PoolOptions): Coroutine<Pool>;
export function createPool(url: string, options?: PoolOptions<never>): Coroutine<unknown> {
  if (typeof url !== "string") throw new TypeError(`createPool() needs a URL, got ${typeof url}`);
  const scheme = /^([a-z]+):/.exec(url)?.[1] ?? "";
  const door = DOORS[SCHEMES[scheme] ?? ""];
  if (door === undefined) throw unknown(scheme);
  return open(door, url, options);
}

function unknown(scheme: string): ValueError {
  if (/^rediss?$/.test(scheme)) {
    return new ValueError(
      'createPool(): Redis has a pool of its own kind: import createPool from "@asyncio-ts/db/redis"',
    );
  }
  const known = Object.keys(SCHEMES).join(", ");
  return new ValueError(
    `createPool(): the URL must begin with one of ${known} and a colon, got ${JSON.stringify(scheme)}`,
  );
}

const open = coroutine(function* open(
  door: (typeof DOORS)[string],
  url: string,
  options: PoolOptions<never> | undefined,
): CoroutineGenerator<Pool> {
  const { createPool: create } = (yield* wrapFuture(loaded(door))) as Door;
  return yield* create(url, options);
});

async function loaded(door: (typeof DOORS)[string]): Promise<unknown> {
  try {
    return await door.load();
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Error(`createPool(): the driver of this database is not installed: npm install ${door.needs.join(" ")}`, {
      cause: error,
    });
  }
}
