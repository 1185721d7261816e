import { createPool, type Redis } from "@asyncio-ts/db/redis";
import { expect, test, vi } from "vitest";
import { sweepWaits } from "../support/cancel-points.ts";
import { describeRedis, redisUrl } from "../support/servers.ts";
import { connectionsNamed, eventually, uniqueKey } from "./support.ts";

/** The next commands get their own answers, and both connections of the pool can be had. */
async function expectUsable(redis: Redis): Promise<void> {
  expect(await redis.echo("shared")).toBe("shared");
  await using first = await redis.acquire();
  await using second = await redis.acquire();
  expect(await Promise.all([first.echo("first"), second.multi().echo("second").execute()])).toEqual([
    "first",
    ["second"],
  ]);
}

const operations: Readonly<Record<string, (redis: Redis, key: string) => PromiseLike<unknown>>> = {
  "Redis.get()": (redis, key) => redis.get(key),
  "Redis.multi()": (redis, key) => redis.multi().set(key, "1").get(key).execute(),
  "Redis.pipeline()": (redis, key) => redis.pipeline().set(key, "1").get(key).execute(),
  "Redis.blPop()": (redis, key) => redis.blPop(key, 0.002),
  "Redis.blPop() with timeoutMs": async (redis, key) => {
    try {
      await redis.withOptions({ timeoutMs: 3 }).blPop(key, 0);
    } catch (error) {
      if ((error as Error).name !== "TimeoutError") throw error;
    }
  },
  "Redis.transaction()": (redis, key) =>
    redis.transaction(async (connection) => connection.multi().set(key, `${await connection.get(key)}x`), key),
  "Redis.acquire()": async (redis, key) => {
    await using connection = await redis.acquire();
    await connection.watch(key);
    await connection.blPop(key, 0.002);
  },
  "Redis.subscribe()": async (redis, key) => {
    await using subscription = await redis.subscribe([key, `${key}2`]);
    await redis.publish(key, "x");
    await subscription.next();
  },
  "Redis.scanIter()": async (redis, key) => {
    for await (const _ of redis.scanIter({ MATCH: key, COUNT: 1_000 }));
  },
  "DistributedLock.hold()": async (redis, key) => {
    await using _ = await redis.lock(key).hold();
    await redis.get(key);
  },
  "Script.run()": (redis, key) => redis.registerScript(`return '${key}'`).run(),
};

vi.setConfig({ testTimeout: 60_000 });

await describeRedis("Redis: cancelled at every wait", () => {
  test.each(Object.entries(operations))(
    "%s cancelled at any wait leaves a client that can be used, and nothing else",
    async (_name, operation) => {
      const clientName = uniqueKey("sweep");
      await using observer = await createPool(redisUrl);
      const seen = { result: 0, cancelled: 0 };
      const waits = await sweepWaits(async (attempt) => {
        const key = uniqueKey();
        await using redis = await createPool(redisUrl, { clientName, maxSize: 2 });
        seen[await attempt(async () => await operation(redis, key))]++;
        await expectUsable(redis);
        // No subscription is left, and no more connections than there may be.
        expect(await redis.publish(key, "x")).toBe(0);
        expect(await connectionsNamed(redis, clientName)).toBeLessThanOrEqual(3);
        await redis.del(key);
      });
      expect(waits).toBeGreaterThan(0);
      expect(seen.cancelled).toBeGreaterThan(0);
      await eventually(() => connectionsNamed(observer, clientName)).toBe(0);
    },
  );

  test("createPool() cancelled at any wait leaves no connection", async () => {
    const clientName = uniqueKey("sweep");
    await using observer = await createPool(redisUrl);
    const waits = await sweepWaits(async (attempt) => {
      let redis: Redis | undefined;
      const outcome = await attempt(async () => {
        redis = await createPool(redisUrl, { clientName });
      });
      if (outcome === "result") await redis!.close();
    });
    expect(waits).toBeGreaterThan(0);
    await eventually(() => connectionsNamed(observer, clientName)).toBe(0);
  });
});
