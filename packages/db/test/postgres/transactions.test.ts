import { InterfaceError, InternalError, NotSupportedError, type Pool, ProgrammingError } from "@asyncio-ts/db";
import { connect, createPool, type PostgresConnection } from "@asyncio-ts/db/postgres";
import { createTask, run, sleep, TimeoutError, timeout } from "asyncio-ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sweepWaits } from "../support/cancel-points.ts";
import { sockets } from "../support/network.ts";
import { describePostgres, postgresUrl } from "../support/servers.ts";
import { Observer, uniqueName } from "./support/observer.ts";

await describePostgres("PostgreSQL: transactions", () => {
  const table = uniqueName();
  let observer: Observer;

  beforeAll(async () => {
    observer = await Observer.connect();
    await observer.rows(`CREATE TABLE ${table} (id int PRIMARY KEY, n int)`);
  });
  afterAll(async () => {
    await observer.rows(`DROP TABLE ${table}`);
    await observer[Symbol.asyncDispose]();
  });

  async function ids(): Promise<unknown[]> {
    return (await observer.rows(`SELECT id FROM ${table} ORDER BY id`)).map(({ id }) => id);
  }

  async function inPool(
    body: (pool: Pool<PostgresConnection>) => Promise<void>,
    options: Parameters<typeof createPool>[1] = {},
  ): Promise<void> {
    await observer.rows(`TRUNCATE ${table}`);
    await run(async () => {
      await using pool = await createPool(postgresUrl, options);
      await body(pool);
      expect([pool.idleSize, pool.waitingSize]).toEqual([pool.size, 0]);
    });
  }

  const insert = `INSERT INTO ${table} VALUES ($1, 0)`;

  test("transaction() commits when its body returns, and gives its result", async () => {
    await inPool(async (pool) => {
      const result = await pool.transaction(async (tx) => {
        await tx.query(insert, [1]);
        expect(await ids()).toEqual([]);
        return "done";
      });
      expect(result).toBe("done");
      expect(await ids()).toEqual([1]);
    });
  });

  test("transaction() rolls back when its body fails, and raises its error", async () => {
    await inPool(async (pool) => {
      const failure = new Error("mine");
      const failing = pool.transaction(async (tx) => {
        await tx.query(insert, [1]);
        throw failure;
      });
      await expect(async () => await failing).rejects.toBe(failure);
      expect(await ids()).toEqual([]);
    });
  });

  test("transaction() in a transaction is a savepoint", async () => {
    await inPool(async (pool) => {
      await pool.transaction(async (tx) => {
        await tx.query(insert, [1]);
        const inner = tx.transaction(async (nested) => {
          await nested.query(insert, [2]);
          await nested.transaction(async (deeper) => await deeper.query(insert, [3]));
          await nested.query("SELECT * FROM nowhere_at_all");
        });
        await expect(async () => await inner).rejects.toThrow(ProgrammingError);
        await tx.transaction(async (nested) => await nested.query(insert, [4]));
        await tx.connection.transaction(async (nested) => await nested.query(insert, [5]));
      });
      expect(await ids()).toEqual([1, 4, 5]);
    });
  });

  test("transaction() takes the isolation level and the access modes", async () => {
    await inPool(async (pool) => {
      const modes = await pool.transaction(
        async (tx) =>
          await tx.queryRow(
            "SELECT current_setting('transaction_isolation') AS i, current_setting('transaction_read_only') AS r, current_setting('transaction_deferrable') AS d",
          ),
        { isolation: "serializable", readOnly: true, deferrable: true },
      );
      expect(modes).toEqual({ i: "serializable", r: "on", d: "on" });
      await pool.transaction(async (tx) => {
        const nested = tx.transaction(async () => {}, { readOnly: true });
        await expect(async () => await nested).rejects.toThrow(/readOnly is for the outermost transaction only/);
      });
    });
  });

  test("transaction() raises when the body has ignored that a statement failed, instead of losing it silently", async () => {
    await inPool(async (pool) => {
      const ignoring = pool.transaction(async (tx) => {
        await tx.query(insert, [1]);
        await expect(async () => await tx.query("SELECT 1/0")).rejects.toThrow("division by zero");
      });
      await expect(async () => await ignoring).rejects.toThrow(InternalError);
      expect(await ids()).toEqual([]);
    });
  });

  test("Transaction can't be used after its end, nor while a nested one is begun beside another", async () => {
    await inPool(async (pool) => {
      let kept: { query(sql: string): PromiseLike<unknown> } | undefined;
      await pool.transaction(async (tx) => {
        kept = tx;
      });
      await expect(async () => await kept!.query("SELECT 1")).rejects.toThrow(InterfaceError);
      await pool.transaction(async (tx) => {
        await tx.transaction(async () => {
          const beside = tx.transaction(async () => {});
          await expect(async () => await beside).rejects.toThrow(/another transaction is open in this one/);
        });
      });
    });
  });

  test("transaction() rolls back when it ends before a nested one, or before a statement in it", async () => {
    await inPool(async (pool) => {
      const early = pool.transaction(async (tx) => {
        await tx.query(insert, [1]);
        const nested = createTask(tx.transaction(async () => await sleep(1_000)));
        await sleep(10);
        setTimeout(() => nested.cancel(), 20);
        nested.addDoneCallback(() => {});
      });
      await expect(async () => await early).rejects.toThrow(/ended before a nested one/);
      const forgetful = pool.transaction(async (tx) => {
        await tx.query(insert, [2]);
        const forgotten = createTask(tx.query("SELECT pg_sleep(10)"));
        forgotten.addDoneCallback(() => forgotten.exception());
        await sleep(10);
      });
      await expect(async () => await forgetful).rejects.toThrow(/another operation, query\(\), is in progress/);
      expect(await ids()).toEqual([]);
      await sleep(30);
    });
  });

  test("transaction() refuses a transaction that was begun by hand, which is rolled back when the connection is given back", async () => {
    await inPool(
      async (pool) => {
        await pool.use(async (connection) => {
          await connection.query("BEGIN");
          expect(connection.inTransaction).toBe(true);
          await connection.query(insert, [1]);
          const nested = connection.transaction(async () => {});
          await expect(async () => await nested).rejects.toThrow(/begun by hand/);
        });
        expect(await pool.queryValue("SELECT pg_current_xact_id_if_assigned()::text")).toBeNull();
        await pool.query("BEGIN");
        expect(await ids()).toEqual([]);
        await pool.query("COMMIT");
      },
      { maxSize: 1 },
    );
  });

  test("transaction() that times out is rolled back, with a TimeoutError", async () => {
    await inPool(async (pool) => {
      const late = timeout(30, () =>
        pool.transaction(async (tx) => {
          await tx.query(insert, [1]);
          await tx.query("SELECT pg_sleep(10)");
        }),
      );
      await expect(async () => await late).rejects.toThrow(TimeoutError);
      expect(await ids()).toEqual([]);
    });
  });

  test("transaction() cancelled at any wait is done as a whole or not at all, and leaves nothing", {
    timeout: 60_000,
  }, async () => {
    const application = uniqueName();
    await observer.rows(`TRUNCATE ${table}`);
    await observer.rows(`INSERT INTO ${table} VALUES (1, 0), (2, 0)`);
    let total = 0;
    const seen = { result: 0, cancelled: 0 };
    const update = `UPDATE ${table} SET n = n + 1 WHERE id = `;
    const waits = await sweepWaits(async (attempt) => {
      await using pool = await createPool(postgresUrl, { maxSize: 2, applicationName: application });
      const outcome = await attempt(
        async () =>
          await pool.transaction(
            async (tx) => {
              await tx.query(`${update} 1`);
              for await (const _ of tx.stream("SELECT generate_series(1, 30)", [], { batchSize: 20 }));
              await tx.transaction(async (inner) => await inner.query("SELECT pg_sleep(0.002)"));
              await using prepared = await tx.prepare(`${update} $1`);
              await prepared.query([2]);
            },
            { isolation: "serializable" },
          ),
      );
      seen[outcome]++;
      await expectUsable(pool);
      expect(await observer.busy(application)).toEqual([]);
      const rows = await observer.rows(`SELECT n FROM ${table} ORDER BY id FOR UPDATE NOWAIT`);
      expect(rows[0]!["n"]).toBe(rows[1]!["n"]);
      if (outcome === "result") expect(rows[0]!["n"]).toBe(total + 1);
      total = Number(rows[0]!["n"]);
    });
    expect(waits).toBeGreaterThan(10);
    expect(seen.cancelled).toBeGreaterThan(waits);
    await expect.poll(sockets).toBe(1);
    await expect.poll(async () => await observer.sessions(application)).toBe(0);
  });

  test("transaction() in a transaction, cancelled at any wait, leaves the outer one and its connection", {
    timeout: 60_000,
  }, async () => {
    const whole = { result: 0, lost: 0 };
    await sweepWaits(async (attempt) => {
      await observer.rows(`TRUNCATE ${table}`);
      await using connection = await connect(postgresUrl);
      let outcome = "";
      const outer = connection.transaction(async (tx) => {
        await tx.query(insert, [1]);
        outcome = await attempt(
          async () => await tx.transaction(async (inner) => await inner.query("SELECT pg_sleep(0.002)")),
        );
        await tx.query(insert, [2]);
      });
      // A SAVEPOINT that was stopped itself leaves a transaction that has failed.
      await outer.then(
        () => whole.result++,
        (error: unknown) => {
          expect(error).toMatchObject({ sqlState: "25P02" });
          whole.lost++;
        },
      );
      expect(connection.closed).toBe(false);
      expect(connection.inTransaction).toBe(false);
      expect([[], [1, 2]]).toContainEqual(await ids());
      if (outcome === "result") expect(await ids()).toEqual([1, 2]);
    });
    expect(whole.result).toBeGreaterThan(whole.lost);
  });

  test("transaction() rolls back when it ends before a stream in it", async () => {
    await inPool(async (pool) => {
      const early = pool.transaction(async (tx) => {
        await tx.query(insert, [1]);
        await tx.stream("SELECT generate_series(1, 1000)").next();
      });
      await expect(async () => await early).rejects.toThrow(/a stream or a COPY is open/);
      expect(await ids()).toEqual([]);
    });
  });

  test("transaction() refuses what only MySQL has", async () => {
    await inPool(async (pool) => {
      const asMysql = pool.transaction(async () => {}, { consistentSnapshot: true });
      await expect(async () => await asMysql).rejects.toThrow(NotSupportedError);
    });
  });

  test("transaction() cancelled during its roll-back still rolls back", async () => {
    await inPool(async (pool) => {
      const task = createTask(
        pool.transaction(async (tx) => {
          await tx.query(insert, [1]);
          setImmediate(() => task.cancel());
          throw new Error("mine");
        }),
      );
      await expect(async () => await task).rejects.toThrow(/mine|^$/);
      expect(await ids()).toEqual([]);
      expect(task.cancelled() || task.exception() instanceof Error).toBe(true);
    });
  });

  async function expectUsable(pool: Pool<PostgresConnection>): Promise<void> {
    expect(pool.waitingSize).toBe(0);
    expect(pool.idleSize).toBe(pool.size);
    const both = ["a", "b"].map(
      async (answer) => await pool.queryRow("SELECT $1 AS answer FROM pg_sleep(0.001)", [answer]),
    );
    expect(await Promise.all(both)).toEqual([{ answer: "a" }, { answer: "b" }]);
  }
});
