import { createPool } from "@asyncio-ts/db/redis";
import { CancelledError, coroutine, createTask, gather, run, sleep, type Task } from "asyncio-ts";
import { expect, test, vi } from "vitest";
import { describeRedis, redisUrl } from "../support/servers.ts";
import { redisProxy, uniqueKey } from "./support.ts";

/** Ends a turn of Node's loop, in which what was asked for is written. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function outcome(task: Task<unknown>): Promise<unknown> {
  try {
    return await task;
  } catch (error) {
    if (error instanceof CancelledError) return "cancelled";
    throw error;
  }
}

vi.setConfig({ testTimeout: 60_000 });

await describeRedis("Redis: cancelled commands", () => {
  test("Redis gives every command its own reply, whichever thousand of others are cancelled when", async () => {
    await using redis = await createPool(redisUrl);
    await run(async () => {
      let cancelled = 0;
      for (let round = 0; round < 20; round++) {
        const tasks = Array.from({ length: 100 }, (_, index) => {
          const text = `${round}-${index}`;
          return { text, doomed: Math.random() < 0.5, task: createTask(() => redis.echo(text)) };
        });
        const cancel = async (): Promise<void> => {
          for (const { doomed, task } of tasks) {
            if (!doomed) continue;
            if (Math.random() < 0.05) await nextTurn();
            if (Math.random() < 0.05) await sleep(Math.random());
            task.cancel();
          }
        };
        await cancel();
        for (const { text, doomed, task } of tasks) {
          const result = await outcome(task);
          if (result === "cancelled") {
            expect(doomed).toBe(true);
            cancelled++;
          } else {
            expect(result).toBe(text);
          }
        }
        expect(await redis.echo(`after ${round}`)).toBe(`after ${round}`);
      }
      expect(cancelled).toBeGreaterThan(200);
    });
  });

  test("Redis gives the next command its own reply after each of 1,000 that were cancelled at random", async () => {
    await using redis = await createPool(redisUrl);
    await run(async () => {
      const seen = { done: 0, cancelled: 0 };
      for (let index = 0; index < 1_000; index++) {
        const task = createTask(() => redis.echo(`victim ${index}`));
        const turns = Math.floor(Math.random() * 4);
        for (let turn = 0; turn < turns; turn++) await (Math.random() < 0.5 ? sleep(0) : nextTurn());
        task.cancel();
        expect(await redis.echo(`mine ${index}`)).toBe(`mine ${index}`);
        seen[(await outcome(task)) === "cancelled" ? "cancelled" : "done"]++;
      }
      expect(seen.cancelled).toBeGreaterThan(300);
    });
  });

  test("Redis withdraws a command that is cancelled before it was written", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    await run(async () => {
      const tasks = [
        createTask(() => redis.incr(key)),
        createTask(() => redis.pipeline().incr(key).incr(key).execute()),
        createTask(() => redis.multi().incr(key).incr(key).execute()),
      ];
      // They have begun, and are to be written at the end of this turn.
      await sleep(0);
      for (const task of tasks) task.cancel();
      for (const task of tasks) expect(await outcome(task)).toBe("cancelled");
      expect(await redis.get(key)).toBeNull();
    });
  });

  test("Redis lets a command that was written take effect, though its task is cancelled", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    await run(async () => {
      const tasks = [
        createTask(() => redis.incr(key)),
        createTask(() => redis.pipeline().incr(key).incr(key).execute()),
        createTask(() => redis.multi().incr(key).incr(key).execute()),
      ];
      await sleep(0);
      await nextTurn();
      for (const task of tasks) task.cancel();
      for (const task of tasks) expect(await outcome(task)).toBe("cancelled");
      expect(await redis.get(key)).toBe("5");
      await redis.del(key);
    });
  });

  test("Redis.multi() cancelled while the socket takes no more is withdrawn as a whole, or not at all", async () => {
    await using proxy = await redisProxy();
    await using redis = await createPool(proxy.url);
    const key = uniqueKey();
    const large = "x".repeat(4_000_000);
    await run(async () => {
      for (let round = 0; round < 10; round++) {
        const filling = Array.from({ length: 3 }, () => createTask(() => redis.set(`${key}:large`, large)));
        const task = createTask(() => redis.multi().incr(key).set(`${key}:large`, large).incr(key).execute());
        for (let turn = 0; turn < round; turn++) await nextTurn();
        task.cancel();
        expect(await outcome(task)).toBe("cancelled");
        await gather(filling);
        // On a connection with an open transaction this would be answered by QUEUED.
        expect(await redis.echo("mine")).toBe("mine");
        expect(Number(await redis.get(key)) % 2).toBe(0);
      }
      await redis.del([key, `${key}:large`]);
    });
  });

  test("Redis raises a cancellation at once, and does not wait for the reply", async () => {
    await using proxy = await redisProxy();
    await using redis = await createPool(proxy.url);
    await run(async () => {
      proxy.mute = true;
      const task = createTask(
        coroutine(function* () {
          return yield* redis.ping();
        }),
      );
      await nextTurn();
      await nextTurn();
      task.cancel();
      expect(await outcome(task)).toBe("cancelled");
      redis.terminate();
    });
  });
});
