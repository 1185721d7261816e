import { InterfaceError } from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/sqlite";
import { run, sleep } from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { Directory } from "./support/directory.ts";

const numbers = (count: number) =>
  `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT ${count}) SELECT x, 'row number ' || x AS text FROM c`;

describe.each(["thread", "process"] as const)("SQLite in a %s: streams", (isolation) => {
  test("stream() gives every row once and in order, whatever the batch size", async () => {
    await run(async () => {
      await using pool = await createPool("sqlite::memory:", { isolation });
      for (const batchSize of [1, 7, 100, 1_000]) {
        const seen: unknown[] = [];
        for await (const { x } of pool.stream<{ x: number }>(numbers(100), [], { batchSize })) seen.push(x);
        expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
      }
      for await (const _ of pool.stream("SELECT 1 WHERE 0")) expect.unreachable();
      expect(pool.idleSize).toBe(1);
    });
  });

  test("stream() that is left in the middle is closed, and the table can be dropped", async () => {
    using directory = new Directory();
    await run(async () => {
      await using connection = await connect(directory.url(), { isolation });
      await connection.query(`CREATE TABLE t AS ${numbers(500)}`);
      for await (const _ of connection.stream("SELECT * FROM t", [], { batchSize: 10 })) break;
      await connection.query("DROP TABLE t");
      const failing = connection.stream(
        "SELECT x, abs(CASE x WHEN 15 THEN -9223372036854775808 ELSE x END) FROM c_15",
        [],
        { batchSize: 10 },
      );
      await connection.query(`CREATE VIEW c_15 AS ${numbers(30)}`);
      let count = 0;
      await expect(async () => {
        for await (const _ of failing) count++;
      }).rejects.toMatchObject({ name: "ProgrammingError", message: "integer overflow" });
      expect(count).toBe(10);
      expect(await connection.queryValue("SELECT 1")).toBe(1);
    });
  });
});

test("stream() keeps its connection, and runs a statement that gives no rows", async () => {
  await run(async () => {
    await using connection = await connect("sqlite::memory:");
    for await (const _ of connection.stream("CREATE TABLE t (n)")) expect.unreachable();
    const stream = connection.stream<{ n: number }>("INSERT INTO t VALUES (1), (2) RETURNING n", [], { batchSize: 1 });
    for await (const { n } of stream) {
      if (n === 1) await expect(async () => await connection.query("SELECT 1")).rejects.toThrow(InterfaceError);
    }
    expect(await connection.queryValue("SELECT count(*) FROM t")).toBe(2);
  });
});

test("stream() of 1,000,000 rows that are read slowly takes no memory", { timeout: 60_000 }, async () => {
  await run(async () => {
    await using pool = await createPool("sqlite::memory:");
    let count = 0;
    let sum = 0;
    const highest = { first: 0, later: 0 };
    for await (const { x } of pool.stream<{ x: number }>(numbers(1_000_000), [], { batchSize: 1_000 })) {
      sum += x;
      if (++count % 10_000 > 0) continue;
      await sleep(1);
      const part = count <= 250_000 ? "first" : "later";
      highest[part] = Math.max(highest[part], process.memoryUsage().rss);
    }
    expect([count, sum]).toEqual([1_000_000, 500_000_500_000]);
    // The three quarters that come later would be more than 100 MB.
    expect(highest.later - highest.first).toBeLessThan(40_000_000);
  });
});
