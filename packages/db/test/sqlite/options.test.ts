import { existsSync, writeFileSync } from "node:fs";
import { createPool as createAnyPool } from "@asyncio-ts/db";
import { connect, createPool, type SqliteOptions } from "@asyncio-ts/db/sqlite";
import { createTask, run, sleep } from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { Directory } from "./support/directory.ts";

describe("SQLite: how a database is opened", () => {
  test.each([
    ["postgres://x", "begins with sqlite:"],
    ["sqlite:", "names no file"],
    ["sqlite:///", "names no file"],
    ["sqlite://host/file.db", "names a host"],
    ["sqlite:file.db?mode=ro", "second argument"],
    ["sqlite:%", "written %25"],
  ])("connect() refuses %s and says what is wrong", (url, message) => {
    expect(() => connect(url)).toThrow(message);
  });

  test.each([
    [{ journalMode: "fast" }, "journalMode must be one of"],
    [{ synchronous: "maybe" }, "synchronous must be one of"],
    [{ isolation: "none" }, 'isolation must be one of "thread", "process"'],
    [{ busyTimeoutMs: -1 }, "busyTimeoutMs must not be negative"],
    [{ readOnly: 1 }, "readOnly must be a boolean"],
    [{ pragmas: { "a; b": 1 } }, "no name of a PRAGMA"],
    [{ pragmas: { cache_size: null } }, "cache_size must be a string"],
    [{ functions: "./relative.ts" }, "functions must be the URL of a module"],
  ])("connect() refuses the options %j", (options, message) => {
    expect(() => connect("sqlite::memory:", options as SqliteOptions)).toThrow(message);
  });

  test("createPool() of a database in memory has one connection, which it never gives up", async () => {
    expect(() => createPool("sqlite::memory:", { maxSize: 2 })).toThrow("maxSize must be 1");
    await run(async () => {
      await using pool = await createAnyPool("sqlite::memory:", { maxInactiveConnectionLifetimeMs: 1, maxQueries: 1 });
      await pool.query("CREATE TABLE t (n)");
      await sleep(5);
      expect(await pool.queryValue("SELECT count(*) FROM t")).toBe(0);
    });
  });

  test("connect() sets what the options say, on each connection", async () => {
    using directory = new Directory();
    await run(async () => {
      const pragmas = { cache_size: -500, temp_store: "memory", recursive_triggers: true };
      await using own = await connect(directory.url("a ä?.db".replace("?", "%3F")), {
        journalMode: "truncate",
        synchronous: "normal",
        foreignKeys: false,
        pragmas,
      });
      const read = async (name: string) => await own.queryValue(`PRAGMA ${name}`);
      expect([await read("journal_mode"), await read("synchronous"), await read("foreign_keys")]).toEqual([
        "truncate",
        1,
        0,
      ]);
      expect([await read("cache_size"), await read("temp_store"), await read("recursive_triggers")]).toEqual([
        -500, 2, 1,
      ]);
      expect(existsSync(directory.file("a ä?.db"))).toBe(true);
      await using usual = await connect(directory.url());
      const usually = async (name: string) => await usual.queryValue(`PRAGMA ${name}`);
      expect([await usually("journal_mode"), await usually("synchronous"), await usually("foreign_keys")]).toEqual([
        "wal",
        2,
        1,
      ]);
      await expect(async () => await usual.query("SELECT load_extension('x')")).rejects.toThrow("not authorized");
    });
  });

  test("connect() with readOnly reads what is there and refuses every change", async () => {
    using directory = new Directory();
    await run(async () => {
      await using writer = await connect(directory.url());
      await writer.executeScript("CREATE TABLE t (n); INSERT INTO t VALUES (1)");
      await using reader = await connect(directory.url(), { readOnly: true });
      expect(await reader.queryValue("SELECT n FROM t")).toBe(1);
      await expect(async () => await reader.query("INSERT INTO t VALUES (2)")).rejects.toMatchObject({
        code: "SQLITE_READONLY",
      });
    });
  });

  test("connect() fails with what a module of functions throws, or is not there for", async () => {
    using directory = new Directory();
    writeFileSync(directory.file("functions.mjs"), "throw new Error('not today')");
    await run(async () => {
      for (const [name, message] of [
        ["functions.mjs", "not today"],
        ["none.mjs", "Cannot find module"],
      ] as const) {
        const functions = new URL(`file://${directory.file(name)}`);
        await expect(async () => await connect("sqlite::memory:", { functions })).rejects.toThrow(message);
      }
    });
  });
});

describe("SQLite: backups", () => {
  test("backup() copies a database in steps while another connection writes, and tells how far it is", async () => {
    using directory = new Directory();
    await run(async () => {
      await using pool = await createPool(directory.url());
      await pool.query("CREATE TABLE t (b)");
      await pool.executeMany(
        "INSERT INTO t VALUES (zeroblob(4000))",
        Array.from({ length: 50 }, () => []),
      );
      await using connection = await pool.acquire();
      const remaining: number[] = [];
      const backup = createTask(
        async () =>
          await connection.backup(directory.file("copy.db"), {
            pagesPerStep: 10,
            progress: ({ remainingPages }) => remaining.push(remainingPages),
          }),
      );
      await pool.query("INSERT INTO t VALUES (1)");
      expect(await backup).toBeGreaterThan(50);
      expect(remaining.length).toBeGreaterThan(3);
      await using copy = await connect(directory.url("copy.db"));
      expect(await copy.queryValue("SELECT count(*) FROM t")).toBeGreaterThanOrEqual(50);
      await expect(async () => await connection.backup(directory.file("none/copy.db"))).rejects.toMatchObject({
        name: "OperationalError",
      });
      expect(await connection.queryValue("SELECT count(*) FROM t")).toBe(51);
    });
  });

  test("backup() ends with what its progress function throws", async () => {
    using directory = new Directory();
    await run(async () => {
      await using connection = await connect(directory.url());
      await connection.query("CREATE TABLE t (b)");
      await connection.executeMany(
        "INSERT INTO t VALUES (zeroblob(4000))",
        Array.from({ length: 300 }, () => []),
      );
      const calls: number[] = [];
      const progress = ({ remainingPages }: { remainingPages: number }): never => {
        calls.push(remainingPages);
        throw new RangeError("enough");
      };
      const backup = async () => await connection.backup(directory.file("copy.db"), { pagesPerStep: 1, progress });
      await expect(backup).rejects.toThrow(RangeError);
      expect(calls.at(-1)).toBeGreaterThan(0);
      expect(await connection.queryValue("SELECT count(*) FROM t")).toBe(300);
    });
  });

  test("backup() is stopped between two steps when its task is cancelled", async () => {
    using directory = new Directory();
    await run(async () => {
      await using connection = await connect(directory.url());
      await connection.query("CREATE TABLE t (b)");
      await connection.executeMany(
        "INSERT INTO t VALUES (zeroblob(4000))",
        Array.from({ length: 300 }, () => []),
      );
      const steps: number[] = [];
      const task = createTask(
        async () =>
          await connection.backup(directory.file("copy.db"), {
            pagesPerStep: 1,
            progress: ({ remainingPages }) => {
              steps.push(remainingPages);
              task.cancel();
            },
          }),
      );
      await expect(async () => await task).rejects.toThrow();
      expect(task.cancelled()).toBe(true);
      expect(steps.at(-1)).toBeGreaterThan(0);
      expect(await connection.queryValue("SELECT count(*) FROM t")).toBe(300);
    });
  });
});
