import type { Pool } from "@asyncio-ts/db";
import { createPool, type MysqlConnection } from "@asyncio-ts/db/mysql";
import { expect, test } from "vitest";
import { sweepWaits } from "../support/cancel-points.ts";
import { sockets } from "../support/network.ts";
import { describeMysql, mysqlUrl } from "../support/servers.ts";
import { Observer } from "./support/observer.ts";

const TABLE = `asyncio_ts_sweep_${process.pid}`;

/** Two connections, each with its own answer, and nothing that is locked. */
async function expectUsable(pool: Pool<MysqlConnection>): Promise<void> {
  expect(pool.waitingSize).toBe(0);
  expect(pool.idleSize).toBe(pool.size);
  const both = await Promise.all(
    ["a", "b"].map(
      async (answer) => await pool.queryRow("SELECT ? AS answer, @@in_transaction AS open, SLEEP(0.001)", [answer]),
    ),
  );
  expect(both).toMatchObject([
    { answer: "a", open: 0 },
    { answer: "b", open: 0 },
  ]);
}

await describeMysql("MySQL: cancelled at every wait", () => {
  test("transaction() cancelled at any wait is done as a whole or not at all, and leaves nothing", {
    timeout: 60_000,
  }, async () => {
    await using observer = await Observer.connect();
    await observer.run(`CREATE OR REPLACE TABLE ${TABLE} (id INT PRIMARY KEY, n INT) ENGINE = InnoDB`);
    await observer.run(`INSERT INTO ${TABLE} VALUES (1, 0), (2, 0)`);
    // What a pooled connection has locked stays so; the server needs a moment to roll back one that was destroyed.
    await observer.run("SET innodb_lock_wait_timeout = 5");
    let total = 0;
    const seen = { result: 0, cancelled: 0 };
    const waits = await sweepWaits(async (attempt) => {
      await using pool = await createPool(mysqlUrl, { maxSize: 2 });
      const outcome = await attempt(
        async () =>
          await pool.transaction(
            async (tx) => {
              await tx.query(`UPDATE ${TABLE} SET n = n + 1 WHERE id = 1`);
              for await (const _ of tx.stream("SELECT seq FROM seq_1_to_30", [], { batchSize: 20 }));
              await tx.transaction(async (inner) => await inner.query("SELECT SLEEP(0.002)"));
              await using prepared = await tx.prepare(`UPDATE ${TABLE} SET n = n + 1 WHERE id = ?`);
              await prepared.query([2]);
            },
            { isolation: "serializable" },
          ),
      );
      seen[outcome]++;
      await expectUsable(pool);
      const rows = await observer.rows(`SELECT n FROM ${TABLE} ORDER BY id FOR UPDATE`);
      expect(rows[0]!["n"]).toBe(rows[1]!["n"]);
      if (outcome === "result") expect(rows[0]!["n"]).toBe(total + 1);
      total = rows[0]!["n"];
    });
    expect(waits).toBeGreaterThan(10);
    expect(seen.cancelled).toBeGreaterThan(waits);
    await expect.poll(sockets).toBe(1);
    expect(await observer.running(TABLE)).toBe(0);
    await observer.run(`DROP TABLE ${TABLE}`);
  });

  test("stream() cancelled at any wait gives the connection back", { timeout: 60_000 }, async () => {
    await using observer = await Observer.connect();
    const waits = await sweepWaits(async (attempt) => {
      await using pool = await createPool(mysqlUrl, { maxSize: 2 });
      await attempt(async () => {
        let count = 0;
        const rows = pool.stream("SELECT REPEAT('x', 20000) /* swept */ FROM seq_1_to_5000", [], { batchSize: 20 });
        for await (const _ of rows) if (++count === 60) break;
      });
      await expectUsable(pool);
    });
    expect(waits).toBeGreaterThan(3);
    expect(await observer.running("swept */")).toBe(0);
    await expect.poll(sockets).toBe(1);
  });
});
