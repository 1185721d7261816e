import { connect, createPool, type MysqlConnection } from "@asyncio-ts/db/mysql";
import { CancelledError, createTask, run, sleep, TimeoutError, timeout, waitFor } from "asyncio-ts";
import { expect, test } from "vitest";
import { sockets } from "../support/network.ts";
import { Proxy } from "../support/proxy.ts";
import { describeMysql, mysqlUrl } from "../support/servers.ts";
import { Observer } from "./support/observer.ts";

const idOf = async (connection: MysqlConnection): Promise<number> =>
  (await connection.queryValue<number>("SELECT CONNECTION_ID()"))!;

await describeMysql("MySQL: cancellation", () => {
  test.each([
    "SELECT SLEEP(30) /* a */",
    "DO SLEEP(30) /* b */",
    "SELECT SLEEP(30), seq FROM seq_1_to_5 /* c */",
    "SELECT BENCHMARK(1000000000, MD5('d'))",
    "SELECT COUNT(*) FROM seq_1_to_1000000000 WHERE MD5(seq) = 'e'",
  ])("query() stops %s on the server when its task is cancelled", async (sql) => {
    await using observer = await Observer.connect();
    const text = sql.replaceAll("'", "''");
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      const id = await idOf(connection);
      const task = createTask(async () => await connection.query(sql));
      while ((await observer.running(text)) === 0) await sleep(5);
      task.cancel();
      await expect(async () => await task).rejects.toThrow(CancelledError);
      expect(await observer.running(text)).toBe(0);
      expect(await connection.queryValue("SELECT 'mine'")).toBe("mine");
      expect(await idOf(connection)).toBe(id);
    });
  });

  test("query() raises a TimeoutError after timeoutMs, and the statement has stopped", async () => {
    await using observer = await Observer.connect();
    await run(async () => {
      await using pool = await createPool(mysqlUrl, { maxSize: 1, commandTimeoutMs: 40 });
      const started = performance.now();
      await expect(async () => await pool.query("SELECT SLEEP(30) /* limit */")).rejects.toThrow(TimeoutError);
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(await observer.running("limit */")).toBe(0);
      await expect(
        async () => await waitFor(pool.query("SELECT SLEEP(30)", [], { timeoutMs: null }), 40),
      ).rejects.toThrow(TimeoutError);
      expect(pool.size).toBe(1);
      expect(await pool.queryValue("SELECT 'mine'")).toBe("mine");
    });
  });

  test("prepare() gives statements that are stopped too", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      await using prepared = await connection.prepare("SELECT SLEEP(?) AS s");
      await expect(async () => await prepared.query([30], { timeoutMs: 30 })).rejects.toThrow(TimeoutError);
      expect(await prepared.queryValue([0])).toBe(0);
    });
  });

  test("query() of a change that is stopped has changed nothing, one that was faster stays done", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      await connection.query("CREATE TEMPORARY TABLE t (n INT) ENGINE = InnoDB");
      const insert = connection.query("INSERT INTO t SELECT SLEEP(0.05) FROM seq_1_to_100");
      await expect(async () => await waitFor(insert, 60)).rejects.toThrow(TimeoutError);
      expect(await connection.queryValue("SELECT COUNT(*) FROM t")).toBe(0);
      let done = 0;
      const task = createTask(async () => {
        done = (await connection.query("INSERT INTO t VALUES (1)")).rowCount;
        await sleep(0);
      });
      await sleep(0);
      task.cancel();
      await expect(async () => await task).rejects.toThrow(CancelledError);
      expect(await connection.queryValue("SELECT COUNT(*) FROM t")).toBe(done);
    });
  });

  test("query() frees the waiters of a full pool when it is cancelled", async () => {
    await run(async () => {
      await using pool = await createPool(mysqlUrl, { maxSize: 2 });
      const busy = [1, 2].map((n) => createTask(async () => await pool.query(`SELECT SLEEP(30) /* busy${n} */`)));
      while (pool.size < 2 || pool.idleSize > 0) await sleep(1);
      const waiters = [1, 2, 3].map((n) => createTask(async () => await pool.queryValue(`SELECT ${n}`)));
      await sleep(1);
      expect(pool.waitingSize).toBe(3);
      waiters[0]!.cancel();
      await expect(async () => await waiters[0]).rejects.toThrow(CancelledError);
      for (const task of busy) task.cancel();
      expect(await waiters[1]).toBe(2);
      expect(await waiters[2]).toBe(3);
      expect([pool.size, pool.waitingSize]).toEqual([2, 0]);
    });
  });

  test("query() cancelled 200 times at random moments never gives anybody another's answer", async () => {
    await using observer = await Observer.connect();
    await expect.poll(sockets).toBe(1);
    await run(async () => {
      await using pool = await createPool(mysqlUrl, { maxSize: 5 });
      const outcomes = { done: 0, cancelled: 0 };
      const one = async (n: number): Promise<void> => {
        const task = createTask(async () => {
          if (n % 3 === 0) return await pool.queryValue("SELECT ? + SLEEP(0.02)", [n]);
          if (n % 3 === 1) return await pool.queryValue("SELECT ?", [n]);
          return await pool.transaction(async (tx) => await tx.queryValue("SELECT ?", [n]));
        });
        await sleep(Math.random() * 12);
        task.cancel();
        try {
          expect(await task).toBe(n);
          outcomes.done++;
        } catch (error) {
          if (!(error instanceof CancelledError)) throw error;
          outcomes.cancelled++;
        }
      };
      const tasks = Array.from({ length: 200 }, (_, n) => createTask(async () => await one(n)));
      for (const task of tasks) await task;
      expect(outcomes.done + outcomes.cancelled).toBe(200);
      expect(outcomes.cancelled).toBeGreaterThan(0);
      expect(pool.waitingSize).toBe(0);
      expect(pool.idleSize).toBe(pool.size);
      const answers = Array.from({ length: 20 }, (_, n) =>
        createTask(async () => await pool.queryValue("SELECT ?", [n])),
      );
      for (const [n, task] of answers.entries()) expect(await task).toBe(n);
      expect(await observer.running("SLEEP(0.02)")).toBe(0);
    });
    await expect.poll(sockets).toBe(1);
  });

  test("query() that is over before its KILL arrives keeps the connection until the KILL is answered", async () => {
    await using proxy = await Proxy.to(mysqlUrl, 3306);
    let onRequest: (request: Buffer) => void = () => {};
    proxy.delay = (request) => {
      onRequest(request);
      return request.includes("KILL QUERY") ? 80 : 0;
    };
    await run(async () => {
      await using pool = await createPool(proxy.url, { maxSize: 1 });
      await pool.query("SELECT 1");
      for (const sql of ["SELECT SLEEP(0.03)", "CREATE TEMPORARY TABLE t (n INT)"]) {
        const started = performance.now();
        const task = createTask(async () => {
          await pool.query(sql);
          await sleep(0);
        });
        onRequest = (request) => {
          if (request.includes(sql)) task.cancel();
        };
        await expect(async () => await task).rejects.toThrow(CancelledError);
        expect(performance.now() - started).toBeGreaterThan(79);
        expect(await pool.queryValue("SELECT SLEEP(0.1)")).toBe(0);
      }
      expect(pool.size).toBe(1);
    });
  });

  test("query() whose KILL is never answered ends after cancelGraceMs, and leaves no socket", async () => {
    await using proxy = await Proxy.to(mysqlUrl, 3306);
    await run(async () => {
      await using pool = await createPool(proxy.url, { maxSize: 1, cancelGraceMs: 100 });
      proxy.intercept = (request) => (request.includes("KILL QUERY") ? Buffer.alloc(0) : null);
      await expect(async () => await pool.query("SELECT SLEEP(0.2)", [], { timeoutMs: 10 })).rejects.toThrow(
        TimeoutError,
      );
      expect(pool.size).toBe(0);
      await expect.poll(() => proxy.open).toBe(0);
      expect(await pool.queryValue("SELECT 1")).toBe(1);
    });
  });

  test("query() is stopped also when cancelGraceMs is Infinity", async () => {
    await run(async () => {
      await using pool = await createPool(mysqlUrl, { maxSize: 1, cancelGraceMs: Infinity });
      await expect(async () => await pool.query("SELECT SLEEP(5)", [], { timeoutMs: 10 })).rejects.toThrow(
        TimeoutError,
      );
      expect([pool.size, pool.idleSize]).toEqual([1, 1]);
    });
  });

  test("query() whose KILL can't be sent destroys the connection", async () => {
    await using observer = await Observer.connect();
    await observer.run("CREATE OR REPLACE USER asyncio_ts_one@'%' WITH MAX_USER_CONNECTIONS 1");
    await observer.run("GRANT ALL ON test.* TO asyncio_ts_one@'%'");
    const url = new URL(mysqlUrl);
    url.username = "asyncio_ts_one";
    await run(async () => {
      await using connection = await connect(url.href);
      const id = await idOf(connection);
      await expect(async () => await connection.query("SELECT SLEEP(0.3)", [], { timeoutMs: 20 })).rejects.toThrow(
        TimeoutError,
      );
      expect(connection.closed).toBe(true);
      await expect(async () => await connection.query("SELECT 1")).rejects.toThrow(
        /could not be stopped.*max_user_connections/,
      );
      await expect.poll(async () => await observer.isConnected(id)).toBe(false);
    });
    await observer.run("DROP USER asyncio_ts_one@'%'");
  });

  test("connect() can be cancelled at any time and leaves no socket", async () => {
    await expect.poll(sockets).toBe(0);
    await run(async () => {
      for (let ms = 0; ms < 6; ms += 0.25) {
        try {
          await timeout(ms, async () => {
            await using connection = await connect(mysqlUrl);
            await connection.query("SELECT 1");
          });
        } catch (error) {
          expect(error).toBeInstanceOf(TimeoutError);
        }
      }
    });
    await expect.poll(sockets).toBe(0);
  });
});
