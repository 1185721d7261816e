import type { Connection, Pool, Transaction } from "@asyncio-ts/db";
import { InterfaceError, InternalError, NotSupportedError, OperationalError } from "@asyncio-ts/db";
import { connect, createPool, type MysqlConnection } from "@asyncio-ts/db/mysql";
import { createTask, Event, run, TimeoutError, timeout } from "asyncio-ts";
import { expect, test } from "vitest";
import { describeMysql, mysqlUrl } from "../support/servers.ts";

let tables = 0;

/** Runs `body` with a pool and a table of its own. */
async function withTable(body: (pool: Pool<MysqlConnection>, table: string) => Promise<void>): Promise<void> {
  const table = `asyncio_ts_tx_${process.pid}_${tables++}`;
  await run(async () => {
    await using pool = await createPool(mysqlUrl, { maxSize: 4 });
    await pool.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, n INT) ENGINE = InnoDB`);
    try {
      await pool.query(`INSERT INTO ${table} VALUES (1, 0), (2, 0)`);
      await body(pool, table);
    } finally {
      await pool.query(`DROP TABLE ${table}`);
    }
  });
}

/** Runs `body` in a transaction where a certain statement deadlocks; the server ends the one that has changed less. */
async function asVictim(
  pool: Pool<MysqlConnection>,
  table: string,
  body: (tx: Transaction, deadlocks: string) => Promise<void>,
  own: Pick<Connection, "transaction"> = pool,
): Promise<void> {
  const [mine, others] = [new Event(), new Event()];
  const other = createTask(
    async () =>
      await pool.transaction(async (tx) => {
        await tx.query(`INSERT INTO ${table} SELECT seq, 0 FROM seq_10_to_60`);
        await tx.query(`UPDATE ${table} SET n = 1 WHERE id = 1`);
        others.set();
        await mine.wait();
        await tx.query(`UPDATE ${table} SET n = 1 WHERE id = 2`);
      }),
  );
  await others.wait();
  try {
    await own.transaction(async (tx: Transaction) => {
      await tx.query(`UPDATE ${table} SET n = 7 WHERE id = 2`);
      mine.set();
      await body(tx, `UPDATE ${table} SET n = 7 WHERE id = 1`);
    });
  } finally {
    await other;
  }
}

await describeMysql("MySQL: transactions", () => {
  test("transaction() commits, or rolls back when the body fails", async () => {
    await withTable(async (pool, table) => {
      expect(
        await pool.transaction(async (tx) => {
          await tx.query(`UPDATE ${table} SET n = 1 WHERE id = 1`);
          return "done";
        }),
      ).toBe("done");
      const failing = pool.transaction(async (tx) => {
        await tx.query(`UPDATE ${table} SET n = 2 WHERE id = 1`);
        throw new RangeError("no");
      });
      await expect(async () => await failing).rejects.toThrow(RangeError);
      expect(await pool.queryValue(`SELECT n FROM ${table} WHERE id = 1`)).toBe(1);
    });
  });

  test("transaction() in a transaction is a savepoint", async () => {
    await withTable(async (pool, table) => {
      await pool.transaction(function* (tx) {
        yield* tx.query(`UPDATE ${table} SET n = 1 WHERE id = 1`);
        try {
          yield* tx.transaction(function* (inner) {
            yield* inner.query(`UPDATE ${table} SET n = 2`);
            throw new RangeError("no");
          });
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
        yield* tx.transaction((inner) => inner.query(`UPDATE ${table} SET n = n + 5 WHERE id = 2`));
      });
      expect((await pool.query(`SELECT n FROM ${table} ORDER BY id`)).rows).toEqual([{ n: 1 }, { n: 5 }]);
    });
  });

  test("transaction() has MySQL's options", async () => {
    await withTable(async (pool, table) => {
      const change = `UPDATE ${table} SET n = 9 WHERE id = 1`;
      await expect(
        async () => await pool.transaction((tx) => tx.query(change), { readOnly: true }),
      ).rejects.toMatchObject({ sqlState: "25006", name: "InternalError" });
      const seen = await pool.transaction(
        async (tx) => {
          await pool.query(change);
          return await tx.queryValue(`SELECT n FROM ${table} WHERE id = 1`);
        },
        { isolation: "repeatable read", consistentSnapshot: true },
      );
      expect(seen).toBe(0);
      await expect(async () => await pool.transaction(async () => {}, { deferrable: true })).rejects.toThrow(
        NotSupportedError,
      );
      expect(pool.idleSize).toBe(pool.size);
    });
  });

  test.each([
    ["read uncommitted", [1, 2]],
    ["read committed", [0, 2]],
    ["repeatable read", [0, 0]],
  ] as const)("transaction() with isolation %s sees of others what that says: %o", async (isolation, expected) => {
    await withTable(async (pool, table) => {
      const look = `SELECT n FROM ${table} WHERE id = 1`;
      const seen = await pool.transaction(
        async (tx) => {
          expect(await tx.queryValue(look)).toBe(0);
          const uncommitted = await pool.transaction(async (other) => {
            await other.query(`UPDATE ${table} SET n = 1`);
            const value = await tx.queryValue(look);
            await other.query(`UPDATE ${table} SET n = 2`);
            return value;
          });
          return [uncommitted, await tx.queryValue(look)];
        },
        { isolation },
      );
      expect(seen).toEqual(expected);
    });
  });

  test("transaction() with isolation serializable locks what it reads", async () => {
    await withTable(async (pool, table) => {
      await pool.transaction(
        async (tx) => {
          await tx.query(`SELECT * FROM ${table}`);
          const change = pool.query(`SELECT * FROM ${table} FOR UPDATE NOWAIT`);
          await expect(async () => await change).rejects.toMatchObject({ code: "ER_LOCK_WAIT_TIMEOUT" });
        },
        { isolation: "serializable" },
      );
    });
  });

  test("transaction() raises a deadlock in one, and the other succeeds", async () => {
    await withTable(async (pool, table) => {
      const both = [new Event(), new Event()];
      const transfer = (mine: number, other: number) =>
        createTask(
          async () =>
            await pool.transaction(async (tx) => {
              await tx.query(`UPDATE ${table} SET n = n + 1 WHERE id = ?`, [mine]);
              both[mine - 1]!.set();
              for (const event of both) await event.wait();
              await tx.query(`UPDATE ${table} SET n = n + 1 WHERE id = ?`, [other]);
            }),
        );
      const tasks = [transfer(1, 2), transfer(2, 1)];
      const errors: unknown[] = [];
      for (const task of tasks) await task.then(null, (error: unknown) => errors.push(error));
      expect(errors).toHaveLength(1);
      expect(errors[0]).toBeInstanceOf(OperationalError);
      expect(errors[0]).toMatchObject({ code: "ER_LOCK_DEADLOCK", sqlState: "40001" });
      expect((await pool.query(`SELECT n FROM ${table}`)).rows).toEqual([{ n: 1 }, { n: 1 }]);
      expect(pool.idleSize).toBe(pool.size);
    });
  });

  test("transaction() refuses further statements after a deadlock, which would be committed one by one", async () => {
    await withTable(async (pool, table) => {
      const victim = asVictim(pool, table, async (tx, deadlocks) => {
        await expect(async () => await tx.query(deadlocks)).rejects.toThrow(/deadlock/i);
        const next = tx.query(`UPDATE ${table} SET n = 7 WHERE id = 60`);
        await expect(async () => await next).rejects.toThrow(InternalError);
      });
      await expect(async () => await victim).rejects.toThrow(InternalError);
      expect(await pool.queryValue(`SELECT COUNT(*) FROM ${table} WHERE n = 7`)).toBe(0);
    });
  });

  test("transaction() that deadlocks in a savepoint is over as a whole", async () => {
    await withTable(async (pool, table) => {
      const victim = asVictim(pool, table, async (tx, deadlocks) => {
        await tx.transaction(async (inner) => await inner.query(deadlocks));
      });
      await expect(async () => await victim).rejects.toMatchObject({ code: "ER_LOCK_DEADLOCK" });
      expect(await pool.queryValue(`SELECT COUNT(*) FROM ${table} WHERE n = 7`)).toBe(0);
      expect(pool.idleSize).toBe(pool.size);
    });
  });

  test("connect() keeps its connection after a deadlock in a savepoint", async () => {
    await withTable(async (pool, table) => {
      await using connection = await connect(mysqlUrl);
      const victim = asVictim(
        pool,
        table,
        async (tx, deadlocks) => await tx.transaction(async (inner) => void (await inner.query(deadlocks))),
        connection,
      );
      await expect(async () => await victim).rejects.toMatchObject({ code: "ER_LOCK_DEADLOCK" });
      expect(connection.closed).toBe(false);
      expect(await connection.queryValue(`SELECT COUNT(*) FROM ${table} WHERE n = 7`)).toBe(0);
    });
  });

  test("transaction() raises an OperationalError when a lock is waited for too long", async () => {
    await withTable(async (pool, table) => {
      await pool.transaction(async (tx) => {
        await tx.query(`UPDATE ${table} SET n = 1 WHERE id = 1`);
        const other = pool.use(async (connection) => {
          await connection.query("SET innodb_lock_wait_timeout = 0");
          await connection.query(`UPDATE ${table} SET n = 2 WHERE id = 1`);
        });
        await expect(async () => await other).rejects.toMatchObject({
          code: "ER_LOCK_WAIT_TIMEOUT",
          name: "OperationalError",
        });
      });
      expect(await pool.queryValue(`SELECT n FROM ${table} WHERE id = 1`)).toBe(1);
    });
  });

  test("transaction() stops waiting for a lock when it times out", async () => {
    await withTable(async (pool, table) => {
      await pool.transaction(async (tx) => {
        await tx.query(`UPDATE ${table} SET n = 1 WHERE id = 1`);
        const late = timeout(50, async () => {
          await pool.transaction((other) => other.query(`UPDATE ${table} SET n = 2 WHERE id = 1`));
        });
        await expect(async () => await late).rejects.toThrow(TimeoutError);
      });
      expect(await pool.queryValue(`SELECT n FROM ${table} WHERE id = 1`)).toBe(1);
    });
  });

  test("Transaction.query() raises an InterfaceError after its end", async () => {
    await withTable(async (pool) => {
      const ended = await pool.transaction(async (tx) => tx);
      await expect(async () => await ended.query("SELECT 1")).rejects.toThrow(InterfaceError);
    });
  });
});
