import { RedisClient, type RedisClientOptions } from "@redis/client";
import { ValueError } from "asyncio-ts";
import { type CheckedPoolOptions, checkPoolOptions, type PoolOptions } from "../pool-options.ts";

type Shared =
  | "minSize"
  | "maxSize"
  | "acquireTimeoutMs"
  | "commandTimeoutMs"
  | "cancelGraceMs"
  | "maxInactiveConnectionLifetimeMs"
  | "maxQueries";

/**
 * For `createPool()`. The sizes are those of the pool for what needs a connection of its own: blocking commands,
 * `transaction()`, `acquire()`. All else shares one connection more.
 *
 * `acquireTimeoutMs` is also how long a command waits for that one when it was lost, while it is made again.
 */
export interface RedisOptions extends Pick<PoolOptions, Shared> {
  /** The ACL user; by default that of the URL. */
  readonly username?: string | undefined;
  /** By default that of the URL. */
  readonly password?: string | undefined;
  /** The number of the database; by default that of the URL, else 0. */
  readonly database?: number | undefined;
  /** What `CLIENT LIST` shows. */
  readonly clientName?: string | undefined;
  /** With `rediss:`, what `tls.connect()` takes: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized`. */
  readonly tls?: Readonly<Record<string, unknown>> | undefined;
  /** How many commands may wait for a connection when there is none; by default 10,000. With 0 none does, and fails. */
  readonly maxQueued?: number | undefined;
}

/** The options with their defaults. */
export interface Settings extends Pick<CheckedPoolOptions<never>, Shared> {
  readonly client: RedisClientOptions;
  /** What messages call the server. */
  readonly target: string;
  readonly maxQueued: number;
}

/** @throws ValueError for a URL that is none of Redis's; TypeError or ValueError for an option that is wrong. */
export function settings(url: string | URL, options: RedisOptions): Settings {
  const { maxQueued = 10_000 } = options;
  if (!(maxQueued >= 0)) throw new ValueError(`maxQueued must not be negative, got ${maxQueued}`);
  return { ...checkPoolOptions(options as PoolOptions), maxQueued, ...clientOptions(url, options) };
}

function clientOptions(url: string | URL, options: RedisOptions): Pick<Settings, "client" | "target"> {
  const { credentialsProvider: _, ...parsed } = parse(String(url));
  const socket = { ...parsed.socket, ...options.tls } as { host?: string; port?: number; path?: string };
  const { username, password, database, clientName: name } = options;
  return {
    target: socket.path ?? `${socket.host || "localhost"}:${socket.port ?? 6379}`,
    client: {
      ...parsed,
      ...given({ username, password, database, name }),
      socket,
      // Time limits are ours; and nobody here listens to the events of Redis Enterprise.
      commandOptions: { timeout: 0 },
      maintNotifications: "disabled",
    },
  };
}

function parse(url: string): RedisClientOptions {
  try {
    return RedisClient.parseURL(url) as RedisClientOptions;
  } catch (error) {
    throw new ValueError(
      "the URL must be redis://[user:password@]host[:port][/database], rediss:// with TLS, or unix:///path: " +
        (error as Error).message,
    );
  }
}

function given(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
