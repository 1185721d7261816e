import type { TypeMapping } from "@redis/client";
import { type Body, type Coroutine, type CoroutineGenerator, coroutine, invoke } from "asyncio-ts";
import { WatchError } from "./errors.ts";
import type { Pipeline } from "./pipeline.ts";
import type { RedisConnection } from "./redis-connection.ts";

type AnyBody = Body<RedisConnection, Pipeline | null>;

/** Watches, reads, and executes what the body wants, until nobody has come between. */
export function runTransaction<T extends TypeMapping, R extends readonly unknown[]>(
  acquire: () => Coroutine<RedisConnection<T>>,
  body: Body<RedisConnection<T>, Pipeline<T, R> | null>,
  keys: readonly string[],
): Coroutine<R | null> {
  return run(acquire, body as unknown as AnyBody, keys) as Coroutine<R | null>;
}

const run = coroutine(function* transaction(
  acquire: () => Coroutine<RedisConnection>,
  body: AnyBody,
  keys: readonly string[],
): CoroutineGenerator<unknown> {
  const connection = yield* acquire();
  try {
    for (;;) {
      const replies = yield* attempt(connection, body, keys);
      if (replies !== undefined) return replies;
    }
  } finally {
    // What is still watched, or not answered, closes the connection.
    connection._release();
  }
});

/** Undefined when somebody has come between. */
function* attempt(
  connection: RedisConnection,
  body: AnyBody,
  keys: readonly string[],
): CoroutineGenerator<readonly unknown[] | null | undefined> {
  if (keys.length > 0) yield* connection.watch(...keys);
  const pipeline = yield* invoke(body, connection);
  if (pipeline === null || pipeline === undefined) {
    yield* connection.unwatch();
    return null;
  }
  try {
    return yield* pipeline.execute();
  } catch (error) {
    if (error instanceof WatchError) return undefined;
    throw error;
  }
}
