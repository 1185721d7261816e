import { InterfaceError, ProgrammingError } from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/sqlite";
import { run } from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { Directory } from "./support/directory.ts";

const memory = "sqlite::memory:";

describe.each(["thread", "process"] as const)("SQLite in a %s: statements", (isolation) => {
  test("query() gives rows, their columns in order and their number", async () => {
    await run(async () => {
      await using connection = await connect(memory, { isolation });
      expect(
        await connection.query("SELECT 1 AS one, 'zwei' AS two, NULL AS three UNION ALL SELECT 2.5, '', 0"),
      ).toEqual({
        rows: [
          { one: 1, two: "zwei", three: null },
          { one: 2.5, two: "", three: 0 },
        ],
        rowCount: 2,
        fields: [{ name: "one" }, { name: "two" }, { name: "three" }],
      });
    });
  });

  test("query() tells how many rows were changed and which id was made, and neither for what changes no rows", async () => {
    await run(async () => {
      await using connection = await connect(memory, { isolation });
      await connection.query("CREATE TABLE t (id INTEGER PRIMARY KEY, n INT)");
      expect(await connection.query("INSERT INTO t (n) VALUES (1), (2)")).toMatchObject({ rowCount: 2, insertId: 2 });
      expect(await connection.query("CREATE TABLE other (id)")).toEqual({ rows: [], rowCount: 0, fields: [] });
      expect(await connection.query("UPDATE t SET n = 0")).toEqual({ rows: [], rowCount: 2, fields: [] });
      expect(await connection.query("DELETE FROM t WHERE id = 7")).toEqual({ rows: [], rowCount: 0, fields: [] });
      expect(await connection.query("INSERT INTO t (n) VALUES (3) RETURNING id")).toMatchObject({ rows: [{ id: 3 }] });
      const insert = "/* c */ WITH x AS (SELECT 5 AS n) INSERT INTO t (n) SELECT n FROM x";
      expect(await connection.query(insert)).toMatchObject({ rowCount: 1, insertId: 4 });
    });
  });

  test("query() takes and gives every value of SQLite unchanged", async () => {
    await run(async () => {
      await using connection = await connect(memory, { isolation });
      const bytes = Buffer.from("a longer buffer").subarray(2, 6);
      const values = [null, 0, -1.5, 2 ** 53 - 1, 2n ** 63n - 1n, -(2n ** 63n), "", "ä\u{1F600}b", Infinity];
      for (const value of values) expect(await connection.queryValue("SELECT ?", [value])).toBe(value);
      // node:sqlite of Node 22 cuts a text at its first NUL.
      if (Number.parseInt(process.versions.node, 10) >= 24)
        expect(await connection.queryValue("SELECT ?", ["a\0b"])).toBe("a\0b");
      expect(await connection.queryValue("SELECT ?", [12n])).toBe(12);
      expect(await connection.queryValue("SELECT ?", [true])).toBe(1);
      expect(await connection.queryValue("SELECT ?", [false])).toBe(0);
      expect(await connection.queryValue("SELECT ?", [NaN])).toBe(null);
      expect(await connection.queryValue("SELECT ?", [bytes])).toEqual(new Uint8Array(bytes));
      expect(await connection.queryValue("SELECT ?", [new Uint8Array()])).toEqual(new Uint8Array());
      expect(await connection.queryValue("SELECT length(?)", [new Uint8Array(3_000_000)])).toBe(3_000_000);
    });
  });
});

describe("SQLite: parameters", () => {
  test("query() refuses what SQLite has no value for, and says what to do", async () => {
    await run(async () => {
      await using connection = await connect(memory);
      for (const [value, message] of [
        [new Date(0), "parameter 1 is a Date: SQLite has no dates"],
        [undefined, "parameter 1 is undefined: for NULL give null"],
        [[1], "parameter 1 is an array"],
        [2n ** 64n, "64 bits"],
        [() => 1, "parameter 1 is a function"],
        [new Map(), "parameter 1 is an object"],
        [{ name: new Date(0) }, "parameter name is a Date"],
      ] as const) {
        await expect(async () => await connection.query("SELECT ?", [value])).rejects.toThrow(message);
      }
      expect(await connection.queryValue("SELECT 1")).toBe(1);
    });
  });

  test("query() takes named parameters as an object in the first place", async () => {
    await run(async () => {
      await using connection = await connect(memory);
      const sql = "SELECT :name AS name, @age AS age, $born AS other, ? AS last";
      expect(await connection.queryRow(sql, [{ name: "Ada", age: 36, $born: "Byron" }, true])).toEqual({
        name: "Ada",
        age: 36,
        other: "Byron",
        last: 1,
      });
    });
  });

  test("query() with parameters that do not fit the placeholders is a ProgrammingError", async () => {
    await run(async () => {
      await using connection = await connect(memory);
      for (const [sql, parameters, message] of [
        ["SELECT ?, ?", [1], "2 placeholders, and 1 parameters"],
        ["SELECT ?", [1, 2], "1 placeholders, and 2 parameters"],
        ["SELECT 1", [1], "0 placeholders, and 1 parameters"],
        ["SELECT ?3", [1, 2], "3 placeholders, and 2 parameters"],
        ['SELECT \'?\', "a?" AS [b?] -- ?\n /* ? */ FROM (SELECT 1 AS `a?`, 2 AS "a?")', [1], "0 placeholders"],
        ["SELECT :a, :b", [{ a: 1 }], "a placeholder b, and no parameter of that name"],
        ["SELECT :a", [{ a: 1, b: 2 }], "Unknown named parameter 'b'"],
        ["SELECT :a, ?", [{ a: 1 }], "1 placeholders without a name, and 0"],
      ] as const) {
        const error = await connection.query(sql, parameters).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error).toBeInstanceOf(ProgrammingError);
        expect((error as Error).message).toContain(message);
      }
    });
  });

  test("query() refuses a text with more than one statement, or none", async () => {
    await run(async () => {
      await using connection = await connect(memory);
      await expect(async () => await connection.query("SELECT 1; SELECT 2")).rejects.toThrow("more than one statement");
      await expect(async () => await connection.query(" -- nothing\n;")).rejects.toThrow("no statement");
      expect(await connection.queryValue("SELECT 1; -- and no more\n /* really */ ;")).toBe(1);
    });
  });
});

describe("SQLite: many statements", () => {
  test("executeMany() runs a statement for each list in one transaction, and counts what was changed", async () => {
    await run(async () => {
      await using pool = await createPool(memory);
      await pool.query("CREATE TABLE t (id INTEGER PRIMARY KEY, n INT)");
      const lists = Array.from({ length: 2_500 }, (_, id) => [id, id % 7]);
      expect(await pool.executeMany("INSERT INTO t VALUES (?, ?)", lists)).toBe(2_500);
      expect(await pool.queryRow("SELECT count(*) AS c, sum(n) AS s FROM t")).toEqual({ c: 2_500, s: 7_497 });
      const wrong = [
        [10_000, 1],
        [1, 1],
      ];
      await expect(async () => await pool.executeMany("INSERT INTO t VALUES (?, ?)", wrong)).rejects.toThrow("UNIQUE");
      expect(await pool.queryValue("SELECT count(*) FROM t")).toBe(2_500);
      expect(await pool.executeMany("UPDATE t SET n = 0 WHERE id < :id", [[{ id: 3 }], [{ id: 5 }]])).toBe(8);
      expect(await pool.executeMany("INSERT INTO t VALUES (?, ?)", [])).toBe(0);
    });
  });

  test("executeScript() runs statement after statement, up to the first that fails", async () => {
    await run(async () => {
      await using connection = await connect(memory);
      await connection.executeScript(`
        CREATE TABLE t (n); -- one; two
        CREATE TRIGGER twice AFTER INSERT ON t WHEN new.n = 1 BEGIN INSERT INTO t VALUES (';'); SELECT 1; END;
        INSERT INTO t VALUES (1);
        SELECT * FROM t;
      `);
      expect((await connection.query("SELECT n FROM t")).rows).toEqual([{ n: 1 }, { n: ";" }]);
      const failing = "INSERT INTO t VALUES (2); INSERT INTO nothing VALUES (1); INSERT INTO t VALUES (3)";
      await expect(async () => await connection.executeScript(failing)).rejects.toThrow(ProgrammingError);
      expect(await connection.queryValue("SELECT group_concat(n) FROM t")).toBe("1,;,2");
    });
  });

  test("prepare() refuses a wrong statement, and gives one that may be run often", async () => {
    await run(async () => {
      await using connection = await connect(memory);
      await expect(async () => await connection.prepare("SELEC 1")).rejects.toThrow('near "SELEC": syntax error');
      await using prepared = await connection.prepare("SELECT ? * 2 AS twice");
      for (const n of [1, 2, 3]) expect(await prepared.queryValue([n])).toBe(2 * n);
    });
  });

  test("query() sees the columns that a table got meanwhile from another connection", async () => {
    using directory = new Directory();
    await run(async () => {
      await using first = await connect(directory.url());
      await using second = await connect(directory.url());
      await first.executeScript("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
      expect(await second.queryRow("SELECT * FROM t")).toEqual({ a: 1 });
      await first.query("ALTER TABLE t ADD COLUMN b DEFAULT 2");
      expect(await second.queryRow("SELECT * FROM t")).toEqual({ a: 1, b: 2 });
      await first.query("ALTER TABLE t RENAME COLUMN b TO c");
      expect(await second.queryRow("SELECT * FROM t")).toEqual({ a: 1, c: 2 });
    });
  });

  test("query() compiles again what it has forgotten: statementCacheSize", async () => {
    await run(async () => {
      for (const statementCacheSize of [0, 2]) {
        await using connection = await connect(memory, { statementCacheSize });
        for (let i = 0; i < 20; i++) expect(await connection.queryValue(`SELECT ${i % 5}`)).toBe(i % 5);
      }
    });
  });

  test("query() while another is in progress is an InterfaceError", async () => {
    await run(async () => {
      await using connection = await connect(memory);
      const first = connection.query("SELECT 1 AS n").then(({ rows }) => rows);
      await expect(async () => await connection.query("SELECT 2")).rejects.toThrow(InterfaceError);
      expect(await first).toEqual([{ n: 1 }]);
    });
  });
});
