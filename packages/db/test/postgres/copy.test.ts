import { DataError, InterfaceError } from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/postgres";
import { CancelledError, createTask, run, sleep, TimeoutError, timeout } from "asyncio-ts";
import { expect, test } from "vitest";
import { sweepWaits } from "../support/cancel-points.ts";
import { sockets } from "../support/network.ts";
import { Proxy } from "../support/proxy.ts";
import { describePostgres, postgresUrl } from "../support/servers.ts";
import { Observer, uniqueName } from "./support/observer.ts";

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += Buffer.from(chunk).toString();
  return text;
}

await describePostgres("PostgreSQL: COPY", () => {
  test("copyFrom() stores rows of values of every kind, and copyTo() gives them back", async () => {
    await run(async () => {
      await using connection = await connect(postgresUrl);
      await connection.query("CREATE TEMP TABLE t (a int8, b text, c bool, d timestamptz, e bytea, f jsonb, g text[])");
      const when = new Date("2020-01-02T03:04:05.678Z");
      const rows = [
        [1, "tab\tline\nback\\slash\r", true, when, new Uint8Array([0, 255]), { x: ["y"] }, ["a", 'b"\\', null, "c,d"]],
        [9007199254740993n, null, undefined, null, null, null, []],
      ];
      expect(await connection.copyFrom("COPY t FROM STDIN", rows)).toBe(2);
      expect((await connection.query("SELECT * FROM t ORDER BY a")).rows).toEqual([
        { a: "1", b: rows[0]![1], c: true, d: when, e: Buffer.from([0, 255]), f: { x: ["y"] }, g: rows[0]![6] },
        { a: "9007199254740993", b: null, c: null, d: null, e: null, f: null, g: [] },
      ]);
      const lines = await textOf(connection.copyTo("COPY (SELECT a, b FROM t ORDER BY a) TO STDOUT"));
      expect(lines).toBe("1\ttab\\tline\\nback\\\\slash\\r\n9007199254740993\t\\N\n");
    });
  });

  test("copyFrom() takes text and bytes in any pieces, from any source", async () => {
    await run(async () => {
      await using connection = await connect(postgresUrl);
      await connection.query("CREATE TEMP TABLE t (a int, b text)");
      async function* pieces(): AsyncGenerator<string | Uint8Array> {
        yield "1,o";
        await sleep(1);
        yield Buffer.from("ne\n2,");
        yield "two\n";
      }
      expect(await connection.copyFrom("COPY t FROM STDIN (FORMAT csv)", pieces())).toBe(2);
      expect(await connection.copyFrom("COPY t FROM STDIN", [])).toBe(0);
      expect(await textOf(connection.copyTo("COPY t TO STDOUT (FORMAT csv, HEADER)"))).toBe("a,b\n1,one\n2,two\n");
    });
  });

  test("copyFrom() stores nothing when the server refuses a row, or the source fails", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1 });
      await using connection = await pool.acquire();
      await connection.query("CREATE TEMP TABLE t (a int)");
      async function* failing(): AsyncGenerator<readonly unknown[]> {
        yield [1];
        await sleep(1);
        throw new Error("mine");
      }
      const endless = function* (): Generator<readonly unknown[]> {
        for (let i = 0; ; i++) yield [i === 10 ? "x" : i];
      };
      await expect(async () => await connection.copyFrom("COPY t FROM STDIN", failing())).rejects.toThrow("mine");
      await expect(async () => await connection.copyFrom("COPY t FROM STDIN", endless())).rejects.toThrow(DataError);
      await expect(async () => await connection.copyFrom("COPY t FROM STDIN", [[1], 5 as never])).rejects.toThrow(
        TypeError,
      );
      await expect(async () => await connection.copyFrom("SELECT 1", [[1]])).rejects.toThrow(InterfaceError);
      await expect(async () => await connection.copyFrom("COPY nowhere FROM STDIN", [[1]])).rejects.toMatchObject({
        sqlState: "42P01",
      });
      await expect(async () => await textOf(connection.copyTo("SELECT 1"))).rejects.toThrow(InterfaceError);
      await expect(async () => await textOf(connection.copyTo("COPY nowhere TO STDOUT"))).rejects.toMatchObject({
        sqlState: "42P01",
      });
      expect(await connection.queryValue("SELECT count(*)::int FROM t")).toBe(0);
    });
  });

  test("copyFrom() asks its source for more only when the server takes it", async () => {
    await using observer = await Observer.connect();
    const table = uniqueName();
    await observer.rows(`CREATE TABLE ${table} (a text)`);
    await observer.rows("BEGIN");
    await observer.rows(`LOCK TABLE ${table}`);
    await run(async () => {
      await using connection = await connect(postgresUrl);
      await connection.query(`CREATE TEMP TABLE t (a text CHECK (length(a) > 0 OR pg_sleep(60) IS NULL))`);
      let taken = 0;
      function* source(): Generator<string> {
        // The row that the server sleeps on, then more than fits into all buffers on the way.
        yield "\n";
        for (; taken < 1_000; taken++) yield `${"x".repeat(100_000)}\n`;
      }
      const task = createTask(async () => await connection.copyFrom("COPY t FROM STDIN", source()));
      await expect.poll(() => taken).toBeGreaterThan(0);
      for (let before = -1; before !== taken; ) {
        before = taken;
        await sleep(100);
      }
      expect(taken).toBeLessThan(500);
      task.cancel();
      await expect(async () => await task).rejects.toThrow(CancelledError);
      expect(await connection.queryValue("SELECT count(*)::int FROM t")).toBe(0);
    });
    await observer.rows("ROLLBACK");
    await observer.rows(`DROP TABLE ${table}`);
  });

  test("copyFrom() cancelled while it waits for a lock, for its source or for the server ends at once", async () => {
    const table = uniqueName();
    const application = uniqueName();
    await using observer = await Observer.connect();
    await observer.rows(`CREATE TABLE ${table} (a int)`);
    await run(async () => {
      await using connection = await connect(postgresUrl, { applicationName: application });
      async function* slow(): AsyncGenerator<readonly unknown[]> {
        yield [1];
        await sleep(60_000);
      }
      const copy = () => connection.copyFrom(`COPY ${table} FROM STDIN`, slow());
      await expect(async () => await timeout(20, copy)).rejects.toThrow(TimeoutError);
      await observer.rows("BEGIN");
      await observer.rows(`LOCK TABLE ${table}`);
      await expect(async () => await timeout(20, copy)).rejects.toThrow(TimeoutError);
      await observer.rows("ROLLBACK");
      expect(await observer.busy(application)).toEqual([]);
      expect(await connection.queryValue(`SELECT count(*)::int FROM ${table}`)).toBe(0);
      await observer.rows(`DROP TABLE ${table}`);
    });
  });

  test("copyFrom() and copyTo() cancelled at any wait leave the connection usable", { timeout: 60_000 }, async () => {
    const application = uniqueName();
    await using observer = await Observer.connect();
    const seen = { result: 0, cancelled: 0 };
    const waits = await sweepWaits(async (attempt) => {
      await using pool = await createPool(postgresUrl, { maxSize: 1, applicationName: application });
      await using connection = await pool.acquire();
      await connection.query("CREATE TEMP TABLE t (a int)");
      async function* source(): AsyncGenerator<readonly unknown[]> {
        for (let i = 0; i < 3; i++) {
          await sleep(1);
          yield [i];
        }
      }
      const outcome = await attempt(async () => {
        await connection.copyFrom("COPY t FROM STDIN", source());
        let count = 0;
        for await (const _ of connection.copyTo("COPY (SELECT generate_series(1, 20000)) TO STDOUT")) {
          if (++count === 10_000) break;
        }
      });
      seen[outcome]++;
      expect([0, 3]).toContain(await connection.queryValue("SELECT count(*)::int FROM t"));
      expect(await observer.busy(application)).toEqual([]);
      expect(await observer.sessions(application)).toBe(1);
    });
    expect(waits).toBeGreaterThan(8);
    // How much comes at a time, and so the number of waits, is not the same each time.
    expect(seen.cancelled).toBeGreaterThan(8);
    await expect.poll(sockets).toBe(1);
  });

  test("copyTo() that is read slowly makes the server wait", async () => {
    await using observer = await Observer.connect();
    await run(async () => {
      await using connection = await connect(postgresUrl);
      const { processId } = connection;
      let count = 0;
      for await (const chunk of connection.copyTo(
        "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 50000)) TO STDOUT",
      )) {
        count += chunk.length;
        if (count !== 1_001_000) continue;
        await expect
          .poll(async () => await observer.value("SELECT wait_event FROM pg_stat_activity WHERE pid = $1", [processId]))
          .toBe("ClientWrite");
      }
      expect(count).toBe(50_050_000);
    });
  });

  test("copyFrom() takes a text as a whole, and refuses what can't be iterated", async () => {
    await run(async () => {
      await using connection = await connect(postgresUrl);
      await connection.query("CREATE TEMP TABLE t (a int, b text)");
      expect(await connection.copyFrom("COPY t FROM STDIN", "1\tone\n2\ttwo\n")).toBe(2);
      expect(await connection.queryValue("SELECT b FROM t WHERE a = 2")).toBe("two");
      expect(() => connection.copyFrom("COPY t FROM STDIN", null as never)).toThrow(
        "copyFrom() needs what can be iterated, got null",
      );
    });
  });

  test("copyTo() that is stopped when the server has sent all does not end as if that were all", async () => {
    await using proxy = await Proxy.to(postgresUrl, 5432);
    await run(async () => {
      await using connection = await connect(proxy.url);
      await connection.query("SELECT 1");
      const lines = connection.copyTo("COPY (SELECT 'a line') TO STDOUT", { timeoutMs: 50 });
      const goOn = proxy.holdReplies();
      const waiting = createTask(async () => await lines.next());
      await expect.poll(() => proxy.connections).toBe(2);
      await expect.poll(() => proxy.open).toBe(1);
      goOn();
      await expect(async () => await waiting).rejects.toThrow(TimeoutError);
      expect(await connection.queryValue("SELECT 2")).toBe(2);
    });
  });
});
