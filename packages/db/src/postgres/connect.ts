import { type Coroutine, type CoroutineGenerator, coroutine, park, ValueError } from "asyncio-ts";
import type pg from "pg";
import type { LinkOptions } from "../link.ts";
import { connectError } from "./errors.ts";
import { PostgresLink } from "./link.ts";
import { newClient } from "./wire.ts";

/** How to reach a server, beyond what its URL says. */
export interface PostgresOptions {
  /** TLS: true for the certificates that Node trusts, an object for `tls.connect()`; the URL's `sslmode` goes before it. */
  readonly ssl?: pg.ClientConfig["ssl"];
  /** The password, or what gives it whenever it is needed. */
  readonly password?: pg.ClientConfig["password"];
  /** What the server shows in `pg_stat_activity`. */
  readonly applicationName?: string | undefined;
  /**
   * How values of a type become those of JavaScript, as in pg-types. By default as pg has it: `bigint` and `numeric` stay
   * strings, as a number could not hold them; `timestamp` and `timestamptz` are dates; `json` is parsed.
   */
  readonly types?: pg.CustomTypesConfig | undefined;
  /**
   * How many different statements with parameters are kept prepared on a connection, so that the server parses each once.
   * By default 0: behind PgBouncer they are not there any more, and after a change of the table they can fail.
   */
  readonly statementCacheSize?: number | undefined;
}

export type PostgresLimits = LinkOptions & { readonly statementCacheSize: number };

/** One attempt to connect. */
export const openLink: (config: pg.ClientConfig, limits: PostgresLimits) => Coroutine<PostgresLink> = coroutine(
  function* connect(config: pg.ClientConfig, limits: PostgresLimits): CoroutineGenerator<PostgresLink> {
    const client = newClient(config);
    // pg takes the password of the URL even if there is none in it.
    if (config.password !== undefined) client.password = config.password;
    let link: PostgresLink | undefined;
    // Also after a failed attempt pg may have something to say, and an error event without a listener ends the process.
    client.on("error", () => {});
    try {
      yield* park<void>((wait) => {
        client.connect((error: unknown) => {
          if (error) wait.reject(connectError(error));
          else wait.resolve();
        });
        return () => "done";
      });
      link = new PostgresLink(client, limits);
      return link;
    } finally {
      if (link === undefined) client.connection.stream.destroy();
    }
  },
);

/** @throws TypeError or ValueError when `url` is none. */
export function clientConfig(url: string, options: PostgresOptions): pg.ClientConfig {
  if (typeof url !== "string")
    throw new TypeError(`a URL, postgres://user@host/database, is needed, got ${typeof url}`);
  if (!/^postgres(ql)?:/.test(url))
    throw new ValueError("the URL must begin with postgres: or postgresql:, as postgres://user@host/database");
  return {
    connectionString: url,
    keepAlive: true,
    ssl: options.ssl,
    password: options.password,
    application_name: options.applicationName,
    types: options.types,
  };
}
