import { InterfaceError, ProgrammingError } from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/postgres";
import { CancelledError, createTask, run, sleep, TimeoutError } from "asyncio-ts";
import { expect, test } from "vitest";
import { sweepWaits } from "../support/cancel-points.ts";
import { sockets } from "../support/network.ts";
import { describePostgres, postgresUrl } from "../support/servers.ts";
import { Observer, uniqueName } from "./support/observer.ts";

await describePostgres("PostgreSQL: streams", () => {
  test("stream() gives every row in order, whatever the batch size", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1 });
      for (const batchSize of [1, 7, 100, 1_000]) {
        const seen: number[] = [];
        for await (const { i } of pool.stream<{ i: number }>("SELECT generate_series(1, $1::int) AS i", [100], {
          batchSize,
        })) {
          seen.push(i);
        }
        expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
        expect([pool.size, pool.idleSize]).toEqual([1, 1]);
      }
      for await (const _ of pool.stream("SELECT 1 WHERE false")) throw new Error("there is no row");
    });
  });

  test("stream() works in the generator spelling", async () => {
    const sum = await run(function* () {
      const connection = yield* connect(postgresUrl);
      const rows = connection.stream<{ i: number }>("SELECT generate_series(1, 250) AS i");
      let total = 0;
      for (let step = yield* rows.next(); !step.done; step = yield* rows.next()) total += step.value.i;
      yield* connection.close();
      return total;
    });
    expect(sum).toBe((250 * 251) / 2);
  });

  test("stream() sends nothing before the first row is wanted, and is closed by leaving the loop", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1 });
      const never = pool.stream("SELECT nonsense");
      await never.close();
      expect(pool.size).toBe(0);
      for await (const _ of pool.stream("SELECT generate_series(1, 1000000)")) break;
      expect([pool.size, pool.idleSize]).toEqual([1, 1]);
      const failing = async (): Promise<void> => {
        for await (const _ of pool.stream("SELECT generate_series(1, 1000000)")) throw new Error("mine");
      };
      await expect(failing).rejects.toThrow("mine");
      expect(await pool.queryValue("SELECT 'still here'")).toBe("still here");
    });
  });

  test("stream() keeps its connection for itself, until it is closed or the connection is given back", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1 });
      const connection = await pool.acquire();
      const rows = connection.stream("SELECT generate_series(1, 1000) AS i");
      expect(await rows.next()).toEqual({ done: false, value: { i: 1 } });
      await expect(async () => await connection.query("SELECT 1")).rejects.toThrow(/a stream or a COPY is open/);
      await pool.release(connection);
      expect([pool.size, pool.idleSize]).toEqual([1, 1]);
      expect(await rows.next()).toEqual({ done: true, value: undefined });
      const late = connection.stream("SELECT 1");
      await expect(async () => await late.next()).rejects.toThrow(InterfaceError);
      expect(await pool.queryValue("SELECT 'next'")).toBe("next");
    });
  });

  test("stream() closed while it waits for its connection takes none", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1 });
      const held = await pool.acquire();
      const rows = pool.stream("SELECT 1");
      const waiting = createTask(rows.next());
      await expect.poll(() => pool.waitingSize).toBe(1);
      await rows.close();
      await pool.release(held);
      expect(await waiting).toEqual({ done: true, value: undefined });
      expect([pool.size, pool.idleSize]).toEqual([1, 1]);
    });
  });

  test("stream() raises an error of the statement, first or in the middle, and frees the connection", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1 });
      const read = async (sql: string): Promise<number> => {
        let count = 0;
        try {
          for await (const _ of pool.stream(sql, [], { batchSize: 10 })) count++;
        } catch (error) {
          expect([pool.size, pool.idleSize]).toEqual([1, 1]);
          expect(await pool.queryValue("SELECT 'free'")).toBe("free");
          throw Object.assign(error as Error, { count });
        }
        return count;
      };
      await expect(async () => await read("SELECT * FROM nowhere_at_all")).rejects.toThrow(ProgrammingError);
      await expect(async () => await read("SELECT 1 / (25 - generate_series(1, 100))")).rejects.toMatchObject({
        sqlState: "22012",
        count: 20,
      });
    });
  });

  test("stream() cancelled or timed out while it waits for rows stops the statement on the server", async () => {
    const application = uniqueName();
    await using observer = await Observer.connect();
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1, applicationName: application });
      const sql = "SELECT i, pg_sleep(CASE WHEN i > 5 THEN 10 ELSE 0 END) FROM generate_series(1, 10) i";
      const read = async (timeoutMs: number | null): Promise<void> => {
        for await (const _ of pool.stream(sql, [], { batchSize: 3, timeoutMs }));
      };
      const task = createTask(async () => await read(null));
      await expect.poll(async () => (await observer.busy(application)).length).toBe(1);
      task.cancel();
      await expect(async () => await task).rejects.toThrow(CancelledError);
      expect(await observer.busy(application)).toEqual([]);
      await expect(async () => await read(50)).rejects.toThrow(TimeoutError);
      expect(await observer.busy(application)).toEqual([]);
      expect([pool.size, pool.idleSize]).toEqual([1, 1]);
    });
  });

  test("stream() cancelled at any wait gives the connection back", { timeout: 60_000 }, async () => {
    const application = uniqueName();
    await using observer = await Observer.connect();
    const waits = await sweepWaits(async (attempt) => {
      await using pool = await createPool(postgresUrl, { maxSize: 1, applicationName: application });
      await attempt(async () => {
        let count = 0;
        for await (const _ of pool.stream("SELECT generate_series(1, 5000)", [], { batchSize: 20 }))
          if (++count === 60) break;
      });
      expect([pool.idleSize, pool.waitingSize]).toEqual([pool.size, 0]);
      expect(await pool.queryValue("SELECT 'mine'")).toBe("mine");
      expect(await observer.busy(application)).toEqual([]);
    });
    expect(waits).toBeGreaterThan(3);
    await expect.poll(sockets).toBe(1);
  });

  test("stream() of 1,000,000 rows that are read slowly needs no more memory, and the server waits", {
    timeout: 30_000,
  }, async () => {
    const application = uniqueName();
    await using observer = await Observer.connect();
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1, applicationName: application });
      const rows = pool.stream<{ i: number }>(
        "SELECT i, repeat('x', 100) AS text FROM generate_series(1, 1000000) i",
        [],
        { batchSize: 1_000 },
      );
      let count = 0;
      const heaps: number[] = [];
      for await (const { i } of rows) {
        count++;
        if (i % 100_000 !== 0) continue;
        heaps.push(process.memoryUsage().heapUsed / 1e6);
        if (i !== 200_000) continue;
        // The server has sent what was asked for, and nothing more.
        await sleep(50);
        const states = await observer.rows("SELECT wait_event FROM pg_stat_activity WHERE application_name = $1", [
          application,
        ]);
        expect(states).toEqual([{ wait_event: "ClientRead" }]);
      }
      expect(count).toBe(1_000_000);
      // All of it would be some 300 MB.
      expect(Math.max(...heaps.slice(1)) - Math.min(...heaps)).toBeLessThan(100);
    });
  });
});
