import type { Pool } from "@asyncio-ts/db";
import { connect, createPool, type SqliteConnection } from "@asyncio-ts/db/sqlite";
import { run } from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { sweepWaits } from "../support/cancel-points.ts";
import { children, Directory, threads } from "./support/directory.ts";

const rows = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 30) SELECT x FROM c";

async function expectUsable(pool: Pool<SqliteConnection>): Promise<void> {
  expect(pool.waitingSize).toBe(0);
  expect(pool.idleSize).toBe(pool.size);
  expect(await pool.queryValue("SELECT 'mine'")).toBe("mine");
}

describe.each(["thread", "process"] as const)("SQLite in a %s: cancelled at every wait", (isolation) => {
  test("transaction() is done as a whole or not at all, and leaves nothing", { timeout: 120_000 }, async () => {
    using directory = new Directory();
    await run(async () => {
      await using connection = await connect(directory.url());
      await connection.executeScript(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)",
      );
    });
    // One for all: to start threads and processes is what takes the time.
    const pool = await run(async () => await createPool(directory.url(), { isolation, maxSize: 1 }));
    let total = 0;
    const seen = { result: 0, cancelled: 0 };
    const waits = await sweepWaits(async (attempt) => {
      await expectUsable(pool);
      const outcome = await attempt(
        async () =>
          await pool.transaction(async (tx) => {
            await tx.query("UPDATE t SET n = n + 1 WHERE id = 1");
            for await (const _ of tx.stream(rows, [], { batchSize: 20 }));
            await tx.transaction(async (inner) => await inner.query(rows));
            await using prepared = await tx.prepare("UPDATE t SET n = n + 1 WHERE id = ?");
            await prepared.query([2]);
            await tx.executeMany("UPDATE t SET n = n + 1 WHERE id = ?", [[3]]);
          }),
      );
      seen[outcome]++;
      await expectUsable(pool);
      // Nobody has the lock.
      const { rows: numbers } = await pool.query<{ n: number }>("UPDATE t SET n = n RETURNING n", [], {
        timeoutMs: 1_000,
      });
      expect(new Set(numbers.map(({ n }) => n)).size).toBe(1);
      const [{ n }] = numbers as [{ n: number }];
      if (outcome === "result") expect(n).toBe(total + 1);
      total = n;
    });
    expect(waits).toBeGreaterThan(10);
    expect(seen.cancelled).toBeGreaterThan(waits);
    await run(async () => await pool.close());
    expect(children()).toHaveLength(0);
    await expect.poll(threads).toBe(0);
  });

  test("stream() and backup() leave nothing", { timeout: 120_000 }, async () => {
    using directory = new Directory();
    const pool = await run(async () => await createPool(directory.url(), { isolation, maxSize: 1 }));
    let backups = 0;
    const waits = await sweepWaits(async (attempt) => {
      await pool.query("CREATE TABLE IF NOT EXISTS t (n)");
      await attempt(async () => {
        for await (const { x } of pool.stream<{ x: number }>(rows, [], { batchSize: 8 })) if (x === 20) break;
        await pool.use(async (connection) => {
          await connection.backup(directory.file(`backup-${++backups}.db`), { pagesPerStep: 1 });
        });
      });
      await expectUsable(pool);
    });
    await run(async () => await pool.close());
    expect(waits).toBeGreaterThan(4);
    await expect.poll(() => [children().length, threads()]).toEqual([0, 0]);
  });

  test("connect() leaves nothing", { timeout: 120_000 }, async () => {
    using directory = new Directory();
    const waits = await sweepWaits(async (attempt) => {
      await attempt(async () => {
        await using connection = await connect(directory.url(), { isolation });
        await connection.query("SELECT 1");
      });
      await expect.poll(() => [children().length, threads()]).toEqual([0, 0]);
    });
    expect(waits).toBeGreaterThan(2);
  });
});
