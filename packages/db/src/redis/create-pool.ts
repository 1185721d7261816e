import { type Coroutine, type CoroutineGenerator, coroutine } from "asyncio-ts";
import { Core } from "./core.ts";
import { type RedisOptions, type Settings, settings } from "./options.ts";
import { Redis } from "./redis.ts";

/**
 * Connects to a Redis server, of version 6 or later: `redis://[user:password@]host[:port][/database]`, `rediss:` with TLS,
 * or `unix:///path`.
 *
 * @throws ValueError for a wrong URL, or option. From the wait: TimeoutError, with the last error as its cause, when the
 * server can't be reached within `acquireTimeoutMs`; the error of the server if it refuses: a wrong password.
 * @example
 * ```ts no-run
 * import { createPool } from "@asyncio-ts/db/redis";
 *
 * await using redis = await createPool("redis://localhost", { commandTimeoutMs: 1000 });
 * console.log(await redis.incr("visits"));
 * ```
 */
export function createPool(url: string | URL, options: RedisOptions = {}): Coroutine<Redis> {
  return open(settings(url, options));
}

const open = coroutine(function* (checked: Settings): CoroutineGenerator<Redis> {
  const core = new Core(checked);
  try {
    yield* core.shared.open();
    return new Redis(core, { timeoutMs: checked.commandTimeoutMs });
  } catch (error) {
    core.terminate();
    throw error;
  }
});
