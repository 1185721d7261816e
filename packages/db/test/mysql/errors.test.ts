import {
  type DatabaseError,
  DataError,
  IntegrityError,
  InternalError,
  NotSupportedError,
  OperationalError,
  ProgrammingError,
  QueryCancelledError,
} from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/mysql";
import { run } from "asyncio-ts";
import { expect, test } from "vitest";
import { describeMysql, mysqlUrl } from "../support/servers.ts";

const SETUP = [
  "DROP TABLE IF EXISTS asyncio_ts_child, asyncio_ts_parent",
  "CREATE TABLE asyncio_ts_parent (id INT PRIMARY KEY, s VARCHAR(3) NOT NULL, n TINYINT, d DATE, CONSTRAINT positive CHECK (n > 0), UNIQUE KEY unique_s (s)) ENGINE = InnoDB",
  "CREATE TABLE asyncio_ts_child (parent INT, CONSTRAINT has_parent FOREIGN KEY (parent) REFERENCES asyncio_ts_parent (id)) ENGINE = InnoDB",
  "INSERT INTO asyncio_ts_parent VALUES (1, 'a', 1, NULL)",
  "INSERT INTO asyncio_ts_child VALUES (1)",
];

const CASES: readonly [string, typeof DatabaseError, object][] = [
  [
    "INSERT INTO asyncio_ts_parent VALUES (2, 'a', 1, NULL)",
    IntegrityError,
    { sqlState: "23000", code: "ER_DUP_ENTRY", constraint: "unique_s" },
  ],
  [
    "INSERT INTO asyncio_ts_child VALUES (9)",
    IntegrityError,
    { code: "ER_NO_REFERENCED_ROW_2", schema: "test", table: "asyncio_ts_child", constraint: "has_parent" },
  ],
  ["DELETE FROM asyncio_ts_parent", IntegrityError, { code: "ER_ROW_IS_REFERENCED_2", constraint: "has_parent" }],
  ["INSERT INTO asyncio_ts_parent VALUES (2, NULL, 1, NULL)", IntegrityError, { sqlState: "23000", column: "s" }],
  ["INSERT INTO asyncio_ts_parent VALUES (2, 'b', 0, NULL)", IntegrityError, { constraint: "positive" }],
  ["INSERT INTO asyncio_ts_parent VALUES (2, 'long', 1, NULL)", DataError, { sqlState: "22001", column: "s" }],
  ["INSERT INTO asyncio_ts_parent VALUES (2, 'b', 300, NULL)", DataError, { sqlState: "22003", column: "n" }],
  ["INSERT INTO asyncio_ts_parent VALUES (2, 'b', 1, 'never')", DataError, { sqlState: "22007" }],
  [
    "INSERT INTO asyncio_ts_parent (id, s, n) VALUES (2, 'b', 'x')",
    DataError,
    { code: "ER_TRUNCATED_WRONG_VALUE_FOR_FIELD" },
  ],
  ["SELEKT", ProgrammingError, { sqlState: "42000", code: "ER_PARSE_ERROR" }],
  ["SELECT * FROM asyncio_ts_nowhere", ProgrammingError, { sqlState: "42S02", table: "asyncio_ts_nowhere" }],
  ["SELECT nothing FROM asyncio_ts_parent", ProgrammingError, { sqlState: "42S22" }],
  ["CREATE TABLE asyncio_ts_parent (id INT)", ProgrammingError, { sqlState: "42S01" }],
  ["SELECT (SELECT 1, 2)", ProgrammingError, { sqlState: "21000" }],
  ["CREATE TABLE asyncio_ts_x (id INT) ENGINE = nothing", NotSupportedError, { code: "ER_UNKNOWN_STORAGE_ENGINE" }],
  ["LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE asyncio_ts_parent", NotSupportedError, {}],
  ["SET STATEMENT max_statement_time = 0.01 FOR SELECT SLEEP(5) FROM seq_1_to_9", QueryCancelledError, {}],
  ["SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'my own'", OperationalError, { sqlState: "45000", message: "my own" }],
  ["SIGNAL SQLSTATE '25000' SET MESSAGE_TEXT = 'state'", InternalError, { sqlState: "25000" }],
];

await describeMysql("MySQL: errors", () => {
  test("query() raises the class that fits, with what the server tells", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      for (const sql of SETUP) await connection.query(sql);
      for (const [sql, type, details] of CASES) {
        const error = await connection.query(sql).then(
          () => null,
          (raised: unknown) => raised,
        );
        expect(error, sql).toBeInstanceOf(type);
        expect((error as Error).constructor, sql).toBe(type);
        expect(error, sql).toMatchObject({ query: sql, ...details });
      }
      await connection.query("DROP TABLE asyncio_ts_child, asyncio_ts_parent");
    });
  });

  test("query() does not tell the parameters in its error", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      const error = await connection.query("SELECT nothing, ?", ["secret"]).then(
        () => null,
        (raised: unknown) => raised as DatabaseError,
      );
      expect(error?.query).toBe("SELECT nothing, ?");
      expect(JSON.stringify({ ...error, ...(error?.cause as object) })).not.toContain("secret");
    });
  });

  test.each([
    ["a wrong password", { password: "wrong" }, OperationalError, "ER_ACCESS_DENIED_ERROR"],
    ["an unknown database", { pathname: "/asyncio_ts_nowhere" }, ProgrammingError, "ER_BAD_DB_ERROR"],
    ["an unknown host", { hostname: "nowhere.invalid" }, OperationalError, "ENOTFOUND"],
  ])("createPool() does not try again with %s", async (_, change, type, code) => {
    const url = new URL(mysqlUrl);
    Object.assign(url, change);
    await run(async () => {
      const error = await createPool(url.href, { minSize: 1 }).then(
        () => null,
        (raised: unknown) => raised,
      );
      expect(error).toBeInstanceOf(type);
      expect(error).toMatchObject({ code });
    });
  });
});
