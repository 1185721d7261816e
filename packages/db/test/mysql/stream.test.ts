import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { InterfaceError, NotSupportedError } from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/mysql";
import { coroutine, run, sleep } from "asyncio-ts";
import { expect, test } from "vitest";
import { describeMysql, mysqlUrl } from "../support/servers.ts";
import { Observer } from "./support/observer.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const MIB = 1024 * 1024;

/** What is still referred to. */
function used(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

await describeMysql("MySQL: streams", () => {
  test("stream() gives 1,000,000 rows that are read slowly in flat memory", { timeout: 30_000 }, async () => {
    await using observer = await Observer.connect();
    await run(async () => {
      await using pool = await createPool(mysqlUrl);
      const memory: number[] = [];
      let [count, sum] = [0, 0];
      // 200 MB altogether.
      const sql = "SELECT seq, REPEAT('x', 180) AS text /* slowly */ FROM seq_1_to_1000000";
      for await (const { seq } of pool.stream<{ seq: number }>(sql, [], { batchSize: 500 })) {
        count++;
        sum += seq;
        if (count % 10_000 === 0) await sleep(1);
        if (count % 100_000 !== 0) continue;
        memory.push(used());
        if (count !== 200_000) continue;
        // The server waits until somebody takes the rows.
        const states = () =>
          observer.rows(
            "SELECT state FROM information_schema.processlist WHERE info LIKE '%slowly */%' AND id <> CONNECTION_ID()",
          );
        await expect.poll(states).toEqual([{ state: "Writing to net" }]);
      }
      expect([count, sum]).toEqual([1_000_000, 500_000_500_000]);
      expect(Math.max(...memory) - memory[0]!).toBeLessThan(10 * MIB);
      expect([pool.size, pool.idleSize]).toEqual([1, 1]);
    });
  });

  test.each([0, 1, 99, 100, 101, 200, 5_000])("stream() gives all of %d rows", async (length) => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      const rows: unknown[] = [];
      for await (const { seq } of connection.stream("SELECT seq FROM seq_1_to_5000 WHERE seq <= ?", [length]))
        rows.push(seq);
      expect(rows).toEqual(Array.from({ length }, (_, i) => i + 1));
      expect(await connection.queryValue("SELECT 1")).toBe(1);
    });
  });

  test("stream() that is left early frees the connection, whether there is much left or little", async () => {
    await using observer = await Observer.connect();
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      for (const last of [150, 100_000_000]) {
        for await (const _ of connection.stream(`SELECT seq /* left */ FROM seq_1_to_${last}`)) break;
        expect(await observer.running("left */")).toBe(0);
        expect(await connection.queryValue("SELECT 'mine'")).toBe("mine");
      }
    });
  });

  test("stream() left early does not undo a change that gives rows", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      await connection.query("CREATE TEMPORARY TABLE t (n INT) ENGINE = InnoDB");
      for await (const _ of connection.stream("INSERT INTO t SELECT seq FROM seq_1_to_50000 RETURNING n")) break;
      expect(await connection.queryValue("SELECT COUNT(*) FROM t")).toBe(50_000);
    });
  });

  test("stream().next() is the generator spelling, also of a prepared query", async () => {
    const main = coroutine(function* () {
      const connection = yield* connect(mysqlUrl);
      const prepared = yield* connection.prepare("SELECT seq FROM seq_1_to_500 WHERE seq > ?");
      const rows = prepared.stream<{ seq: number }>([497], { batchSize: 2 });
      const got: number[] = [];
      for (;;) {
        const step = yield* rows.next();
        if (step.done === true) break;
        got.push(step.value.seq);
      }
      yield* prepared.close();
      yield* connection.close();
      return got;
    });
    expect(await run(main())).toEqual([498, 499, 500]);
  });

  test("stream() raises the error of its statement, at once or in the middle", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      const take = async (sql: string): Promise<number> => {
        let count = 0;
        try {
          for await (const _ of connection.stream(sql)) count++;
        } catch (error) {
          expect(error).toMatchObject({ name: "ProgrammingError", query: sql });
          return count;
        }
        return -1;
      };
      expect(await take("SELEKT")).toBe(0);
      expect(await take("SELECT seq, IF(seq < 900, 1, (SELECT 1 UNION SELECT seq)) FROM seq_1_to_1000")).toBe(800);
      expect(await connection.queryValue("SELECT 1")).toBe(1);
    });
  });

  test("stream() gives nothing for a statement without rows, and refuses several sets of rows", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      for await (const row of connection.stream("DO 1")) expect(row).toBe("none");
      await connection.query("CREATE OR REPLACE PROCEDURE asyncio_ts_sets() BEGIN SELECT 1; SELECT 2; END");
      const take = async () => {
        for await (const _ of connection.stream("CALL asyncio_ts_sets()"));
      };
      await expect(take).rejects.toThrow(NotSupportedError);
      await connection.query("DROP PROCEDURE asyncio_ts_sets");
    });
  });

  test("stream() has the connection to itself while it is open", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      for await (const _ of connection.stream("SELECT seq FROM seq_1_to_1000")) {
        await expect(async () => await connection.query("SELECT 1")).rejects.toThrow(InterfaceError);
        break;
      }
      expect(await connection.queryValue("SELECT 1")).toBe(1);
    });
  });
});
