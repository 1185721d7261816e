import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createPool, type Redis } from "@asyncio-ts/db/redis";
import {
  CancelledError,
  createTask,
  gather,
  moveOnAfter,
  run,
  sleep,
  type Task,
  TimeoutError,
  timeout,
  waitFor,
} from "asyncio-ts";
import { expect, test, vi } from "vitest";
import { sweepWaits } from "../support/cancel-points.ts";
import { describeRedis, redisUrl } from "../support/servers.ts";
import { blocked, eventually, redisProxy, uniqueKey, whenBlocked } from "./support.ts";

vi.setConfig({ testTimeout: 60_000 });

await describeRedis("Redis: blocking commands", () => {
  test("Redis runs blocking commands on connections of their own: the others do not wait", async () => {
    const clientName = uniqueKey("blocking");
    await using redis = await createPool(redisUrl, { clientName });
    const key = uniqueKey();
    await run(async () => {
      const tasks = [
        createTask(() => redis.blPop(key, 0)),
        createTask(() => redis.brPop(`${key}2`, 0)),
        createTask(() => redis.blMove(`${key}3`, `${key}4`, "LEFT", "RIGHT", 0)),
        createTask(() => redis.bzPopMin(`${key}5`, 0)),
        createTask(() => redis.xRead({ key: `${key}6`, id: "$" }, { BLOCK: 0 })),
      ];
      await whenBlocked(redis, clientName, 5);
      expect(await redis.ping()).toBe("PONG");
      await redis.multi().rPush(key, "a").rPush(`${key}2`, "b").rPush(`${key}3`, "c").execute();
      await redis.zAdd(`${key}5`, { score: 1, value: "d" });
      await redis.xAdd(`${key}6`, "*", { e: "f" });
      expect(await tasks[0]).toEqual({ key, element: "a" });
      expect(await tasks[1]).toEqual({ key: `${key}2`, element: "b" });
      expect(await tasks[2]).toBe("c");
      expect(await tasks[3]).toMatchObject({ value: "d", score: 1 });
      expect(JSON.stringify(await tasks[4])).toContain('"e":"f"');
      await redis.del([`${key}4`, `${key}6`]);
    });
  });

  test.each([
    ["blPop", (redis: Redis, key: string) => redis.blPop(key, 0)],
    ["brPop", (redis: Redis, key: string) => redis.brPop(key, 0)],
    ["blMove", (redis: Redis, key: string) => redis.blMove(key, `${key}:to`, "LEFT", "LEFT", 0)],
    ["blmPop", (redis: Redis, key: string) => redis.blmPop(0, key, "LEFT")],
    ["bzPopMin", (redis: Redis, key: string) => redis.bzPopMin(key, 0)],
    ["bzPopMax", (redis: Redis, key: string) => redis.bzPopMax(key, 0)],
    ["xRead", (redis: Redis, key: string) => redis.xRead({ key, id: "$" }, { BLOCK: 0 })],
    ["command", (redis: Redis, key: string) => redis.command("xread", "block", 0, "streams", key, "$")],
  ] as const)("%s() cancelled is unblocked at the server, and its connection used again", async (_name, call) => {
    const clientName = uniqueKey("blocking");
    await using redis = await createPool(redisUrl, { clientName, maxSize: 1, cancelGraceMs: 60_000 });
    const key = uniqueKey();
    await run(async () => {
      let id = 0;
      for (let round = 0; round < 3; round++) {
        const task = createTask(async () => await call(redis, key));
        await whenBlocked(redis, clientName);
        task.cancel();
        await expect(async () => await task).rejects.toThrow(CancelledError);
        expect(await blocked(redis, clientName)).toBe(0);
        await using connection = await redis.acquire();
        const now = Number(await connection.clientId());
        if (round > 0) expect(now).toBe(id);
        id = now;
      }
    });
  });

  test("blPop() loses no element and gives none twice, when 500 of it are cancelled at random moments", async () => {
    await using redis = await createPool(redisUrl, { maxSize: 20, cancelGraceMs: 60_000 });
    const key = uniqueKey();
    await run(async () => {
      const received: string[] = [];
      let cancelled = 0;
      const consume = async (): Promise<void> => {
        const item = await redis.blPop(key, 0);
        received.push(item!.element);
        // A cancellation that came with an element is raised at the next wait.
        await sleep(0);
      };
      const victims = Array.from({ length: 500 }, () => createTask(consume));
      const pushing = createTask(async () => {
        for (let index = 0; index < 300; index++) {
          await redis.rPush(key, String(index));
          if (index % 10 === 0) await sleep(Math.random());
        }
      });
      const cancelling = createTask(async () => {
        for (const victim of victims) {
          if (Math.random() < 0.5) await sleep(Math.random() * 2);
          if (Math.random() < 0.8) victim.cancel();
        }
      });
      await pushing;
      await cancelling;
      // Those that were not cancelled and have got nothing.
      while (received.length < 300 && (await redis.lLen(key)) > 0) await sleep(1);
      for (const victim of victims) victim.cancel();
      for (const victim of victims) {
        try {
          await victim;
        } catch (error) {
          expect(error).toBeInstanceOf(CancelledError);
          cancelled++;
        }
      }
      const left = await redis.lRange(key, 0, -1);
      expect([...received, ...left].map(Number).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 300 }, (_, i) => i),
      );
      expect(cancelled).toBeGreaterThan(100);
      expect(received.length).toBeGreaterThan(10);
      await redis.del(key);
    });
  });

  test("blPop() gives an element that had come when its task was cancelled, and the task is cancelled at its next wait", async () => {
    await using redis = await createPool(redisUrl, { maxSize: 1 });
    const key = uniqueKey();
    await run(async () => {
      const steps: unknown[] = [];
      let both = 0;
      for (let round = 0; round < 200 && both < 5; round++) {
        steps.length = 0;
        const task = createTask(async () => {
          steps.push(await redis.blPop(key, 0));
          await sleep(60_000);
        });
        await sleep(1);
        const pushed = createTask(() => redis.rPush(key, "x"));
        await sleep(0);
        for (let turn = 0; turn < round % 5; turn++) await new Promise((resolve) => setImmediate(resolve));
        task.cancel();
        await pushed;
        await expect(async () => await task).rejects.toThrow(CancelledError);
        const left = await redis.lLen(key);
        expect(steps.length + left).toBe(1);
        both += steps.length;
        await redis.del(key);
      }
      expect(both).toBeGreaterThanOrEqual(5);
    });
  });

  test("blPop() gives an element that had come, also when its task is cancelled right before it learns of it", async () => {
    await using observer = await createPool(redisUrl);
    const seen = { given: 0, left: 0 };
    await sweepWaits(async (attempt) => {
      await using redis = await createPool(redisUrl);
      const key = uniqueKey();
      await observer.rPush(key, "x");
      let got: unknown;
      await attempt(async () => {
        got = await redis.blPop(key, 0);
        await sleep(1);
      });
      const left = await observer.lLen(key);
      expect(left).toBe(got === undefined ? 1 : 0);
      seen[got === undefined ? "left" : "given"]++;
      await observer.del(key);
    });
    expect(seen.given).toBeGreaterThan(1);
    expect(seen.left).toBeGreaterThan(0);
  });

  test("blPop() keeps its connection until a late CLIENT UNBLOCK can't hit the next one on it", async () => {
    await using relay = await Relay.start();
    const clientName = uniqueKey("blocking");
    await using observer = await createPool(redisUrl);
    await using redis = await createPool(relay.url, { clientName, maxSize: 1, cancelGraceMs: 60_000 });
    const key = uniqueKey();
    await run(async () => {
      const steps: unknown[] = [];
      const first = createTask(async () => {
        steps.push(await redis.blPop(key, 0));
        await sleep(60_000);
      });
      await whenBlocked(observer, clientName);
      // What goes over the shared connection arrives later.
      relay.pauseFirst();
      first.cancel();
      await observer.rPush(key, "first");
      const second = createTask(() => redis.blPop(`${key}2`, 0));
      for (let ms = 0; ms < 50 && (await blocked(observer, clientName)) === 0; ms++) await sleep(1);
      relay.resumeFirst();
      await expect(async () => await first).rejects.toThrow(CancelledError);
      expect(steps).toEqual([{ key, element: "first" }]);
      await whenBlocked(observer, clientName);
      await redis.rPush(`${key}2`, "second");
      expect(await second).toEqual({ key: `${key}2`, element: "second" });
    });
  });

  test("blPop() with timeoutMs, waitFor(), timeout() and moveOnAfter() leaves the element in the list, or gives it", async () => {
    await using redis = await createPool(redisUrl, { maxSize: 2 });
    const key = uniqueKey();
    const ways = [
      () => redis.withOptions({ timeoutMs: 3 }).blPop(key, 0),
      () => waitFor(redis.blPop(key, 0), 3),
      () => timeout(3, async () => await redis.blPop(key, 0)),
      () => moveOnAfter(3, async () => await redis.blPop(key, 0)),
    ];
    await run(async () => {
      const seen = new Set<string>();
      for (let round = 0; round < 80; round++) {
        const way = ways[round % 4]!;
        const task = createTask(async () => await way());
        await sleep(2 + Math.random() * 2);
        await redis.rPush(key, String(round));
        let got: { readonly element: string } | null | undefined;
        try {
          got = (await task) as typeof got;
        } catch (error) {
          expect(error).toBeInstanceOf(TimeoutError);
        }
        const element = got?.element ?? (await redis.lPop(key));
        expect(element).toBe(String(round));
        seen.add((got ?? null) === null ? "left" : "given");
      }
      expect([...seen].sort()).toEqual(["given", "left"]);
    });
  });

  test("blPop() cancelled destroys its connection after cancelGraceMs, when the server does not answer", async () => {
    await using proxy = await redisProxy();
    const clientName = uniqueKey("blocking");
    await using observer = await createPool(redisUrl);
    await using redis = await createPool(proxy.url, { clientName, cancelGraceMs: 30 });
    await run(async () => {
      const task = createTask(() => redis.blPop(uniqueKey(), 0));
      await whenBlocked(observer, clientName);
      proxy.mute = true;
      task.cancel();
      await expect(async () => await task).rejects.toThrow(CancelledError);
      await eventually(() => blocked(observer, clientName)).toBe(0);
      redis.terminate();
    });
    await eventually(() => proxy.open).toBe(0);
  });

  test("Redis serves those who wait for a connection in their order, and forgets those who are cancelled", async () => {
    await using redis = await createPool(redisUrl, { maxSize: 1 });
    const key = uniqueKey();
    await run(async () => {
      const order: number[] = [];
      const consume = (index: number): Task<void> =>
        createTask(async () => {
          await redis.blPop(key, 0);
          order.push(index);
        });
      const tasks = [0, 1, 2, 3, 4].map(consume);
      await sleep(5);
      tasks[1]!.cancel();
      tasks[3]!.cancel();
      for (let index = 0; index < 3; index++) await redis.rPush(key, "x");
      await gather([tasks[0]!, tasks[2]!, tasks[4]!]);
      expect(order).toEqual([0, 2, 4]);
      expect(await redis.lLen(key)).toBe(0);
    });
  });

  test("Redis raises a TimeoutError when no connection is free within acquireTimeoutMs", async () => {
    const clientName = uniqueKey("blocking");
    await using redis = await createPool(redisUrl, { maxSize: 1, acquireTimeoutMs: 800, clientName });
    await run(async () => {
      const key = uniqueKey();
      const holder = createTask(() => redis.blPop(key, 0));
      await whenBlocked(redis, clientName);
      await expect(async () => await redis.blPop(key, 0)).rejects.toThrow(
        "no connection within 800 ms: all 1 are in use",
      );
      await redis.rPush(key, "x");
      expect(await holder).toEqual({ key, element: "x" });
      expect(await redis.blPop(key, 0.01)).toBeNull();
    });
  });

  test("RedisConnection.wait() is cancelled at the server too", async () => {
    const clientName = uniqueKey("blocking");
    await using redis = await createPool(redisUrl, { clientName, cancelGraceMs: 60_000 });
    await run(async () => {
      await using connection = await redis.acquire();
      const key = uniqueKey();
      await connection.set(key, "x");
      const task = createTask(() => connection.wait(1, 0));
      await whenBlocked(redis, clientName);
      task.cancel();
      await expect(async () => await task).rejects.toThrow(CancelledError);
      expect(await connection.del(key)).toBe(1);
    });
  });
});

/** A server in between, that can hold back what comes over the first connection. */
class Relay implements AsyncDisposable {
  readonly #server: Server;
  readonly #clients: Socket[] = [];

  private constructor(server: Server) {
    this.#server = server;
    const target = new URL(redisUrl);
    server.on("connection", (client) => {
      this.#clients.push(client);
      const upstream = connect(Number(target.port || 6379), target.hostname);
      client.on("data", (data) => upstream.write(data)).on("error", () => {});
      upstream.on("data", (data) => client.write(data)).on("error", () => {});
      client.on("close", () => upstream.destroy());
      upstream.on("close", () => client.destroy());
    });
  }

  static async start(): Promise<Relay> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Relay(server);
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  pauseFirst(): void {
    this.#clients[0]!.pause();
  }

  resumeFirst(): void {
    this.#clients[0]!.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
