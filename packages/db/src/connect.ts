import { type Coroutine, type CoroutineGenerator, coroutine, getRunningLoop, TimeoutError } from "asyncio-ts";
import type { Connection } from "./connection.ts";
import { inTime } from "./in-time.ts";
import type { Link, LinkOptions } from "./link.ts";
import type { Driver } from "./pool.ts";
import { checkLimit, checkPoolOptions, type PoolOptions } from "./pool-options.ts";

/** For `connect()`, whatever the database. */
export interface ConnectOptions extends Pick<PoolOptions, "commandTimeoutMs" | "cancelGraceMs"> {
  /** How long connecting may take; null for as long as it takes. By default 30,000. */
  readonly connectTimeoutMs?: number | null | undefined;
}

/** Makes a connection of one's own, at the first attempt or not at all. For the doors of the drivers. */
export function openConnection<L extends Link, C extends Connection>(
  make: (limits: LinkOptions) => Driver<L, C>,
  options: ConnectOptions,
): Coroutine<C> {
  const timeoutMs = checkLimit("connectTimeoutMs", options.connectTimeoutMs, 30_000);
  return open(make(checkPoolOptions(options)), timeoutMs) as Coroutine<C>;
}

const open = coroutine(function* connect(
  driver: Driver<Link, Connection>,
  timeoutMs: number | null,
): CoroutineGenerator<Connection> {
  const deadline = getRunningLoop().time() + (timeoutMs ?? Infinity);
  const late = (cause: unknown): TimeoutError =>
    new TimeoutError(`connect(): no connection within ${timeoutMs} ms`, { cause });
  const link = yield* inTime(deadline, driver.connect, late);
  return driver.connection(link, (connection) => connection.close());
});
