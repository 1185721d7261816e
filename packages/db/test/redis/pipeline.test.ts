import { DataError, InterfaceError, OperationalError, ProgrammingError } from "@asyncio-ts/db";
import { createPool, WatchError } from "@asyncio-ts/db/redis";
import { coroutine, createTask, gather, run, sleep } from "asyncio-ts";
import { expect, expectTypeOf, test, vi } from "vitest";
import { describeRedis, redisUrl } from "../support/servers.ts";
import { uniqueKey } from "./support.ts";

vi.setConfig({ testTimeout: 60_000 });

await describeRedis("Redis: pipelines and transactions", () => {
  test("Redis.pipeline() gives the replies as a list, each of its own type", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    const pipeline = redis.pipeline().set(key, "1").incr(key).get(key).command("TYPE", key).del(key);
    expect(pipeline.length).toBe(5);
    const replies = await pipeline.execute();
    expectTypeOf(replies[1]).toEqualTypeOf<number>();
    expectTypeOf(replies[2]).toEqualTypeOf<string | null>();
    expect(replies).toEqual(["OK", 2, "2", "string", 1]);
    expect(await redis.pipeline().execute()).toEqual([]);
    expect(await redis.multi().execute()).toEqual([]);
  });

  test("Pipeline.execute() raises the first error, or has each in its place; the others are executed", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    for (const make of [() => redis.pipeline(), () => redis.multi()]) {
      const commands = () => make().set(key, "text").incr(key).lPush(key, "x").get(key).del(key);
      await expect(async () => await commands().execute()).rejects.toThrow(DataError);
      await expect(async () => await commands().execute()).rejects.toThrow(
        "command 2 of 5 in the pipeline: ERR value is not",
      );
      const replies = await commands().execute({ raiseOnError: false });
      expect(replies).toEqual(["OK", expect.any(DataError), expect.any(ProgrammingError), "text", 1]);
    }
  });

  test("Pipeline.execute() can be done once", async () => {
    await using redis = await createPool(redisUrl);
    const pipeline = redis.pipeline().ping();
    await pipeline.execute();
    await expect(async () => await pipeline.execute()).rejects.toThrow(InterfaceError);
  });

  test("Redis.multi() executes nothing of a transaction with a command that the server does not accept", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    await expect(async () => await redis.multi().set(key, "1").command("NOSUCHCOMMAND").execute()).rejects.toThrow(
      "unknown command 'NOSUCHCOMMAND'",
    );
    expect(await redis.get(key)).toBeNull();
    expect(await redis.echo("mine")).toBe("mine");
  });

  test("Redis.multi() is atomic among the commands of all others of the same client", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    await run(async () => {
      const transactions = Array.from({ length: 50 }, () => redis.multi().incr(key).incr(key).execute());
      const others = Array.from({ length: 50 }, () => redis.get(key));
      const [pairs, values] = await gather([gather(transactions), gather(others)]);
      for (const [first, second] of pairs) expect(second).toBe(first + 1);
      for (const value of values) expect(Number(value ?? 0) % 2).toBe(0);
    });
    await redis.del(key);
  });

  test("Redis.transaction() does it again when a watched key was changed: no increment is lost", async () => {
    await using redis = await createPool(redisUrl, { maxSize: 5 });
    const key = uniqueKey();
    await run(async () => {
      let runs = 0;
      const increment = () =>
        redis.transaction(async (connection) => {
          runs++;
          const value = Number(await connection.get(key));
          await sleep(1);
          return connection
            .multi()
            .set(key, value + 1)
            .get(key);
        }, key);
      const results = await gather(Array.from({ length: 10 }, increment));
      expectTypeOf(results[0]!).toExtend<readonly unknown[] | null>();
      expect(results.map((replies) => Number(replies![1])).sort((a, b) => a - b)).toEqual([
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
      ]);
      expect(runs).toBeGreaterThan(10);
      expect(await redis.get(key)).toBe("10");
      await redis.del(key);
    });
  });

  test("Redis.transaction() takes a generator, and gives null when it returns null", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    await redis.set(key, "5");
    await run(
      coroutine(function* () {
        const none = yield* redis.transaction(function* (connection) {
          return Number(yield* connection.get(key)) > 3 ? null : connection.multi().del(key);
        }, key);
        expect(none).toBeNull();
        const done = yield* redis.transaction(function* (connection) {
          yield* connection.get(key);
          return connection.multi().del(key);
        }, key);
        expect(done).toEqual([1]);
      }),
    );
  });

  test("Redis.transaction() whose body fails, or is cancelled, changes nothing and watches nothing any more", async () => {
    await using redis = await createPool(redisUrl, { maxSize: 1 });
    const key = uniqueKey();
    await run(async () => {
      await expect(async () => {
        await redis.transaction(async (connection) => {
          await connection.get(key);
          throw new RangeError("body");
        }, key);
      }).rejects.toThrow("body");
      const task = createTask(() =>
        redis.transaction(async (connection) => {
          await sleep(60_000);
          return connection.multi().set(key, "x");
        }, key),
      );
      await sleep(5);
      task.cancel();
      await expect(async () => await task).rejects.toThrow();
      await redis.set(key, "other");
      // On the connection of a transaction before this would fail.
      await using connection = await redis.acquire();
      await redis.set(key, "another");
      expect(await connection.multi().get(key).execute()).toEqual(["another"]);
      await redis.del(key);
    });
  });

  test("RedisConnection.watch() makes multi() raise a WatchError; unwatch() takes it back", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    await using connection = await redis.acquire();
    await connection.watch(key);
    await redis.set(key, "1");
    const attempt = connection.multi().set(key, "2").execute();
    await expect(async () => await attempt).rejects.toThrow(WatchError);
    await connection.watch(key);
    await redis.set(key, "3");
    await connection.unwatch();
    expect(await connection.multi().get(key).execute()).toEqual(["3"]);
    expect(new WatchError("x")).toBeInstanceOf(OperationalError);
    await redis.del(key);
  });

  test("RedisConnection is lent again only if it was left as it was", async () => {
    await using redis = await createPool(redisUrl, { maxSize: 1 });
    const id = async (use: (name: string, ...args: string[]) => PromiseLike<unknown>): Promise<unknown> =>
      await use("CLIENT ID");
    const ids: unknown[] = [];
    for (const change of [null, ["SELECT", "3"], null, ["CLIENT TRACKING", "ON"], null] as const) {
      await using connection = await redis.acquire();
      ids.push(await id((name) => connection.command(name)));
      if (change !== null) await connection.command(change[0], change[1]);
    }
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[1]);
    expect(ids[3]).toBe(ids[2]);
    expect(ids[4]).not.toBe(ids[3]);
  });

  test("RedisConnection can't be used after it was given back", async () => {
    await using redis = await createPool(redisUrl);
    const connection = await redis.acquire();
    await connection.release();
    await connection.release();
    expect(() => connection.ping()).toThrow("the connection was given back");
    expect(() => connection.multi()).toThrow(InterfaceError);
  });
});
