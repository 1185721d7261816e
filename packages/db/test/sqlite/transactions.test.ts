import { IntegrityError, InternalError, NotSupportedError, OperationalError } from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/sqlite";
import { createTask, gather, run } from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { Directory } from "./support/directory.ts";

describe("SQLite: transactions", () => {
  test("transaction() commits when its body returns and rolls back when it fails; a nested one is a savepoint", async () => {
    await run(async () => {
      await using pool = await createPool("sqlite::memory:");
      await pool.query("CREATE TABLE t (n)");
      await pool.transaction(async (tx) => {
        await tx.query("INSERT INTO t VALUES (1)");
        await expect(
          async () =>
            await tx.transaction(async (inner) => {
              await inner.query("INSERT INTO t VALUES (2)");
              throw new Error("no");
            }),
        ).rejects.toThrow("no");
        await tx.transaction(async (inner) => await inner.query("INSERT INTO t VALUES (3)"));
      });
      await expect(
        async () =>
          await pool.transaction(async (tx) => {
            await tx.query("INSERT INTO t VALUES (4)");
            throw new Error("no");
          }),
      ).rejects.toThrow("no");
      expect(await pool.queryValue("SELECT group_concat(n) FROM t")).toBe("1,3");
    });
  });

  test("transaction() takes the lock at its begin, unless transactionMode says later", async () => {
    using directory = new Directory();
    await run(async () => {
      await using observer = await connect(directory.url(), { busyTimeoutMs: 0 });
      await observer.query("CREATE TABLE t (n)");
      for (const transactionMode of ["immediate", "exclusive", "deferred"] as const) {
        await using pool = await createPool(directory.url(), { transactionMode });
        await pool.transaction(async (tx) => {
          const writing = async () => await observer.query("INSERT INTO t VALUES (1)");
          if (transactionMode === "deferred") await writing();
          else await expect(writing).rejects.toMatchObject({ name: "OperationalError", code: "SQLITE_BUSY" });
          await tx.query("INSERT INTO t VALUES (2)");
        });
      }
      expect(await observer.queryValue("SELECT count(*) FROM t")).toBe(4);
    });
  });

  test("transaction() that is read only refuses every change, and only until it ends", async () => {
    using directory = new Directory();
    await run(async () => {
      await using pool = await createPool(directory.url(), { maxSize: 1 });
      await pool.query("CREATE TABLE t (n)");
      const readOnly = async (sql: string) =>
        await pool.transaction(async (tx) => await tx.query(sql), { readOnly: true, isolation: "serializable" });
      await expect(() => readOnly("INSERT INTO t VALUES (1)")).rejects.toMatchObject({
        name: "OperationalError",
        code: "SQLITE_READONLY",
      });
      expect((await readOnly("SELECT count(*) AS c FROM t")).rows).toEqual([{ c: 0 }]);
      expect((await pool.query("INSERT INTO t VALUES (1)")).rowCount).toBe(1);
      await expect(async () => await pool.transaction(async () => {}, { deferrable: true })).rejects.toThrow(
        NotSupportedError,
      );
    });
  });

  test("a transaction that SQLite has rolled back because the disk is full takes no more statements", async () => {
    using directory = new Directory();
    await run(async () => {
      await using pool = await createPool(directory.url(), { maxSize: 1, pragmas: { max_page_count: 20 } });
      await pool.query("CREATE TABLE t (b)");
      const body = pool.transaction(async (tx) => {
        await tx.query("INSERT INTO t VALUES ('first')");
        await expect(async () => await tx.query("INSERT INTO t VALUES (zeroblob(1000000))")).rejects.toMatchObject({
          name: "OperationalError",
          code: "SQLITE_FULL",
        });
        // SQLite may have rolled back the whole transaction or the statement alone; in no case half of it is kept.
        await tx.query("INSERT INTO t VALUES ('second')");
      });
      const failed = await body.then(
        () => null,
        (error: unknown) => error,
      );
      const kept = await pool.queryValue("SELECT group_concat(b) FROM t");
      if (failed === null) expect(kept).toBe("first,second");
      else {
        expect(failed).toBeInstanceOf(InternalError);
        expect(kept).toBe(null);
      }
      expect((await pool.query("INSERT INTO t VALUES ('after')")).rowCount).toBe(1);
    });
  });

  test("a transaction that a statement has rolled back, as ON CONFLICT ROLLBACK does, takes no more statements", async () => {
    await run(async () => {
      await using pool = await createPool("sqlite::memory:");
      await pool.query("CREATE TABLE t (n UNIQUE ON CONFLICT ROLLBACK)");
      const body = pool.transaction(async (tx) => {
        await tx.query("INSERT INTO t VALUES (1)");
        await expect(async () => await tx.query("INSERT INTO t VALUES (1)")).rejects.toThrow(IntegrityError);
        await expect(async () => await tx.query("INSERT INTO t VALUES (2)")).rejects.toThrow(InternalError);
        await expect(async () => {
          for await (const _ of tx.stream("SELECT 1"));
        }).rejects.toThrow(InternalError);
        await expect(async () => await tx.executeMany("INSERT INTO t VALUES (?)", [[3]])).rejects.toThrow(
          InternalError,
        );
      });
      await expect(async () => await body).rejects.toThrow(InternalError);
      expect(await pool.queryValue("SELECT count(*) FROM t")).toBe(0);
    });
  });

  test("a deferred transaction that read before another wrote can't write, and the error says what to do", async () => {
    using directory = new Directory();
    await run(async () => {
      await using pool = await createPool(directory.url(), { transactionMode: "deferred" });
      await pool.query("CREATE TABLE t (n)");
      const begun = performance.now();
      const error = await pool
        .transaction(async (tx) => {
          await tx.query("SELECT * FROM t");
          await pool.query("INSERT INTO t VALUES (1)");
          await tx.query("INSERT INTO t VALUES (2)");
        })
        .then(
          () => null,
          (reason: unknown) => reason,
        );
      expect(error).toBeInstanceOf(OperationalError);
      expect(error).toMatchObject({
        code: "SQLITE_BUSY_SNAPSHOT",
        message: expect.stringContaining("begin it as immediate"),
      });
      expect(performance.now() - begun).toBeLessThan(3_000);
    });
  });

  test("20 tasks that write 20 transactions each to one file all succeed", { timeout: 30_000 }, async () => {
    using directory = new Directory();
    await run(async () => {
      await using pool = await createPool(directory.url(), { maxSize: 4, busyTimeoutMs: 20_000 });
      await pool.query("CREATE TABLE counter (n INT)");
      await pool.query("INSERT INTO counter VALUES (0)");
      const writer = async (): Promise<void> => {
        for (let i = 0; i < 20; i++) {
          await pool.transaction(async (tx) => {
            const n = (await tx.queryValue<number>("SELECT n FROM counter"))!;
            await tx.query("UPDATE counter SET n = ?", [n + 1]);
          });
        }
      };
      await gather(Array.from({ length: 20 }, () => createTask(writer)));
      expect(await pool.queryValue("SELECT n FROM counter")).toBe(400);
    });
  });
});
