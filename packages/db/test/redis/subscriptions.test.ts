import { createPool, type Message, type Redis, type Subscription } from "@asyncio-ts/db/redis";
import { CancelledError, coroutine, createTask, QueueFull, run, sleep } from "asyncio-ts";
import { expect, test, vi } from "vitest";
import { describeRedis, redisUrl } from "../support/servers.ts";
import { connectionsNamed, eventually, redisProxy, uniqueKey } from "./support.ts";

async function take(subscription: Subscription, count: number): Promise<string[]> {
  const data: string[] = [];
  for (let index = 0; index < count; index++) {
    const step = await subscription.next();
    if (step.done) break;
    data.push(step.value.data);
  }
  return data;
}

/** How many clients of the server subscribe to this channel. */
async function subscribers(redis: Redis, channel: string): Promise<number> {
  return Number((await redis.pubSubNumSub(channel))[channel]);
}

vi.setConfig({ testTimeout: 60_000 });

await describeRedis("Redis: subscriptions", () => {
  test("Redis.subscribe() gives what is published from its end on, by for await and by next()", async () => {
    await using redis = await createPool(redisUrl);
    const [a, b] = [uniqueKey("channel"), uniqueKey("channel")];
    const messages: Message[] = [];
    await using subscription = await redis.subscribe([a, b]);
    expect(await redis.publish(a, "1")).toBe(1);
    await redis.publish(b, "2");
    await redis.publish(a, "3");
    expect((await subscription.next()).value).toEqual({ channel: a, pattern: null, data: "1" });
    for await (const message of subscription) {
      messages.push(message);
      if (messages.length === 2) break;
    }
    expect(messages.map(({ data }) => data)).toEqual(["2", "3"]);
    // The end of the loop has unsubscribed.
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
    await eventually(() => subscribers(redis, a)).toBe(0);
  });

  test("Redis.pSubscribe() tells the pattern; binary messages are bytes; sSubscribe() has channels of its own", async () => {
    await using redis = await createPool(redisUrl);
    const name = uniqueKey("channel");
    await run(
      coroutine(function* () {
        const patterns = yield* redis.pSubscribe(`${name}.*`);
        const bytes = yield* redis.subscribe(`${name}.x`, { binary: true });
        const shard = yield* redis.sSubscribe(name);
        yield* redis.publish(`${name}.x`, Buffer.from([1, 2]));
        yield* redis.sPublish(name, "sharded");
        expect((yield* patterns.next()).value).toEqual({
          channel: `${name}.x`,
          pattern: `${name}.*`,
          data: "\u0001\u0002",
        });
        expect((yield* bytes.next()).value).toEqual({ channel: `${name}.x`, pattern: null, data: Buffer.from([1, 2]) });
        expect((yield* shard.next()).value).toEqual({ channel: name, pattern: null, data: "sharded" });
        for (const subscription of [patterns, bytes, shard]) subscription.close();
      }),
    );
  });

  test("Redis.subscribe() twice to one channel gives both everything, and one that ends leaves the other", async () => {
    await using redis = await createPool(redisUrl);
    const channel = uniqueKey("channel");
    // At once: the second must not be told that it is there before the server has said so.
    const [first, second] = await Promise.all([redis.subscribe(channel), redis.subscribe(channel)]);
    expect(await subscribers(redis, channel)).toBe(1);
    await redis.publish(channel, "1");
    expect(await take(first!, 1)).toEqual(["1"]);
    first!.close();
    await redis.publish(channel, "2");
    expect(await take(second!, 2)).toEqual(["1", "2"]);
    second!.close();
    await eventually(() => subscribers(redis, channel)).toBe(0);
  });

  test("Redis.subscribe() to a channel that is being unsubscribed works", async () => {
    await using redis = await createPool(redisUrl);
    const [channel, other] = [uniqueKey("channel"), uniqueKey("channel")];
    await using _keeps = await redis.subscribe(other);
    for (let round = 0; round < 50; round++) {
      const old = await redis.subscribe(channel);
      old.close();
      const subscription = await redis.subscribe(channel);
      await redis.publish(channel, `${round}`);
      expect(await take(subscription, 1)).toEqual([`${round}`]);
      subscription.close();
    }
  });

  test("Redis.subscribe() cancelled at any time leaves others that want the channel alone", async () => {
    await using redis = await createPool(redisUrl);
    const channel = uniqueKey("channel");
    await run(async () => {
      for (let round = 0; round < 60; round++) {
        const victim = createTask(() => redis.subscribe(channel));
        const other = createTask(() => redis.subscribe(channel));
        for (let turn = 0; turn < round % 6; turn++) await new Promise((resolve) => setImmediate(resolve));
        if (!victim.cancel()) (await victim).close();
        else await expect(async () => await victim).rejects.toThrow(CancelledError);
        await using subscription = await other;
        await redis.publish(channel, `${round}`);
        expect(await take(subscription, 1)).toEqual([`${round}`]);
      }
    });
    await eventually(() => subscribers(redis, channel)).toBe(0);
  });

  test("Redis has a connection for subscriptions only while there are any", async () => {
    const clientName = uniqueKey("subscriber");
    await using redis = await createPool(redisUrl, { clientName });
    const first = await redis.subscribe("a");
    const second = await redis.pSubscribe("b");
    expect(await connectionsNamed(redis, clientName)).toBe(2);
    first.close();
    expect(await redis.publish(uniqueKey("nobody"), "x")).toBe(0);
    second.close();
    await eventually(() => connectionsNamed(redis, clientName)).toBe(1);
  });

  test("Subscription.next() cancelled loses no message", async () => {
    await using redis = await createPool(redisUrl);
    const channel = uniqueKey("channel");
    await run(async () => {
      await using subscription = await redis.subscribe(channel);
      const got: string[] = [];
      for (let round = 0; round < 200; round++) {
        const task = createTask(async () => {
          const step = await subscription.next();
          got.push(step.value!.data);
        });
        const publishing = createTask(() => redis.publish(channel, String(round)));
        if (Math.random() < 0.7) await sleep(Math.random() * 2);
        task.cancel();
        await publishing;
        try {
          await task;
        } catch (error) {
          expect(error).toBeInstanceOf(CancelledError);
        }
      }
      await redis.publish(channel, "end");
      for (;;) {
        const { data } = (await subscription.next()).value!;
        if (data === "end") break;
        got.push(data);
      }
      expect(got.map(Number)).toEqual(Array.from({ length: 200 }, (_, index) => index));
    });
  });

  test("Subscription cancelled in its for await unsubscribes", async () => {
    await using redis = await createPool(redisUrl);
    const channel = uniqueKey("channel");
    await run(async () => {
      const task = createTask(async () => {
        for await (const _ of await redis.subscribe(channel));
      });
      await eventually(() => subscribers(redis, channel)).toBe(1);
      task.cancel();
      await expect(async () => await task).rejects.toThrow(CancelledError);
      await eventually(() => subscribers(redis, channel)).toBe(0);
    });
  });

  test("Subscription raises QueueFull when its reader is too slow, after what it has kept", async () => {
    await using redis = await createPool(redisUrl);
    const channel = uniqueKey("channel");
    const subscription = await redis.subscribe(channel, { maxBuffered: 3 });
    for (let index = 0; index < 5; index++) await redis.publish(channel, String(index));
    await eventually(() => subscribers(redis, channel)).toBe(0);
    expect(await take(subscription, 3)).toEqual(["0", "1", "2"]);
    await expect(async () => await subscription.next()).rejects.toThrow(QueueFull);
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
  });

  test("Subscription with onOverflow: 'dropOldest' goes on with the latest messages, and counts the others", async () => {
    await using redis = await createPool(redisUrl);
    const channel = uniqueKey("channel");
    await using subscription = await redis.subscribe(channel, { maxBuffered: 3, onOverflow: "dropOldest" });
    for (let index = 0; index < 10; index++) await redis.publish(channel, String(index));
    await eventually(() => subscription.dropped).toBe(7);
    expect(await take(subscription, 3)).toEqual(["7", "8", "9"]);
  });

  test("Subscription goes on after the connection was lost", async () => {
    await using proxy = await redisProxy();
    await using observer = await createPool(redisUrl);
    await using redis = await createPool(proxy.url);
    const channel = uniqueKey("channel");
    await using subscription = await redis.subscribe(channel);
    await using pattern = await redis.pSubscribe(`${channel}*`);
    await observer.publish(channel, "before");
    expect(await take(subscription, 1)).toEqual(["before"]);
    for (let round = 0; round < 3; round++) {
      proxy.cut();
      await eventually(() => subscribers(observer, channel)).toBe(0);
      await eventually(() => subscribers(observer, channel)).toBe(1);
      await eventually(() => observer.publish(channel, `after ${round}`)).toBe(2);
      expect(await take(subscription, 1)).toEqual([`after ${round}`]);
    }
    expect((await take(pattern, 4)).at(-1)).toBe("after 2");
  });

  test("Subscription ends with an OperationalError when the connection can't be made again", async () => {
    const proxy = await redisProxy();
    await using redis = await createPool(proxy.url, { acquireTimeoutMs: 800 });
    const subscription = await redis.subscribe(uniqueKey("channel"));
    await proxy[Symbol.asyncDispose]();
    await expect(async () => await subscription.next()).rejects.toMatchObject({ name: "OperationalError" });
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
  });

  test("Redis.close() ends the iteration of every subscription", async () => {
    const redis = await createPool(redisUrl);
    const subscription = await redis.subscribe(uniqueKey("channel"));
    const waiting = subscription.next();
    const step = Promise.resolve(waiting);
    await redis.close();
    expect(await step).toEqual({ done: true, value: undefined });
    expect(() => redis.subscribe("x")).toThrow("the Redis client is closed");
  });

  test("Redis.subscribe() says what is wrong with its arguments", async () => {
    await using redis = await createPool(redisUrl);
    expect(() => redis.subscribe([])).toThrow("subscribe(): at least one name is needed");
    expect(() => redis.subscribe("x", { maxBuffered: 0 })).toThrow("maxBuffered must be at least 1, got 0");
  });
});
