import { createPool, DistributedLock, LockError, LockNotOwnedError } from "@asyncio-ts/db/redis";
import { CancelledError, coroutine, createTask, gather, run, sleep, TimeoutError } from "asyncio-ts";
import { expect, expectTypeOf, test, vi } from "vitest";
import { describeRedis, redisUrl } from "../support/servers.ts";
import { uniqueKey } from "./support.ts";

vi.setConfig({ testTimeout: 60_000 });

await describeRedis("Redis: scans, scripts, locks", () => {
  test("Redis.scanIter() and its like give every item, by for await and by next()", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey("scan");
    const names = Array.from({ length: 250 }, (_, index) => `${key}:${index}`);
    await redis.mSet(Object.fromEntries(names.map((name) => [name, "x"])));
    await redis.hSet(`${key}h`, Object.fromEntries(names.map((name, index) => [name, String(index)])));
    await redis.sAdd(`${key}s`, names);
    await redis.zAdd(
      `${key}z`,
      names.map((value, score) => ({ value, score })),
    );
    const keys = new Set<string>();
    for await (const name of redis.scanIter({ MATCH: `${key}:*`, COUNT: 100 })) keys.add(name);
    expect([...keys].sort()).toEqual([...names].sort());
    const fields = new Map<string, string>();
    for await (const { field, value } of redis.hScanIter(`${key}h`)) fields.set(field, value);
    expect(fields.size).toBe(250);
    const members = new Set<string>();
    await run(
      coroutine(function* () {
        const scan = redis.sScanIter(`${key}s`);
        for (let step = yield* scan.next(); !step.done; step = yield* scan.next()) members.add(step.value);
      }),
    );
    expect(members.size).toBe(250);
    const scores = new Map<string, number>();
    for await (const { value, score } of redis.zScanIter(`${key}z`)) {
      expectTypeOf(score).toEqualTypeOf<number>();
      scores.set(value, score);
    }
    expect(scores.get(names[77]!)).toBe(77);
    for await (const _ of redis.scanIter()) break;
    await redis.del([...names, `${key}h`, `${key}s`, `${key}z`]);
  });

  test("Script.run() sends the text only to a server that does not know it", async () => {
    await using redis = await createPool(redisUrl);
    const script = redis.registerScript(`-- ${uniqueKey()}\nreturn {KEYS[1], ARGV[1], ARGV[2]}`);
    expect(await redis.scriptExists(script.sha)).toEqual([0]);
    expect(await script.run({ keys: ["k"], args: ["a", 5] })).toEqual(["k", "a", "5"]);
    expect(await redis.scriptExists(script.sha)).toEqual([1]);
    expect(await script.run({ keys: ["k"], args: ["b", 6] })).toEqual(["k", "b", "6"]);
    await expect(
      async () => await redis.registerScript("return redis.error_reply('MINE it is')").run(),
    ).rejects.toMatchObject({
      name: "ProgrammingError",
      code: "MINE",
    });
  });

  test("DistributedLock.hold() lets in one at a time, of all clients", async () => {
    await using first = await createPool(redisUrl);
    await using second = await createPool(redisUrl);
    const name = uniqueKey("lock");
    await run(async () => {
      let inside = 0;
      let entered = 0;
      const enter = async (index: number): Promise<void> => {
        const lock = (index % 2 === 0 ? first : second).lock(name, { timeoutMs: 10_000, sleepMs: 2 });
        await using _ = await lock.hold();
        expect(++inside).toBe(1);
        entered++;
        await sleep(1);
        inside--;
      };
      await gather(Array.from({ length: 20 }, (_, index) => createTask(() => enter(index))));
      expect(entered).toBe(20);
      expect(await first.exists(name)).toBe(0);
    });
  });

  test("DistributedLock.acquire() gives up after blockingTimeoutMs, hold() raises a TimeoutError", async () => {
    await using redis = await createPool(redisUrl);
    const name = uniqueKey("lock");
    const mine = redis.lock(name);
    expect(await mine.acquire()).toBe(true);
    expect(await mine.locked()).toBe(true);
    expect(await mine.owned()).toBe(true);
    await expect(async () => await mine.acquire()).rejects.toThrow("is held already, by this object");
    const other = redis.lock(name, { blockingTimeoutMs: 20, sleepMs: 5 });
    expect(await other.acquire()).toBe(false);
    expect(await other.owned()).toBe(false);
    await expect(async () => await other.hold()).rejects.toThrow(TimeoutError);
    await expect(async () => await other.release()).rejects.toThrow(LockError);
    await mine.release();
    expect(await redis.lock(name, { blockingTimeoutMs: 0, timeoutMs: 1000 }).acquire()).toBe(true);
    await redis.del(name);
  });

  test("DistributedLock expires after timeoutMs, unless it is extended; then it is not taken from the next holder", async () => {
    await using redis = await createPool(redisUrl);
    const name = uniqueKey("lock");
    const lock = redis.lock(name, { timeoutMs: 60_000 });
    await lock.acquire();
    await lock.extend(120_000);
    expect(await redis.pTTL(name)).toBeGreaterThan(60_000);
    await lock.extend();
    expect(await redis.pTTL(name)).toBeLessThanOrEqual(60_000);
    // It expires, and somebody else takes it.
    await redis.set(name, "somebody else");
    await expect(async () => await lock.extend()).rejects.toThrow(LockNotOwnedError);
    await expect(async () => await lock.release()).rejects.toThrow(LockNotOwnedError);
    expect(await redis.get(name)).toBe("somebody else");
    await redis.del(name);
    expect(() => redis.lock(name, { timeoutMs: 0 })).toThrow("timeoutMs must be greater than 0");
    expect(() => redis.lock(name, { sleepMs: -1 })).toThrow("sleepMs must not be negative");
    expect(() => redis.lock(name).extend()).toThrow("extend(): timeoutMs must be greater than 0, got null");
    expect(lock).toBeInstanceOf(DistributedLock);
  });

  test("DistributedLock.acquire() cancelled at any time leaves no lock behind", async () => {
    await using redis = await createPool(redisUrl);
    const name = uniqueKey("lock");
    await run(async () => {
      let got = 0;
      for (let round = 0; round < 100; round++) {
        const lock = redis.lock(name);
        const task = createTask(async () => await lock.acquire());
        await sleep(0);
        for (let turn = 0; turn < round % 5; turn++) await new Promise((resolve) => setImmediate(resolve));
        task.cancel();
        try {
          if (await task) await lock.release();
          got++;
        } catch (error) {
          expect(error).toBeInstanceOf(CancelledError);
        }
        expect(await redis.exists(name)).toBe(0);
      }
      expect(got).toBeLessThan(100);
    });
  });

  test("DistributedLock.release() that is cancelled gives it back all the same", async () => {
    const name = uniqueKey("lock");
    await run(async () => {
      await using redis = await createPool(redisUrl);
      const lock = redis.lock(name);
      await lock.acquire();
      const releasing = createTask(async () => await lock.release());
      await sleep(0);
      releasing.cancel();
      await expect(async () => await releasing).rejects.toThrow(CancelledError);
      expect(await lock.locked()).toBe(false);
      expect(() => redis.withOptions({ timeoutMs: -1 })).toThrow("timeoutMs must not be negative, got -1");
      expect(() => redis.subscribe("x", { onOverflow: "dropNewest" as never })).toThrow(
        'onOverflow must be "error" or "dropOldest", got dropNewest',
      );
    });
  });
});
