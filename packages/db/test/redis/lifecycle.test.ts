import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { DatabaseError, InterfaceError, OperationalError, ProgrammingError } from "@asyncio-ts/db";
import { createPool, type Redis } from "@asyncio-ts/db/redis";
import { CancelledError, createTask, gather, run, sleep, TimeoutError } from "asyncio-ts";
import { expect, test, vi } from "vitest";
import { describeRedis, redisUrl } from "../support/servers.ts";
import { connectionsNamed, eventually, PrivateServer, redisProxy, uniqueKey, whenBlocked } from "./support.ts";

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

vi.setConfig({ testTimeout: 60_000 });

await describeRedis("Redis: connections", () => {
  test("createPool() tries again until the server is there", async () => {
    await using server = await PrivateServer.start();
    await server.kill();
    await run(async () => {
      const creating = createTask(() => createPool(server.url));
      await sleep(100);
      expect(creating.done()).toBe(false);
      await server.start();
      await using redis = await creating;
      expect(await redis.ping()).toBe("PONG");
    });
  });

  test("createPool() raises a TimeoutError with the reason after acquireTimeoutMs, and leaves nothing", async () => {
    const port = await unusedPort();
    await eventually(sockets).toBe(0);
    const before = timers();
    await run(async () => {
      const error = await rejection(createPool(`redis://127.0.0.1:${port}`, { acquireTimeoutMs: 300 }));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toMatchObject({
        message: `no connection to Redis at 127.0.0.1:${port} within 300 ms`,
        cause: { name: "OperationalError", code: "ECONNREFUSED" },
      });
    });
    expect(sockets()).toBe(0);
    expect(timers()).toBeLessThanOrEqual(before);
  });

  test("createPool() cancelled while it connects, or shakes hands, closes its socket", async () => {
    const open = new Set<Socket>();
    // It takes connections, and says nothing.
    const server = createServer((socket) => {
      open.add(
        socket
          .on("close", () => open.delete(socket))
          .on("error", () => {})
          .resume(),
      );
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await run(async () => {
      for (let turns = 0; turns < 12; turns++) {
        const creating = createTask(() => createPool(url));
        await sleep(0);
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        creating.cancel();
        await expect(async () => await creating).rejects.toThrow(CancelledError);
      }
      const creating = createTask(() => createPool(url));
      await eventually(() => open.size).toBe(1);
      creating.cancel();
      await expect(async () => await creating).rejects.toThrow(CancelledError);
      await eventually(() => open.size).toBe(0);
      await expect(async () => await createPool(url, { acquireTimeoutMs: 30 })).rejects.toThrow(TimeoutError);
      await eventually(() => open.size).toBe(0);
    });
    server.close();
    await eventually(sockets).toBe(0);
  });

  test("Redis fails what was under way when the connection is lost, and goes on with the next command", async () => {
    await using proxy = await redisProxy();
    await using redis = await createPool(proxy.url);
    const key = uniqueKey();
    await run(async () => {
      for (let round = 1; round <= 5; round++) {
        proxy.mute = true;
        const tasks = Array.from({ length: 20 }, () => createTask(() => redis.incr(key)));
        await using observer = await createPool(redisUrl);
        await eventually(async () => Number(await observer.get(key))).toBe(20 * round);
        proxy.cut();
        proxy.mute = false;
        for (const task of tasks) {
          const error = await rejection(task);
          expect(error).toBeInstanceOf(OperationalError);
          expect((error as Error).message).toContain(
            "the connection was lost before INCR was answered; it may have been executed",
          );
        }
        // Not one was sent again.
        expect(await redis.get(key)).toBe(String(20 * round));
      }
      await redis.del(key);
    });
  });

  test("Redis sends over the next connection what was not written when the last was lost", async () => {
    await using proxy = await redisProxy();
    await using redis = await createPool(proxy.url);
    const key = uniqueKey();
    await run(async () => {
      for (let round = 0; round < 5; round++) {
        // More than the socket takes at once: what comes after it has to wait.
        const large = createTask(() => redis.set(`${key}:large`, "x".repeat(20_000_000)));
        await sleep(0);
        await new Promise((resolve) => setImmediate(resolve));
        const single = createTask(() => redis.incr(key));
        const several = createTask(() => redis.multi().incr(key).incr(key).execute());
        await sleep(0);
        proxy.cut();
        expect(await rejection(large)).toBeInstanceOf(OperationalError);
        expect(await single).toBe(3 * round + 1);
        expect(await several).toEqual([3 * round + 2, 3 * round + 3]);
      }
      await redis.del([key, `${key}:large`]);
    });
  });

  test("Redis gives no reply to a wrong command, wherever in the replies the connection is cut", async () => {
    await using proxy = await redisProxy();
    await using redis = await createPool(proxy.url);
    await run(async () => {
      for (let bytes = 0; bytes < 120; bytes += 3) {
        await redis.ping();
        proxy.replyBytes = bytes;
        const texts = Array.from({ length: 10 }, (_, index) => `reply ${index}`);
        const results = await gather(
          texts.map((text) => redis.echo(text)),
          { returnExceptions: true },
        );
        proxy.replyBytes = Infinity;
        results.forEach((result, index) => {
          if (typeof result === "string") expect(result).toBe(texts[index]);
          else expect(result).toBeInstanceOf(OperationalError);
        });
        expect(results.filter((result) => typeof result === "string").length).toBeLessThan(10);
      }
    });
  });

  test("Redis goes on under load when its server is killed and started again", async () => {
    await using server = await PrivateServer.start();
    await using redis = await createPool(server.url, { maxSize: 4 });
    await run(async () => {
      const seen = { ok: 0, failed: 0 };
      const stop = new AbortController();
      const load = async (name: string): Promise<void> => {
        for (let index = 0; !stop.signal.aborted; index++) {
          try {
            if (index % 7 === 0)
              expect(await redis.multi().echo(name).incr("n").execute()).toEqual([name, expect.any(Number)]);
            else if (index % 11 === 0) expect(await redis.blPop(uniqueKey(), 0.001)).toBeNull();
            else expect(await redis.echo(`${name} ${index}`)).toBe(`${name} ${index}`);
            seen.ok++;
          } catch (error) {
            if (!(error instanceof OperationalError)) throw error;
            seen.failed++;
          }
        }
      };
      const tasks = Array.from({ length: 20 }, (_, index) => createTask(() => load(`worker ${index}`)));
      for (let round = 0; round < 3; round++) {
        const { ok } = seen;
        while (seen.ok < ok + 200) await sleep(1);
        await server.kill();
        await sleep(20);
        await server.start();
      }
      const { ok } = seen;
      while (seen.ok < ok + 200) await sleep(1);
      stop.abort();
      await gather(tasks);
      expect(seen.failed).toBeGreaterThan(0);
    });
  });

  test("Redis refuses commands beyond maxQueued while there is no connection; the others fail after acquireTimeoutMs", async () => {
    await using server = await PrivateServer.start();
    await using redis = await createPool(server.url, { maxQueued: 2, acquireTimeoutMs: 800 });
    await run(async () => {
      await server.kill();
      await untilLost(redis);
      const waiting = [createTask(() => redis.ping()), createTask(() => redis.ping())];
      await sleep(0);
      await expect(async () => await redis.ping()).rejects.toThrow("and 2 commands wait for one already (maxQueued)");
      for (const task of waiting) {
        const error = await rejection(task);
        expect(error).toBeInstanceOf(OperationalError);
        expect(error).toMatchObject({ cause: { name: "TimeoutError", cause: { code: "ECONNREFUSED" } } });
      }
      await server.start();
      expect(await redis.ping()).toBe("PONG");
    });
  });

  test("Redis forgets a command that is cancelled while it waits for a connection", async () => {
    await using server = await PrivateServer.start();
    await using redis = await createPool(server.url);
    await run(async () => {
      await server.kill();
      await untilLost(redis);
      const task = createTask(() => redis.incr("n"));
      const late = redis.withOptions({ timeoutMs: 20 }).incr("n");
      await sleep(5);
      task.cancel();
      await expect(async () => await task).rejects.toThrow(CancelledError);
      await expect(async () => await late).rejects.toThrow("INCR has not been answered within 20 ms");
      await server.start();
      expect(await redis.get("n")).toBeNull();
    });
  });

  test("Redis.close() waits for replies, and leaves no socket, timer or client behind", async () => {
    const clientName = uniqueKey("closed");
    await using observer = await createPool(redisUrl);
    await eventually(sockets).toBe(1);
    const before = timers();
    const key = uniqueKey();
    await run(async () => {
      const redis = await createPool(redisUrl, { clientName });
      await redis.subscribe(uniqueKey());
      await redis.blPop(key, 0.001);
      const tasks = Array.from({ length: 100 }, () => createTask(() => redis.incr(key)));
      const blocked = createTask(() => redis.blPop(`${key}:list`, 1));
      await sleep(0);
      const closing = createTask(() => redis.close());
      await sleep(5);
      await observer.rPush(`${key}:list`, "last");
      expect(await gather(tasks)).toHaveLength(100);
      expect(await blocked).toEqual({ key: `${key}:list`, element: "last" });
      await closing;
      expect(() => redis.get(key)).toThrow(InterfaceError);
      await redis.close();
      redis.terminate();
    });
    await eventually(() => connectionsNamed(observer, clientName)).toBe(0);
    await eventually(sockets).toBe(1);
    expect(timers()).toBeLessThanOrEqual(before);
    await observer.del(key);
  });

  test("Redis.close() cuts what has not ended after graceMs; cancelled, at once", async () => {
    await using proxy = await redisProxy();
    await run(async () => {
      for (const end of ["grace", "cancel"] as const) {
        const redis = await createPool(proxy.url);
        proxy.mute = true;
        const task = createTask(() => redis.ping());
        await sleep(0);
        const closing = createTask(() => redis.close({ graceMs: end === "grace" ? 20 : null }));
        await sleep(5);
        if (end === "cancel") closing.cancel();
        expect(await rejection(task)).toBeInstanceOf(DatabaseError);
        if (end === "cancel") expect(await rejection(closing)).toBeInstanceOf(CancelledError);
        else await closing;
        proxy.mute = false;
        await eventually(() => proxy.open).toBe(0);
      }
    });
  });

  test("Redis.terminate() fails everything that is under way, at once", async () => {
    await using proxy = await redisProxy();
    await using observer = await createPool(redisUrl);
    const clientName = uniqueKey("terminated");
    await run(async () => {
      const redis = await createPool(proxy.url, { clientName });
      const key = uniqueKey();
      const subscription = await redis.subscribe(key);
      const popping = createTask(() => redis.blPop(key, 0));
      await whenBlocked(observer, clientName);
      proxy.mute = true;
      const written = createTask(() => redis.incr(key));
      while ((await observer.get(key)) === null) await sleep(1);
      const unwritten = createTask(() => redis.incr(key));
      await sleep(0);
      redis.terminate();
      expect(await rejection(popping)).toBeInstanceOf(OperationalError);
      expect(await rejection(written)).toBeInstanceOf(OperationalError);
      expect(await rejection(unwritten)).toBeInstanceOf(InterfaceError);
      expect(await subscription.next()).toEqual({ done: true, value: undefined });
      expect(await observer.get(key)).toBe("1");
      await observer.del(key);
    });
    await eventually(() => connectionsNamed(observer, clientName)).toBe(0);
  });

  test("createPool() takes a password, and a user", async () => {
    await using server = await PrivateServer.start(
      "--requirepass",
      "s@cret",
      "--user",
      "me",
      "on",
      ">mine",
      "~*",
      "&*",
      "+@all",
    );
    expect(await rejection(createPool(server.url))).toMatchObject({ name: "ProgrammingError", code: "NOAUTH" });
    expect(await rejection(createPool(server.url, { password: "wrong" }))).toBeInstanceOf(ProgrammingError);
    await using first = await createPool(`redis://:s%40cret@127.0.0.1:${server.port}`);
    expect(await first.aclWhoAmI()).toBe("default");
    await using second = await createPool(server.url, { username: "me", password: "mine" });
    expect(await second.aclWhoAmI()).toBe("me");
    await using third = await createPool(`redis://me:mine@127.0.0.1:${server.port}/2`);
    expect(await third.blPop("nothing", 0.01)).toBeNull();
  });

  test("createPool() with rediss: speaks TLS, and closes its socket when it is cancelled while it does", async () => {
    const pem = (name: string): Buffer =>
      readFileSync(new URL(`../../../asyncio/test/fixtures/certs/${name}`, import.meta.url));
    const target = new URL(redisUrl);
    const server = createTlsServer({ key: pem("server.key"), cert: pem("server.pem") }, (socket) => {
      const upstream = connect(Number(target.port || 6379), target.hostname);
      socket.pipe(upstream).pipe(socket);
      socket.on("error", () => upstream.destroy());
      upstream.on("error", () => socket.destroy());
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `rediss://localhost:${(server.address() as AddressInfo).port}`;
    expect(await rejection(createPool(url))).toMatchObject({ name: "OperationalError" });
    await run(async () => {
      for (let turns = 0; turns < 15; turns++) {
        const creating = createTask(() => createPool(url, { tls: { rejectUnauthorized: false } }));
        for (let turn = 0; turn <= turns; turn++) await sleep(Math.random());
        if (creating.cancel()) await rejection(creating);
        else (await creating).terminate();
      }
      await using redis = await createPool(url, { tls: { rejectUnauthorized: false } });
      expect(await redis.ping()).toBe("PONG");
    });
    server.close();
    await once(server, "close");
  });
});

async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not rejected");
}

/** Waits until the client knows that its connection is lost: its commands wait for the next. */
async function untilLost(redis: Redis): Promise<void> {
  while ((await rejection(redis.withOptions({ timeoutMs: 20 }).ping())) instanceof OperationalError);
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
