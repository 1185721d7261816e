import { expect, test } from "vitest";
import { isDroppable, leavesSession, mayHaveMoved } from "../../src/mysql/statement-kind.ts";

test.each([
  ["SELECT 1", true],
  ["  (select 1) union select 2", true],
  ["/* a ** comment */ -- more\n# and more\nSELECT 1", true],
  ["--\nINSERT INTO t VALUES (1)", true],
  ["WITH a AS (SELECT 1) SELECT * FROM a", true],
  ["REPLACE INTO t VALUES (1)", true],
  ["START TRANSACTION", true],
  ["", false],
  ["SET @a = 1", false],
  ["SELECT @a := 1", false],
  ["SELECT get_lock ('a', 1)", false],
  ["/*!50000 SET sql_mode = '' */", false],
  ["/*M! SET sql_mode = '' */", false],
  ["BEGIN NOT ATOMIC SET sql_mode = ''; END", false],
  ["CALL p()", false],
  ["--SELECT 1", false],
])("leavesSession(%j) is %s", (sql, expected) => {
  expect(leavesSession(sql)).toBe(expected);
});

test("leavesSession() takes no time for what is made to take long", () => {
  const started = performance.now();
  leavesSession(`${"/* a */ ".repeat(10_000)}1`);
  leavesSession(`/*${"*".repeat(100_000)}`);
  expect(performance.now() - started).toBeLessThan(200);
});

test("isDroppable() is for reads and DO", () => {
  expect(isDroppable("SELECT SLEEP(1)", true)).toBe(true);
  expect(isDroppable("DO SLEEP(1)", false)).toBe(true);
  expect(isDroppable("INSERT INTO t VALUES (1) RETURNING id", true)).toBe(false);
  expect(isDroppable("WITH a AS (SELECT 1) UPDATE t SET n = 1", false)).toBe(false);
});

test("mayHaveMoved() is for procedures and definitions", () => {
  expect(mayHaveMoved("CALL p()")).toBe(true);
  expect(mayHaveMoved("CREATE TABLE t (n INT)")).toBe(true);
  expect(mayHaveMoved("UPDATE t SET n = 1")).toBe(false);
});
