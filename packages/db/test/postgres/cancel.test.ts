import { QueryCancelledError } from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/postgres";
import { CancelledError, createTask, run, sleep, type Task, TimeoutError, wait, waitFor } from "asyncio-ts";
import { expect, test } from "vitest";
import { sockets } from "../support/network.ts";
import { Proxy } from "../support/proxy.ts";
import { describePostgres, postgresUrl } from "../support/servers.ts";
import { Observer, uniqueName } from "./support/observer.ts";

await describePostgres("PostgreSQL: cancellation", () => {
  test("query() that is cancelled stops running on the server before the wait ends", async () => {
    const application = uniqueName();
    await using observer = await Observer.connect();
    await run(async () => {
      await using pool = await createPool(postgresUrl, { applicationName: application });
      const task = createTask(async () => await pool.query("SELECT pg_sleep(60)"));
      await expect.poll(async () => (await observer.busy(application)).length).toBe(1);
      task.cancel("enough");
      await expect(async () => await task).rejects.toMatchObject({ name: "CancelledError", message: "enough" });
      expect(await observer.busy(application)).toEqual([]);
      expect([pool.size, pool.idleSize]).toEqual([1, 1]);
      expect(await pool.queryValue("SELECT 'same connection'")).toBe("same connection");
      expect(await observer.sessions(application)).toBe(1);
    });
    await expect.poll(sockets).toBe(1);
  });

  test("query() with timeoutMs, or in a pool with commandTimeoutMs, is stopped on the server", async () => {
    const application = uniqueName();
    await using observer = await Observer.connect();
    await run(async () => {
      await using pool = await createPool(postgresUrl, { applicationName: application, commandTimeoutMs: 60 });
      const started = performance.now();
      await expect(async () => await pool.query("SELECT pg_sleep(60)")).rejects.toThrow(
        "query(): not done within 60 ms",
      );
      await expect(async () => await pool.query("SELECT pg_sleep(60)", [], { timeoutMs: 20 })).rejects.toThrow(
        TimeoutError,
      );
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(await observer.busy(application)).toEqual([]);
      expect(await pool.queryValue("SELECT 'slow' FROM pg_sleep(0.1)", [], { timeoutMs: null })).toBe("slow");
      await expect(async () => await waitFor(pool.query("SELECT pg_sleep(60)"), 20)).rejects.toThrow(TimeoutError);
      expect([pool.size, pool.idleSize]).toEqual([1, 1]);
    });
  });

  test("query() that somebody else stops raises QueryCancelledError", async () => {
    await using observer = await Observer.connect();
    await run(async () => {
      await using connection = await connect(postgresUrl);
      const task = createTask(async () => await connection.query("SELECT pg_sleep(60)"));
      await expect
        .poll(
          async () =>
            await observer.value(
              "SELECT pg_cancel_backend($1) FROM pg_stat_activity WHERE pid = $1 AND state = 'active'",
              [connection.processId],
            ),
        )
        .toBe(true);
      await expect(async () => await task).rejects.toThrow(QueryCancelledError);
      await connection.query("SET statement_timeout = 20");
      await expect(async () => await connection.query("SELECT pg_sleep(60)")).rejects.toMatchObject({
        sqlState: "57014",
      });
    });
  });

  test("200 queries cancelled at random moments: each ends, and every other has its own answer", {
    timeout: 60_000,
  }, async () => {
    const application = uniqueName();
    await using observer = await Observer.connect();
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 8, applicationName: application });
      const ended = { answered: 0, cancelled: 0 };
      const ask = async (index: number): Promise<void> => {
        const answer = await pool.queryValue("SELECT $1::int FROM pg_sleep(random() * 0.02)", [index]);
        expect(answer).toBe(index);
      };
      const tasks = Array.from({ length: 400 }, (_, index) => createTask(async () => await ask(index)));
      const cancellers = tasks.slice(0, 200).map((task) =>
        createTask(async () => {
          await sleep(Math.random() * 500);
          task.cancel();
        }),
      );
      await wait([...tasks, ...cancellers]);
      for (const task of tasks) {
        if (task.cancelled()) ended.cancelled++;
        else {
          task.result();
          ended.answered++;
        }
      }
      expect(ended.answered).toBeGreaterThanOrEqual(200);
      expect(ended.cancelled).toBeGreaterThan(10);
      expect(await observer.busy(application)).toEqual([]);
      expect([pool.idleSize, pool.waitingSize]).toEqual([pool.size, 0]);
      expect(await observer.sessions(application)).toBe(pool.size);
    });
    await expect.poll(sockets).toBe(1);
  });

  test("a cancel request that is late never hits the next query", { timeout: 60_000 }, async () => {
    await run(async () => {
      await using connection = await connect(postgresUrl);
      let inTime = 0;
      for (let round = 0; round < 300; round++) {
        // Cancelled about when it ends by itself.
        const task = createTask(
          async () => await connection.queryValue("SELECT $1::int FROM pg_sleep(0.001)", [round]),
        );
        await sleep(1 + Math.random() * 1.5);
        task.cancel();
        await wait([task]);
        if (task.cancelled()) inTime++;
        else expect(task.result()).toBe(round);
        expect(
          await connection.queryValue("SELECT $1::int FROM generate_series(1, 2000) LIMIT 1", [round + 1_000]),
        ).toBe(round + 1_000);
      }
      expect(inTime).toBeGreaterThan(0);
    });
    await expect.poll(sockets).toBe(0);
  });

  test("query() that is cancelled while nothing goes through ends after cancelGraceMs, with the connection", async () => {
    await using proxy = await Proxy.to(postgresUrl, 5432);
    await run(async () => {
      await using pool = await createPool(proxy.url, { maxSize: 1, cancelGraceMs: 100 });
      expect(await pool.queryValue("SELECT 1")).toBe(1);
      proxy.stall();
      const started = performance.now();
      await expect(async () => await waitFor(pool.query("SELECT 2"), 20)).rejects.toThrow(TimeoutError);
      expect(performance.now() - started).toBeGreaterThanOrEqual(100);
      expect([pool.size, pool.waitingSize]).toEqual([0, 0]);
    });
  });

  test("connecting that is cancelled closes the socket", async () => {
    await using proxy = await Proxy.to(postgresUrl, 5432);
    proxy.stall();
    await run(async () => {
      await using pool = await createPool(proxy.url, { maxSize: 1 });
      const task: Task<unknown> = createTask(async () => await pool.acquire());
      await expect.poll(() => proxy.open).toBe(1);
      task.cancel();
      await expect(async () => await task).rejects.toThrow(CancelledError);
      expect(pool.size).toBe(0);
      await expect.poll(() => proxy.open).toBe(0);
      await expect(async () => await waitFor(connect(proxy.url), 30)).rejects.toThrow(TimeoutError);
      await expect(async () => await connect(proxy.url, { connectTimeoutMs: 30 })).rejects.toThrow(TimeoutError);
      await expect.poll(() => proxy.open).toBe(0);
    });
  });
});
