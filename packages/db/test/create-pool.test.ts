import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createPool } from "@asyncio-ts/db";
import { createPool as createMysqlPool } from "@asyncio-ts/db/mysql";
import { createPool as createPostgresPool } from "@asyncio-ts/db/postgres";
import { ValueError } from "asyncio-ts";
import { expect, test } from "vitest";

test("createPool() refuses a URL of no database that it knows", () => {
  const refusal = "the URL must begin with one of postgres, postgresql, mysql, mariadb, sqlite and a colon, got ";
  for (const [url, scheme] of [
    ["oracle://root:secret@db", "oracle"],
    ["postgres", ""],
    ["sqlite3", ""],
    ["constructor:x", "constructor"],
  ] as const) {
    expect(() => createPool(url)).toThrow(new ValueError(`createPool(): ${refusal}"${scheme}"`));
  }
  expect(() => createPool(5 as never)).toThrow("createPool() needs a URL, got number");
});

test("createPool() says where Redis's is", () => {
  for (const url of ["redis://localhost", "rediss://localhost:6380/1"]) {
    expect(() => createPool(url)).toThrow(
      new ValueError('createPool(): Redis has a pool of its own kind: import createPool from "@asyncio-ts/db/redis"'),
    );
  }
});

test("createPool() of a driver refuses the URL of another, without telling the password", () => {
  expect(() => createPostgresPool("mysql://root:secret@localhost/test")).toThrow(
    new ValueError("the URL must begin with postgres: or postgresql:, as postgres://user@host/database"),
  );
  expect(() => createMysqlPool("postgres://localhost/test")).toThrow(ValueError);
});

test.each([
  ["postgres://localhost/test", "pg", "pg pg-cursor"],
  ["postgres://localhost/test", "pg-cursor", "pg pg-cursor"],
  ["mysql://localhost/test", "mysql2", "mysql2"],
])("createPool() says what to install: %s without %s", async (url, missing, needed) => {
  const program = fileURLToPath(new URL("./fixtures/without-driver.ts", import.meta.url));
  const args = [...process.execArgv, "--conditions=@asyncio-ts/source", program, url, missing];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toBe(`createPool(): the driver of this database is not installed: npm install ${needed}\n1\n`);
});
