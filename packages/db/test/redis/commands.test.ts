import { DataError, InterfaceError, ProgrammingError } from "@asyncio-ts/db";
import { createPool, type Redis } from "@asyncio-ts/db/redis";
import { RESP_TYPES } from "@redis/client";
import { coroutine, gather, run, TimeoutError, ValueError } from "asyncio-ts";
import { expect, expectTypeOf, test, vi } from "vitest";
import { describeRedis, redisUrl } from "../support/servers.ts";
import { uniqueKey } from "./support.ts";

vi.setConfig({ testTimeout: 60_000 });

await describeRedis("Redis: commands", () => {
  test("Redis has the driver's commands, with their types, in both spellings", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    expect(await redis.set(key, "7")).toBe("OK");
    const value = await redis.get(key);
    expectTypeOf(value).toEqualTypeOf<string | null>();
    expect(value).toBe("7");
    expect(await redis.incrBy(key, 3)).toBe(10);
    const number = await run(
      coroutine(function* () {
        expectTypeOf(yield* redis.incr(key)).toEqualTypeOf<number>();
        return yield* redis.incr(key);
      }),
    );
    expect(number).toBe(12);
    expect(await redis.del(key)).toBe(1);
    expect(await redis.get(key)).toBeNull();
  });

  test("Redis transforms arguments and replies as the driver does", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    await redis.hSet(key, { a: "1", b: "2" });
    expect({ ...(await redis.hGetAll(key)) }).toEqual({ a: "1", b: "2" });
    await redis.del(key);
    await redis.zAdd(key, [
      { score: 1.5, value: "x" },
      { score: 2, value: "y" },
    ]);
    expect(await redis.zRangeWithScores(key, 0, -1)).toEqual([
      { value: "x", score: 1.5 },
      { value: "y", score: 2 },
    ]);
    await redis.del(key);
  });

  test("Redis.command() sends anything, and gives the reply as it comes", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    expect(await redis.command("set", key, 5)).toBe("OK");
    expect(await redis.command("OBJECT ENCODING", key)).toBe("int");
    expect(await redis.command("DEL", Buffer.from(key))).toBe(1);
    expect(() => redis.command("SET", key, undefined as never)).toThrow(
      "an argument of a Redis command must be a string, a number or a Buffer, got undefined",
    );
  });

  test("Redis.withOptions() gives bytes instead of strings, and shares the connections", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    const bytes = Buffer.from([0xff, 0x00, 0xfe]);
    const binary = redis.withOptions({ typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } });
    await binary.set(key, bytes);
    const got = await binary.get(key);
    expectTypeOf(got).toEqualTypeOf<Buffer | null>();
    expect(got).toEqual(bytes);
    expect(await redis.command("CLIENT ID")).toBe(await binary.command("CLIENT ID"));
    expect(await binary.multi().get(key).execute()).toEqual([bytes]);
    await redis.del(key);
  });

  test("Redis raises the server's errors with their codes, and goes on", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    await redis.set(key, "text");
    await expect(async () => await redis.lPush(key, "x")).rejects.toMatchObject({
      name: "ProgrammingError",
      code: "WRONGTYPE",
      query: "LPUSH",
    });
    await expect(async () => await redis.incr(key)).rejects.toThrow(DataError);
    await expect(async () => await redis.command("NOSUCHCOMMAND")).rejects.toThrow(ProgrammingError);
    await expect(async () => await redis.set(key, undefined as never)).rejects.toThrow(TypeError);
    expect(await redis.get(key)).toBe("text");
    await redis.del(key);
  });

  test("Redis refuses at the call what would change the connection that all share", async () => {
    await using redis = await createPool(redisUrl);
    const lines = [["SELECT", 1], ["MULTI"], ["WATCH", "x"], ["MONITOR"], ["SUBSCRIBE", "x"], ["CLIENT REPLY", "OFF"]];
    for (const [name, ...args] of lines as [string, ...string[]][]) {
      expect(() => redis.command(name, ...args), name).toThrow(InterfaceError);
    }
    expect(() => redis.command("WAIT", 0, 0)).toThrow("acquire() one for both");
    expect(() => redis.pipeline().blPop("x", 1)).toThrow("would block all others of the pipeline");
    expect(await redis.ping()).toBe("PONG");
  });

  test("Redis raises a TimeoutError after timeoutMs, and the late reply reaches nobody else", async () => {
    await using redis = await createPool(redisUrl, { commandTimeoutMs: 10_000 });
    const busy =
      "local t = redis.call('time'); local e = t[1] * 1000 + t[2] / 1000 + 60; " +
      "repeat t = redis.call('time') until t[1] * 1000 + t[2] / 1000 > e; return 'late'";
    const late = redis.withOptions({ timeoutMs: 10 });
    await expect(async () => await late.eval(busy)).rejects.toThrow("EVAL has not been answered within 10 ms");
    await expect(async () => await late.eval(busy)).rejects.toThrow(TimeoutError);
    expect(await redis.echo("mine")).toBe("mine");
  });

  test("createPool() says what is wrong with its arguments", async () => {
    expect(() => createPool("http://localhost")).toThrow(ValueError);
    expect(() => createPool("nonsense")).toThrow("the URL must be redis://");
    expect(() => createPool(redisUrl, { maxSize: 0 })).toThrow("maxSize must be at least 1, got 0");
    expect(() => createPool(redisUrl, { maxQueued: -1 })).toThrow("maxQueued must not be negative");
  });

  test("createPool() takes the database, the user and the name of the client", async () => {
    const key = uniqueKey();
    await using first = await createPool(redisUrl);
    await using second = await createPool(redisUrl, { database: 3, clientName: "asyncio-ts-named" });
    await second.set(key, "3");
    expect(await first.get(key)).toBeNull();
    await using third = await createPool(`${redisUrl}/3`);
    expect(await third.get(key)).toBe("3");
    expect(await second.clientGetName()).toBe("asyncio-ts-named");
    await second.del(key);
    await expect(
      async () => await createPool(redisUrl, { username: "nobody", password: "wrong" }),
    ).rejects.toMatchObject({
      name: "ProgrammingError",
      code: "WRONGPASS",
    });
  });

  test("Redis pipelines what is asked at once: a thousand commands arrive with few writes", async () => {
    await using redis = await createPool(redisUrl);
    const key = uniqueKey();
    const before = await written(redis);
    const numbers = await run(async () => await gather(Array.from({ length: 1_000 }, () => redis.incr(key))));
    expect(numbers).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
    expect((await written(redis)) - before).toBeLessThan(100);
    await redis.del(key);
  });
});

/** How many times the server has read from anybody. */
async function written(redis: Redis): Promise<number> {
  const info = String(await redis.command("INFO", "stats"));
  return Number(/total_reads_processed:(\d+)/.exec(info)?.[1]);
}
