import type { Pool } from "@asyncio-ts/db";
import { connect, createPool, type SqliteConnection } from "@asyncio-ts/db/sqlite";
import { CancelledError, createTask, run, sleep, TimeoutError, timeout } from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { children, Directory, endless, threads } from "./support/directory.ts";

async function cancelled(statement: () => PromiseLike<unknown>, afterMs = 20): Promise<void> {
  const task = createTask(async () => await statement());
  await sleep(afterMs);
  task.cancel();
  await expect(async () => await task).rejects.toThrow(CancelledError);
}

/** As many answers at once as it has connections, each its own. */
async function expectUsable(pool: Pool<SqliteConnection>): Promise<void> {
  expect(pool.waitingSize).toBe(0);
  expect(pool.idleSize).toBe(pool.size);
  const answers = ["a", "b"].map(async (answer) => await pool.queryValue("SELECT ?", [answer]));
  expect(await Promise.all(answers)).toEqual(["a", "b"]);
}

async function createBig(connection: {
  executeMany: SqliteConnection["executeMany"];
  query: SqliteConnection["query"];
}): Promise<void> {
  await connection.query("CREATE TABLE big (id INTEGER PRIMARY KEY, n INT)");
  await connection.executeMany(
    "INSERT INTO big VALUES (?, ?)",
    Array.from({ length: 3_000 }, (_, id) => [id, id]),
  );
}

describe("SQLite in a thread: cancellation", () => {
  test("query() that comes to rows is stopped, and its connection and transaction live on", async () => {
    await run(async () => {
      await using connection = await connect("sqlite::memory:");
      await connection.query("CREATE TABLE t (n)");
      await connection.transaction(async (tx) => {
        await tx.query("INSERT INTO t VALUES (1)");
        await cancelled(() => tx.query(endless.rows));
        await expect(async () => await tx.query(endless.rows, [], { timeoutMs: 20 })).rejects.toThrow(TimeoutError);
        expect(await tx.queryValue("SELECT count(*) FROM t")).toBe(1);
      });
      expect(await connection.queryValue("SELECT count(*) FROM t")).toBe(1);
    });
  });

  test("query() that gives the rows it has changed is not stopped between them: it is done", async () => {
    await run(async () => {
      await using connection = await connect("sqlite::memory:");
      await connection.query("CREATE TABLE t (n)");
      const insert = `INSERT INTO t ${endless.rows} LIMIT 300000 RETURNING n`;
      expect((await connection.query(insert, [], { timeoutMs: 5 })).rowCount).toBe(300_000);
      expect(await connection.queryValue("SELECT count(*) FROM t")).toBe(300_000);
    });
  });

  test("query() that waits for a lock is stopped at once", async () => {
    using directory = new Directory();
    await run(async () => {
      await using holder = await connect(directory.url());
      await using waiter = await connect(directory.url(), { busyTimeoutMs: 60_000 });
      await holder.query("CREATE TABLE t (n)");
      await holder.transaction(async (tx) => {
        await tx.query("INSERT INTO t VALUES (1)");
        for (const begin of ["BEGIN IMMEDIATE", "INSERT INTO t VALUES (2)"]) {
          const started = performance.now();
          await cancelled(() => waiter.query(begin));
          expect(performance.now() - started).toBeLessThan(2_000);
        }
      });
      expect(waiter.inTransaction).toBe(false);
      expect(await waiter.queryValue("SELECT group_concat(n) FROM t")).toBe("1");
    });
  });

  test("query() that calls a function in JavaScript is stopped there", async () => {
    await run(async () => {
      const functions = new URL("./fixtures/sql-functions.ts", import.meta.url);
      await using connection = await connect("sqlite::memory:", { functions });
      await cancelled(() => connection.query(endless.silent.replace("count(*)", "sum(twice(x))")));
      expect(await connection.queryValue("SELECT twice(21)")).toBe(42);
    });
  });

  test("executeMany() and executeScript() are stopped between two statements", async () => {
    await run(async () => {
      await using connection = await connect("sqlite::memory:");
      await connection.query("CREATE TABLE t (n)");
      const lists = {
        *[Symbol.iterator]() {
          for (;;) yield [1];
        },
      };
      await cancelled(() => connection.executeMany("INSERT INTO t VALUES (?)", lists));
      await cancelled(() => connection.executeScript("INSERT INTO t VALUES (1);".repeat(200_000)));
      expect(connection.inTransaction).toBe(false);
      expect(await connection.queryValue("SELECT count(*) FROM t")).toBeLessThan(200_000);
    });
  });

  test("query() that can't be stopped ends after cancelGraceMs, and its connection is never lent again", {
    timeout: 30_000,
  }, async () => {
    await run(async () => {
      await using pool = await createPool("sqlite::memory:", { cancelGraceMs: 50 });
      // It ends by itself after half a second or so, else the thread would hold this process for ever.
      const finite =
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 4000000) SELECT count(*) FROM c";
      await expect(async () => await pool.query(finite, [], { timeoutMs: 20 })).rejects.toMatchObject({
        name: "TimeoutError",
        cause: { message: expect.stringContaining("had not done so after 50 ms") },
      });
      expect(pool.size).toBe(0);
      expect(await pool.queryValue("SELECT 1")).toBe(1);
    });
    await expect.poll(threads, { timeout: 20_000 }).toBe(0);
  });
});

describe("SQLite in a process: cancellation", () => {
  test.each(["silent", "join", "rows"] as const)(
    "query() of what never ends (%s) is stopped, and the pool has a new process",
    async (kind) => {
      using directory = new Directory();
      await run(async () => {
        await using pool = await createPool(directory.url(), { isolation: "process", maxSize: 2 });
        await createBig(pool);
        if (process.platform === "linux") expect(children()).toHaveLength(1);
        await expect(async () => await pool.query(endless[kind], [], { timeoutMs: 20 })).rejects.toThrow(TimeoutError);
        expect(children()).toHaveLength(0);
        await expect(async () => await timeout(20, () => pool.queryValue(endless[kind]))).rejects.toThrow(TimeoutError);
        await expectUsable(pool);
        expect(await pool.queryValue("SELECT count(*) FROM big")).toBe(3_000);
      });
      expect(children()).toHaveLength(0);
      await expect.poll(threads).toBe(0);
    },
  );

  test("transaction() whose statement is stopped is rolled back, and the lock is free", async () => {
    using directory = new Directory();
    await run(async () => {
      await using pool = await createPool(directory.url(), { isolation: "process", maxSize: 2 });
      await pool.query("CREATE TABLE t (n)");
      await cancelled(
        () =>
          pool.transaction(async (tx) => {
            await tx.query("INSERT INTO t VALUES (1)");
            await tx.query(endless.silent);
          }),
        150,
      );
      await pool.transaction(async (tx) => await tx.query("INSERT INTO t VALUES (2)"));
      expect(await pool.queryValue("SELECT group_concat(n) FROM t")).toBe("2");
      await expectUsable(pool);
    });
  });
});

test.each([
  ["thread", 100, endless.rows],
  ["process", 12, endless.silent],
] as const)(
  "Pool in a %s is right after %i long queries were cancelled at random moments",
  { timeout: 60_000 },
  async (isolation, times, sql) => {
    using directory = new Directory();
    await run(async () => {
      await using pool = await createPool(directory.url(), { isolation, maxSize: 2 });
      await pool.query("CREATE TABLE t (n)");
      for (let i = 0; i < times; i++) {
        const task = createTask(
          async () =>
            await pool.transaction(async (tx) => {
              await tx.query("INSERT INTO t VALUES (1)");
              await tx.query(sql);
              await sleep(1_000);
            }),
        );
        await sleep(Math.random() * 8);
        task.cancel();
        await expect(async () => await task).rejects.toThrow(CancelledError);
      }
      await expectUsable(pool);
      expect(await pool.queryValue("SELECT count(*) FROM t")).toBe(0);
      expect((await pool.query("INSERT INTO t VALUES (1)")).rowCount).toBe(1);
    });
    expect(children()).toHaveLength(0);
    await expect.poll(threads).toBe(0);
  },
);

test("Pool.acquire() is cancelled while it waits for a connection, and none is lost", async () => {
  await run(async () => {
    await using pool = await createPool("sqlite::memory:");
    const holder = await pool.acquire();
    for (let i = 0; i < 10; i++) await cancelled(() => pool.query("SELECT 1"), Math.random() * 3);
    expect(pool.waitingSize).toBe(0);
    await pool.release(holder);
    expect(await pool.queryValue("SELECT 1")).toBe(1);
    expect(pool.size).toBe(1);
  });
});
