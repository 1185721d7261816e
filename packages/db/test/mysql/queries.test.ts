import { InterfaceError, ProgrammingError } from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/mysql";
import { coroutine, createTask, run, sleep, ValueError } from "asyncio-ts";
import { expect, test } from "vitest";
import { describeMysql, mysqlUrl } from "../support/servers.ts";

await describeMysql("MySQL: statements", () => {
  test("query() gives the rows, their count and the columns", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      const result = await connection.query("SELECT seq AS n, 'x' AS s FROM seq_1_to_3 WHERE seq > ?", [1]);
      expect(result.rows).toEqual([
        { n: 2, s: "x" },
        { n: 3, s: "x" },
      ]);
      expect(result.rowCount).toBe(2);
      expect(result.fields.map(({ name }) => name)).toEqual(["n", "s"]);
    });
  });

  test("query() can be written with yield*", async () => {
    const main = coroutine(function* () {
      const connection = yield* connect(mysqlUrl);
      try {
        return [
          yield* connection.queryValue("SELECT ?", ["a"]),
          yield* connection.queryRow("SELECT 1 AS n WHERE FALSE"),
        ];
      } finally {
        yield* connection.close();
      }
    });
    expect(await run(main())).toEqual(["a", null]);
  });

  test("query() gives insertId and the count of changed rows", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      await connection.query("CREATE TEMPORARY TABLE t (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, s TEXT)");
      const first = await connection.query("INSERT INTO t (s) VALUES ('a'), ('b')");
      expect(first).toMatchObject({ insertId: 1, rowCount: 2, rows: [], fields: [] });
      const update = await connection.query("UPDATE t SET s = 'c'");
      expect(update.rowCount).toBe(2);
      expect("insertId" in update).toBe(false);
      await connection.query("INSERT INTO t (id) VALUES (?)", [2n ** 64n - 6n]);
      expect((await connection.query("INSERT INTO t (s) VALUES ('d')")).insertId).toBe(2n ** 64n - 5n);
    });
  });

  test("query() quotes the parameters, lists too, in every sql_mode", async () => {
    const evil = `\\' OR 1=1 -- "\0\n`;
    await run(async () => {
      for (const mode of ["", "ANSI", "NO_BACKSLASH_ESCAPES"]) {
        await using connection = await connect(mysqlUrl, { serverSettings: { sql_mode: mode } });
        expect(await connection.queryValue("SELECT ?", [evil])).toBe(evil);
      }
      await using connection = await connect(mysqlUrl);
      await connection.query("SET sql_mode = 'NO_BACKSLASH_ESCAPES'");
      expect(await connection.queryValue("SELECT ?", [evil])).toBe(evil);
      await connection.query("SET sql_mode = ''");
      expect(await connection.queryValue("SELECT COUNT(*) FROM seq_1_to_9 WHERE seq IN (?)", [[2, 3, 99]])).toBe(2);
    });
  });

  test.each([
    ["undefined", undefined, "parameter 2 is undefined: for NULL give null"],
    ["a plain object", {}, "parameter 2 is an object: for JSON give JSON.stringify(value)"],
    ["NaN", Number.NaN, "parameter 2 is NaN"],
    ["an invalid Date", new Date(Number.NaN), "parameter 2 is an invalid Date"],
    ["a function", () => 1, "parameter 2 is a function"],
    ["undefined in a list", [1, undefined], "parameter 2 is undefined"],
  ])("query() refuses %s as a parameter", async (_, value, message) => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      const wrong = async () => await connection.query("SELECT ?, ?", [1, value]);
      await expect(wrong()).rejects.toThrow(message);
      await expect(wrong()).rejects.toThrow(TypeError);
      expect(await connection.queryValue("SELECT 1")).toBe(1);
    });
  });

  test("query() keeps values whole: numbers, dates, bytes, JSON", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      const when = new Date("2024-03-31T02:30:00.123Z");
      await connection.query(
        "CREATE TEMPORARY TABLE t (big BIGINT UNSIGNED, dec1 DECIMAL(30,10), d DATETIME(3), ts TIMESTAMP(3), b BLOB, j JSON, e VARCHAR(9), n INT)",
      );
      const values = [
        2n ** 64n - 1n,
        "12345678901234567890.5",
        when,
        when,
        Buffer.from([0, 255]),
        '{"a":[1]}',
        "😀",
        null,
      ];
      await connection.query("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values);
      await using insert = await connection.prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
      await insert.query(values);
      const expected = {
        big: "18446744073709551615",
        dec1: "12345678901234567890.5000000000",
        d: when,
        ts: when,
        b: Buffer.from([0, 255]),
        j: { a: [1] },
        e: "😀",
        n: null,
      };
      expect((await connection.query("SELECT * FROM t")).rows).toEqual([expected, expected]);
      await using select = await connection.prepare("SELECT * FROM t");
      expect((await select.query()).rows).toEqual([expected, expected]);
    });
  });

  test.each(["Z", "+05:30"])("connect() with timezone %s has it for the session and for Dates", async (timezone) => {
    await run(async () => {
      await using connection = await connect(`${mysqlUrl}?timezone=${timezone}`);
      const now = await connection.queryValue<Date>("SELECT NOW(3)");
      expect(Math.abs(now!.getTime() - Date.now())).toBeLessThan(5_000);
      expect(await connection.queryValue("SELECT @@time_zone")).toBe(timezone === "Z" ? "+00:00" : timezone);
      const when = new Date("2024-01-01T00:00:00Z");
      expect(await connection.queryValue("SELECT UNIX_TIMESTAMP(?)", [when])).toBe("1704067200.000");
    });
  });

  test("query() and prepare() take any Uint8Array as bytes, and whole numbers after LIMIT", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      const bytes = new Uint8Array([9, 0, 200, 255]).subarray(1);
      const sql = "SELECT HEX(?) AS h, seq FROM seq_1_to_9 LIMIT ?";
      await using prepared = await connection.prepare(sql);
      for (const { rows } of [await connection.query(sql, [bytes, 2]), await prepared.query([bytes, 2])]) {
        expect(rows).toEqual([
          { h: "00C8FF", seq: 1 },
          { h: "00C8FF", seq: 2 },
        ]);
      }
    });
  });

  test("query() gives all results of a procedure, the first as its own", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      await connection.query(
        "CREATE OR REPLACE PROCEDURE asyncio_ts_several() BEGIN SELECT 1 AS a; SELECT 2 AS b; END",
      );
      const result = await connection.query("CALL asyncio_ts_several()");
      expect(result.rows).toEqual([{ a: 1 }]);
      expect(result.more?.map(({ rows }) => rows)).toEqual([[{ b: 2 }], []]);
      await connection.query("DROP PROCEDURE asyncio_ts_several");
    });
  });

  test("query() refuses several statements in one", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      await expect(connection.query("SELECT 1; SELECT 2")).rejects.toThrow(ProgrammingError);
    });
  });

  test("query() raises an InterfaceError while another is in progress", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      const task = createTask(async () => await connection.queryValue("SELECT SLEEP(0.05)"));
      await sleep(0);
      await expect(async () => await connection.query("SELECT 1")).rejects.toThrow(InterfaceError);
      expect(await task).toBe(0);
    });
  });

  test("prepare() runs a statement as often as wanted, and counts the parameters", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      await using first = await connection.prepare("SELECT ? + 1 AS n");
      const second = await connection.prepare("SELECT ? + 1 AS n");
      expect(await first.queryValue([1])).toBe(2);
      await second.close();
      expect(await first.queryRow([2])).toEqual({ n: 3 });
      await expect(first.query([])).rejects.toThrow("the statement has 1 placeholders, got 0 parameters");
      await expect(first.query([[1]])).rejects.toThrow("a prepared statement has no lists");
      await expect(second.query([1])).rejects.toThrow(InterfaceError);
      await expect(connection.prepare("SELEKT")).rejects.toThrow(ProgrammingError);
    });
  });

  test("executeMany() changes all rows or none", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      await connection.query("CREATE TEMPORARY TABLE t (id INT PRIMARY KEY) ENGINE = InnoDB");
      const list = Array.from({ length: 100 }, (_, i) => [i]);
      expect(await connection.executeMany("INSERT INTO t VALUES (?)", list)).toBe(100);
      await expect(connection.executeMany("INSERT INTO t VALUES (?)", [[200], [0]])).rejects.toThrow("Duplicate entry");
      expect(await connection.queryValue("SELECT COUNT(*) FROM t")).toBe(100);
    });
  });

  test("createPool() takes a Unix socket", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      const path = await connection.queryValue<string>("SELECT @@socket");
      const { hostname, username } = new URL(mysqlUrl);
      if (!["127.0.0.1", "localhost"].includes(hostname)) return;
      await using pool = await createPool(`mysql://${username}@localhost/test?socketPath=${encodeURIComponent(path!)}`);
      expect(await pool.queryValue("SELECT USER()")).toMatch(/@localhost$/);
    });
  });

  test.each([
    ["postgres://x/y", {}, "mysql://user:password@host:3306/database"],
    [`${mysqlUrl}?charset=latin1`, {}, "accepted are socketPath"],
    [mysqlUrl, { timezone: "Europe/Berlin" }, "timezone must be"],
    [mysqlUrl, { serverSettings: { "a b": 1 } }, "no variable's name"],
    [mysqlUrl, { serverSettings: { sql_mode: "\\" } }, "sql_mode must be"],
    ["mysql://root@127.0.0.1/test", { ssl: true }, "certificates are checked against names"],
    [mysqlUrl, { mysql2: { multipleStatements: true } }, "multipleStatements can't be set"],
  ])("createPool() refuses %s with %o", (url, options, message) => {
    expect(() => createPool(url, options as object)).toThrow(ValueError);
    expect(() => createPool(url, options as object)).toThrow(message);
  });
});
