import { once } from "node:events";
import { createServer } from "node:net";
import { InternalError, OperationalError } from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/mysql";
import { CancelledError, createTask, run, sleep, type Task, TimeoutError, waitFor } from "asyncio-ts";
import { expect, test } from "vitest";
import { sockets } from "../support/network.ts";
import { Proxy } from "../support/proxy.ts";
import { describeMysql, mysqlUrl } from "../support/servers.ts";
import { Observer } from "./support/observer.ts";
import { PrivateServer } from "./support/private-server.ts";

const withServer = test.skipIf(!PrivateServer.available && process.env["CI"] !== "true");

await describeMysql("MySQL: faults", () => {
  withServer(
    "query() goes on after the server was killed and started again under load",
    { timeout: 30_000 },
    async () => {
      await using server = await PrivateServer.start();
      await expect.poll(sockets).toBe(0);
      await run(async () => {
        await using pool = await createPool(server.url, { maxSize: 5, acquireTimeoutMs: 10_000 });
        await pool.query("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, worker INT, n INT) ENGINE = InnoDB");
        const stop = new AbortController();
        const [confirmed, lost]: [string[], unknown[]] = [[], []];
        const worker = async (w: number): Promise<void> => {
          for (let n = 0; !stop.signal.aborted; n++) {
            try {
              await pool.transaction(async (tx) => {
                await tx.query("INSERT INTO t (worker, n) VALUES (?, ?)", [w, n]);
                expect(await tx.queryValue("SELECT ?", [`${w}/${n}`])).toBe(`${w}/${n}`);
              });
              confirmed.push(`${w}/${n}`);
            } catch (error) {
              lost.push(error);
            }
          }
        };
        const workers = Array.from({ length: 8 }, (_, w) => createTask(async () => await worker(w)));
        for (let round = 1; round <= 2; round++) {
          const before = confirmed.length;
          while (confirmed.length < before + 50) await sleep(5);
          await server.kill();
          await server.start();
          while (confirmed.length < before + 100) await sleep(5);
        }
        stop.abort();
        for (const task of workers) await task;
        expect(lost.length).toBeGreaterThan(0);
        for (const error of lost) expect(error).toBeInstanceOf(OperationalError);
        const { rows } = await pool.query<{ key: string }>("SELECT CONCAT(worker, '/', n) AS `key` FROM t");
        const there = new Set(rows.map(({ key }) => key));
        expect(confirmed.filter((key) => !there.has(key))).toEqual([]);
        expect([pool.idleSize, pool.waitingSize]).toEqual([pool.size, 0]);
      });
      await expect.poll(sockets).toBe(0);
    },
  );

  test("query() raises an OperationalError when the connection is cut, and the pool makes a new one", async () => {
    await using observer = await Observer.connect();
    await using proxy = await Proxy.to(mysqlUrl, 3306);
    await run(async () => {
      await using pool = await createPool(proxy.url, { maxSize: 1 });
      const task = createTask(async () => await pool.query("SELECT SLEEP(30) /* cut */"));
      while ((await observer.running("cut */")) === 0) await sleep(5);
      const [left] = await observer.rows("SELECT id FROM information_schema.processlist WHERE info LIKE '%cut */'");
      proxy.cut();
      await expect(async () => await task).rejects.toThrow(OperationalError);
      expect(pool.size).toBe(0);
      expect(await pool.queryValue("SELECT 'again'")).toBe("again");
      expect(proxy.connections).toBe(2);
      // The server does not notice while the statement runs.
      await observer.run(`KILL ${left!["id"]}`).catch(() => {});
      // Also one that is idle when it breaks.
      proxy.cut();
      await expect.poll(() => pool.size).toBe(0);
      expect(await pool.queryValue("SELECT 'again'")).toBe("again");
    });
  });

  test("transaction() raises an OperationalError when the connection is cut in it, and nothing is done", async () => {
    await using observer = await Observer.connect();
    await observer.run("CREATE OR REPLACE TABLE asyncio_ts_cut (n INT) ENGINE = InnoDB");
    await using proxy = await Proxy.to(mysqlUrl, 3306);
    await run(async () => {
      await using pool = await createPool(proxy.url, { maxSize: 2 });
      const cut = pool.transaction(async (tx) => {
        await tx.query("INSERT INTO asyncio_ts_cut VALUES (1)");
        proxy.cut();
        await tx.query("INSERT INTO asyncio_ts_cut VALUES (2)");
      });
      await expect(async () => await cut).rejects.toThrow(OperationalError);
      expect(pool.size).toBe(0);
      expect(await pool.queryValue("SELECT COUNT(*) FROM asyncio_ts_cut")).toBe(0);
    });
    await observer.run("DROP TABLE asyncio_ts_cut");
  });

  test("query() that is cancelled while nothing goes through ends after cancelGraceMs, with the connection", async () => {
    await using proxy = await Proxy.to(mysqlUrl, 3306);
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

  test("acquire() never lends a connection that the server has killed", async () => {
    await using observer = await Observer.connect();
    await run(async () => {
      await using pool = await createPool(mysqlUrl, { maxSize: 1 });
      const id = await pool.queryValue<number>("SELECT CONNECTION_ID()");
      await observer.run(`KILL ${id}`);
      await expect.poll(() => pool.size).toBe(0);
      const running = createTask(async () => await pool.query("SELECT SLEEP(30) /* victim */"));
      while ((await observer.running("victim */")) === 0) await sleep(5);
      const [victim] = await observer.rows(
        "SELECT id FROM information_schema.processlist WHERE info LIKE '%victim */'",
      );
      await observer.run(`KILL ${victim!["id"]}`);
      await expect(async () => await running).rejects.toThrow(OperationalError);
      expect(await pool.queryValue("SELECT 1")).toBe(1);
    });
  });

  test("query() that somebody else kills raises a QueryCancelledError and keeps the connection", async () => {
    await using observer = await Observer.connect();
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      const id = await connection.queryValue<number>("SELECT CONNECTION_ID()");
      const running = createTask(
        async () => await connection.query("SELECT SLEEP(30), seq /* by hand */ FROM seq_1_to_3"),
      );
      while ((await observer.running("by hand */")) === 0) await sleep(5);
      await observer.run(`KILL QUERY ${id}`);
      await expect(async () => await running).rejects.toMatchObject({ name: "QueryCancelledError", sqlState: "70100" });
      expect(await connection.queryValue("SELECT CONNECTION_ID()")).toBe(id);
    });
  });

  test("acquire() of a server that never greets raises a TimeoutError and leaves no socket", async () => {
    const silent = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    await run(async () => {
      await using pool = await createPool(`mysql://root@127.0.0.1:${port}/test`, { acquireTimeoutMs: 50 });
      await expect(async () => await pool.acquire()).rejects.toThrow(TimeoutError);
      expect(pool.size).toBe(0);
    });
    silent.close();
    await expect.poll(sockets).toBe(0);
  });

  test("acquire() tries again while nobody listens, and names the reason when the time is up", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as { port: number };
    probe.close();
    await run(async () => {
      await using pool = await createPool(`mysql://root@127.0.0.1:${port}/test`, { acquireTimeoutMs: 200 });
      await expect(async () => await pool.acquire()).rejects.toThrow(/within 200 ms: .*ECONNREFUSED/);
      expect(pool.size).toBe(0);
    });
  });

  test("acquire() of waiters that are cancelled passes the connections on", async () => {
    await run(async () => {
      await using pool = await createPool(mysqlUrl, { maxSize: 2 });
      const held = [await pool.acquire(), await pool.acquire()];
      const order: number[] = [];
      const waiters = Array.from({ length: 20 }, (_, n) =>
        createTask(async () => {
          await using connection = await pool.acquire();
          order.push(n);
          expect(await connection.queryValue("SELECT ?", [n])).toBe(n);
        }),
      );
      await sleep(1);
      for (const task of waiters.filter((_, n) => n % 2 === 0)) task.cancel();
      for (const connection of held) await pool.release(connection);
      const ended = async (task: Task<void>) =>
        await task.then(
          () => "done",
          (error: unknown) => (error instanceof CancelledError ? "cancelled" : error),
        );
      for (const [n, task] of waiters.entries()) expect(await ended(task)).toBe(n % 2 === 0 ? "cancelled" : "done");
      expect(order).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
      expect([pool.size, pool.idleSize, pool.waitingSize]).toEqual([2, 2, 0]);
    });
  });

  withServer(
    "transaction() refuses further statements when the server has rolled it back for a lock that it waited for",
    {
      timeout: 60_000,
    },
    async () => {
      await using server = await PrivateServer.start(["--innodb-rollback-on-timeout", "--innodb-lock-wait-timeout=0"]);
      await run(async () => {
        await using pool = await createPool(server.url, { maxSize: 2 });
        await pool.query("CREATE TABLE t (id INT PRIMARY KEY, n INT) ENGINE = InnoDB");
        await pool.query("INSERT INTO t VALUES (1, 0), (2, 0)");
        await pool.transaction(async (holder) => {
          await holder.query("UPDATE t SET n = 1 WHERE id = 1");
          const victim = pool.transaction(async (tx) => {
            await tx.query("UPDATE t SET n = 2 WHERE id = 2");
            const late = tx.query("UPDATE t SET n = 2 WHERE id = 1");
            await expect(async () => await late).rejects.toMatchObject({ code: "ER_LOCK_WAIT_TIMEOUT" });
            const next = tx.query("INSERT INTO t VALUES (3, 2)");
            await expect(async () => await next).rejects.toThrow(/the server has rolled back the transaction/);
          });
          await expect(async () => await victim).rejects.toThrow(InternalError);
        });
        expect((await pool.query("SELECT n FROM t ORDER BY id")).rows).toEqual([{ n: 1 }, { n: 0 }]);
        expect(pool.idleSize).toBe(pool.size);
      });
    },
  );
});
