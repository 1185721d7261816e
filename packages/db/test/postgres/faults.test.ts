import { InterfaceError, OperationalError } from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/postgres";
import { Barrier, createTask, run, sleep, wait } from "asyncio-ts";
import { expect, test } from "vitest";
import { sockets } from "../support/network.ts";
import { Proxy } from "../support/proxy.ts";
import { describePostgres, postgresUrl } from "../support/servers.ts";
import { Observer, uniqueName } from "./support/observer.ts";
import { PrivateServer } from "./support/private-server.ts";

const withServer = test.skipIf(!PrivateServer.available && process.env["CI"] !== "true");

await describePostgres("PostgreSQL: faults", () => {
  withServer("Pool goes on after the server was killed and started again under load", { timeout: 60_000 }, async () => {
    await using server = await PrivateServer.start();
    await run(async () => {
      await using pool = await createPool(server.url, { maxSize: 5, acquireTimeoutMs: 20_000 });
      await pool.query("CREATE TABLE t (worker int, n int)");
      const state = { stop: false };
      const [confirmed, lost]: [string[], unknown[]] = [[], []];
      const work = async (worker: number): Promise<void> => {
        for (let n = 0; !state.stop; n++) {
          try {
            await pool.transaction(async (tx) => {
              await tx.query("INSERT INTO t VALUES ($1, $2)", [worker, n]);
              expect(await tx.queryValue("SELECT $1", [`${worker}/${n}`])).toBe(`${worker}/${n}`);
            });
            confirmed.push(`${worker}/${n}`);
          } catch (error) {
            lost.push(error);
          }
        }
      };
      const workers = Array.from({ length: 8 }, (_, worker) => createTask(async () => await work(worker)));
      for (let round = 0; round < 2; round++) {
        const before = confirmed.length;
        while (confirmed.length < before + 50) await sleep(5);
        await server.kill();
        await server.start();
        while (confirmed.length < before + 100) await sleep(5);
      }
      state.stop = true;
      for (const worker of workers) await worker;
      expect(lost.length).toBeGreaterThan(0);
      for (const error of lost) expect(error).toBeInstanceOf(OperationalError);
      const { rows } = await pool.query<{ key: string }>("SELECT worker || '/' || n AS key FROM t");
      const there = new Set(rows.map(({ key }) => key));
      expect(confirmed.filter((key) => !there.has(key))).toEqual([]);
      expect([pool.idleSize, pool.waitingSize]).toEqual([pool.size, 0]);
    });
    await expect.poll(sockets).toBe(0);
  });

  test("query() raises an OperationalError when its session is terminated, with what the server said", async () => {
    await using observer = await Observer.connect();
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1 });
      await using connection = await pool.acquire();
      const task = createTask(async () => await connection.query("SELECT pg_sleep(60)"));
      const active = "SELECT count(*)::int FROM pg_stat_activity WHERE pid = $1 AND state = 'active'";
      await expect.poll(async () => await observer.value(active, [connection.processId])).toBe(1);
      await observer.rows("SELECT pg_terminate_backend($1)", [connection.processId]);
      await expect(async () => await task).rejects.toMatchObject({ name: "OperationalError", sqlState: "57P01" });
      expect([connection.closed, pool.size]).toEqual([true, 0]);
      await expect(async () => await connection.query("SELECT 1")).rejects.toThrow(OperationalError);
      expect(await pool.queryValue("SELECT 'another'")).toBe("another");
    });
  });

  test("Pool notices that an idle connection has died, and makes a new one", async () => {
    await using observer = await Observer.connect();
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 2, minSize: 1 });
      const pid = await pool.queryValue("SELECT pg_backend_pid()");
      await observer.rows("SELECT pg_terminate_backend($1)", [pid]);
      await expect.poll(() => pool.size).toBe(0);
      expect(await pool.queryValue("SELECT 'another'")).toBe("another");
    });
  });

  test("a connection that is cut in a query, a stream, a transaction or a COPY raises an OperationalError and leaves nothing", async () => {
    await using proxy = await Proxy.to(postgresUrl, 5432);
    await run(async () => {
      await using pool = await createPool(proxy.url, { maxSize: 1 });
      const cutLater = async (): Promise<void> => {
        await sleep(20);
        proxy.cut();
      };
      const attempts = [
        async () => await pool.query("SELECT pg_sleep(60)"),
        async () => {
          for await (const _ of pool.stream("SELECT pg_sleep(0.001) FROM generate_series(1, 100000)")) continue;
        },
        async () => await pool.transaction(async (tx) => await tx.query("SELECT pg_sleep(60)")),
        async () =>
          await pool.use(async (connection) => {
            await connection.query("CREATE TEMP TABLE t (a int)");
            async function* source(): AsyncGenerator<string> {
              for (;;) {
                await sleep(1);
                yield "1\n".repeat(20_000);
              }
            }
            await connection.copyFrom("COPY t FROM STDIN", source());
          }),
        async () =>
          await pool.use(async (connection) => {
            for await (const _ of connection.copyTo(
              "COPY (SELECT pg_sleep(0.01) FROM generate_series(1, 10000)) TO STDOUT",
            ))
              continue;
          }),
      ];
      for (const attempt of attempts) {
        expect(await pool.queryValue("SELECT 1")).toBe(1);
        const cutter = createTask(cutLater);
        await expect(attempt).rejects.toThrow(OperationalError);
        await cutter;
        expect([pool.size, pool.waitingSize]).toEqual([0, 0]);
      }
    });
    await expect.poll(sockets).toBe(0);
  });

  test("a deadlock between two transactions fails one of them, and the other goes on", async () => {
    const table = uniqueName();
    await run(async () => {
      await using pool = await createPool(postgresUrl, {
        maxSize: 3,
        init: async (c) => await c.query("SET deadlock_timeout = '20ms'"),
      });
      await pool.query(`CREATE TABLE ${table} AS SELECT i AS id, 0 AS n FROM generate_series(1, 2) i`);
      const sql = `UPDATE ${table} SET n = n + 1 WHERE id = $1`;
      const barrier = new Barrier(2);
      const cross = (first: number, second: number) =>
        createTask(
          async () =>
            await pool.transaction(async (tx) => {
              await tx.query(sql, [first]);
              await barrier.wait();
              await tx.query(sql, [second]);
            }),
        );
      const both = [cross(1, 2), cross(2, 1)];
      await wait(both);
      const errors = both.map((task) => task.exception()).filter((error) => error !== null);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatchObject({ name: "OperationalError", sqlState: "40P01" });
      expect((await pool.query(`SELECT n FROM ${table}`)).rows).toEqual([{ n: 1 }, { n: 1 }]);
      await pool.query(`DROP TABLE ${table}`);
    });
  });

  test("Pool that is exhausted serves the waiters that are left when others are cancelled", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 2, acquireTimeoutMs: 10_000 });
      const held = [await pool.acquire(), await pool.acquire()];
      const tasks = Array.from({ length: 50 }, (_, index) =>
        createTask(async () => await pool.queryValue("SELECT $1::int", [index])),
      );
      await sleep(5);
      expect(pool.waitingSize).toBe(50);
      for (const [index, task] of tasks.entries()) if (index % 3 !== 0) task.cancel();
      for (const connection of held) await pool.release(connection);
      await wait(tasks);
      for (const [index, task] of tasks.entries()) {
        if (index % 3 === 0) expect(task.result()).toBe(index);
        else expect(task.cancelled()).toBe(true);
      }
      expect([pool.size, pool.idleSize, pool.waitingSize]).toEqual([2, 2, 0]);
    });
    await expect.poll(sockets).toBe(0);
  });

  test("a session that was changed is as new for the next borrower", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1 });
      await pool.use(async (connection) => {
        await connection.query("SET work_mem = '77MB'");
        await connection.query("SELECT pg_advisory_lock(4711)");
        await connection.query("LISTEN something");
        await connection.query("BEGIN");
      });
      expect(
        await pool.queryRow(
          "SELECT current_setting('work_mem') AS w, (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS l, (SELECT count(*)::int FROM pg_listening_channels()) AS c",
        ),
      ).toEqual({ w: "4MB", l: 0, c: 0 });
    });
  });

  test("Connection can't be used after it was given back, and release() while a query runs stops that first", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1 });
      const connection = await pool.acquire();
      const running = createTask(async () => await connection.query("SELECT pg_sleep(60)"));
      await sleep(10);
      await pool.release(connection);
      await expect(async () => await running).rejects.toThrow(/given back while an operation was in progress/);
      await pool.release(connection);
      await expect(async () => await connection.query("SELECT 1")).rejects.toThrow(InterfaceError);
      expect(await pool.queryValue("SELECT 'next'")).toBe("next");
      const foreign = await connect(postgresUrl);
      expect(() => pool.release(foreign)).toThrow(/not from this pool/);
      await foreign.close();
      expect([pool.size, pool.idleSize]).toEqual([1, 1]);
    });
  });

  test("terminate() cuts what is under way", async () => {
    const application = uniqueName();
    await using observer = await Observer.connect();
    await run(async () => {
      const pool = await createPool(postgresUrl, { maxSize: 2, applicationName: application });
      const tasks = [1, 2, 3].map(() => createTask(async () => await pool.query("SELECT pg_sleep(60)")));
      await expect.poll(async () => (await observer.busy(application)).length).toBe(2);
      pool.terminate();
      await wait(tasks);
      for (const task of tasks)
        expect(task.exception()).toBeInstanceOf(task === tasks[2] ? InterfaceError : OperationalError);
      await expect(async () => await pool.query("SELECT 1")).rejects.toThrow("the pool is closed");
    });
    await expect.poll(sockets).toBe(1);
  });
});
