import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { InternalError, OperationalError } from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/sqlite";
import { createTask, gather, run, sleep, wait } from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { children, Directory, endless, threads } from "./support/directory.ts";

const functions = new URL("./fixtures/sql-functions.ts", import.meta.url);

/** A program of the fixtures; its first line of output says that it is where it should be. */
async function start(name: string, ...args: string[]) {
  const path = fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, "--conditions=@asyncio-ts/source", path, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const ended = exited.then(([code, signal]) => Promise.reject(new Error(`${name} has ended: ${code ?? signal}`)));
  ended.catch(() => {});
  await Promise.race([once(child.stdout, "data"), ended]);
  return { child, exited };
}

describe("SQLite: locks", () => {
  test("query() fails with SQLITE_BUSY after busyTimeoutMs when another process has the lock, and gets it when that lets go", async () => {
    using directory = new Directory();
    await run(async () => {
      await using connection = await connect(directory.url(), { busyTimeoutMs: 30 });
      await connection.query("CREATE TABLE t (n)");
      const { child, exited } = await start("lock-holder.ts", directory.file());
      const insert = "INSERT INTO t VALUES (1)";
      const begun = performance.now();
      const error = await connection.query(insert).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(OperationalError);
      expect(error).toMatchObject({
        code: "SQLITE_BUSY",
        query: insert,
        message: expect.stringContaining("busyTimeoutMs"),
      });
      expect(performance.now() - begun).toBeGreaterThan(28);
      await using patient = await connect(directory.url(), { busyTimeoutMs: 30_000 });
      const waiting = createTask(async () => await patient.query(insert));
      await sleep(20);
      expect(waiting.done()).toBe(false);
      child.stdin.end();
      expect((await waiting).rowCount).toBe(1);
      await exited;
    });
  });

  test("connect() waits for a lock as statements do", async () => {
    using directory = new Directory();
    await run(async () => {
      const first = await connect(directory.url(), { journalMode: "delete" });
      await first.query("CREATE TABLE t (n)");
      await first.close();
      const { child, exited } = await start("lock-holder.ts", directory.file());
      // To change to WAL takes the lock.
      await expect(async () => await connect(directory.url(), { busyTimeoutMs: 10 })).rejects.toMatchObject({
        code: "SQLITE_BUSY",
      });
      const pool = createTask(async () => await createPool(directory.url(), { minSize: 1, busyTimeoutMs: 10 }));
      await sleep(50);
      expect(pool.done()).toBe(false);
      child.stdin.end();
      await exited;
      await using opened = await pool;
      expect(await opened.queryValue("PRAGMA journal_mode")).toBe("wal");
    });
  });
});

describe("SQLite: what breaks", () => {
  test("a constraint that is violated is an IntegrityError that says which", async () => {
    await run(async () => {
      await using pool = await createPool("sqlite::memory:");
      const connection = await pool.acquire();
      await connection.executeScript(`
        CREATE TABLE a (id INTEGER PRIMARY KEY, n INT NOT NULL UNIQUE, CONSTRAINT positive CHECK (n > 0));
        CREATE TABLE b (a_id REFERENCES a (id));
        CREATE UNIQUE INDEX expr ON a (n % 100);
        INSERT INTO a VALUES (1, 1);
      `);
      for (const [sql, details] of [
        ["INSERT INTO a VALUES (1, 2)", { code: "SQLITE_CONSTRAINT_PRIMARYKEY", table: "a", column: "id" }],
        ["INSERT INTO a VALUES (2, 1)", { code: "SQLITE_CONSTRAINT_UNIQUE", constraint: "expr" }],
        ["INSERT INTO a VALUES (2, NULL)", { code: "SQLITE_CONSTRAINT_NOTNULL", table: "a", column: "n" }],
        ["INSERT INTO a VALUES (2, -1)", { code: "SQLITE_CONSTRAINT_CHECK", constraint: "positive" }],
        ["INSERT INTO b VALUES (7)", { code: "SQLITE_CONSTRAINT_FOREIGNKEY" }],
        ["INSERT INTO a VALUES ('x', 2)", { code: "SQLITE_MISMATCH" }],
      ] as const) {
        await expect(async () => await connection.query(sql)).rejects.toMatchObject({
          name: "IntegrityError",
          query: sql,
          ...details,
        });
      }
      for (const sql of ["SELECT * FROM nothing", "SELEC", "SELECT nothing FROM a"]) {
        await expect(async () => await connection.query(sql)).rejects.toMatchObject({
          name: "ProgrammingError",
          code: "SQLITE_ERROR",
          query: sql,
        });
      }
      await pool.release(connection);
    });
  });

  test("a function in JavaScript that fails is an OperationalError with its error as the cause", async () => {
    await run(async () => {
      await using connection = await connect("sqlite::memory:", { functions });
      const error = await connection.query("SELECT fail('really')").then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(OperationalError);
      expect((error as Error).cause).toBeInstanceOf(RangeError);
      expect((error as Error).message).toContain("really");
      expect(await connection.queryValue("SELECT longest(column1) FROM (VALUES ('a'), ('ccc'), ('bb'))")).toBe("ccc");
    });
  });

  test("a file that is no database is an InternalError, a directory that is not there an OperationalError", async () => {
    using directory = new Directory();
    writeFileSync(directory.file(), "no database".repeat(100));
    await run(async () => {
      const code = "SQLITE_NOTADB";
      await expect(async () => await connect(directory.url())).rejects.toMatchObject({ name: "InternalError", code });
      await expect(async () => await connect(directory.url("none/none.db"))).rejects.toMatchObject({
        name: "OperationalError",
        code: expect.stringContaining("SQLITE_CANTOPEN"),
      });
      await expect(async () => await connect(directory.url("new.db"), { readOnly: true })).rejects.toThrow(
        OperationalError,
      );
      expect(existsSync(directory.file("new.db"))).toBe(false);
    });
    await expect.poll(threads).toBe(0);
  });

  test("a file that gets broken is an InternalError, and the pool goes on", async () => {
    using directory = new Directory();
    await run(async () => {
      const first = await connect(directory.url(), { journalMode: "delete" });
      await first.executeScript("CREATE TABLE t (b); CREATE TABLE u (n); INSERT INTO u VALUES (7)");
      await first.executeMany(
        "INSERT INTO t VALUES (randomblob(3000))",
        Array.from({ length: 50 }, () => []),
      );
      await first.close();
      const handle = await open(directory.file(), "r+");
      await handle.write(Buffer.alloc(4096 * 40, 0xff), 0, 4096 * 40, 4096 * 6);
      await handle.close();
      await using pool = await createPool(directory.url());
      await expect(async () => await pool.query("SELECT sum(length(b)) FROM t")).rejects.toThrow(InternalError);
      expect(await pool.queryValue("SELECT n FROM u")).toBe(7);
    });
  });

  test.each(["thread", "process"] as const)(
    "a %s that ends under load is an OperationalError for its statement, and is replaced",
    async (isolation) => {
      using directory = new Directory();
      await run(async () => {
        await using pool = await createPool(directory.url(), { isolation, functions, maxSize: 2 });
        await pool.query("CREATE TABLE t (n INTEGER PRIMARY KEY)");
        const insert = (n: number) => createTask(async () => await pool.query("INSERT INTO t VALUES (?)", [n]));
        const leave = () => createTask(async () => await pool.query("SELECT leave()"));
        const tasks = Array.from({ length: 60 }, (_, i) => (i % 20 === 10 ? leave() : insert(i)));
        const { done } = await wait(tasks);
        const failed = [...done].filter((task) => task.exception() !== null);
        expect(failed).toHaveLength(3);
        for (const task of failed) {
          expect(task.exception()).toBeInstanceOf(OperationalError);
          expect(String(task.exception())).toContain("exit code 3");
        }
        expect(await pool.queryValue("SELECT count(*) FROM t")).toBe(57);
      });
      expect(children()).toHaveLength(0);
      await expect.poll(threads).toBe(0);
    },
  );

  test.runIf(process.platform === "linux")(
    "a process that is killed from outside takes its transaction along, and is replaced",
    async () => {
      using directory = new Directory();
      await run(async () => {
        await using pool = await createPool(directory.url(), { isolation: "process", maxSize: 1 });
        await pool.query("CREATE TABLE t (n)");
        const [pid] = children();
        const body = pool.transaction(async (tx) => {
          await tx.query("INSERT INTO t VALUES (1)");
          process.kill(pid!, "SIGKILL");
          await tx.query(endless.silent);
        });
        await expect(async () => await body).rejects.toThrow("has ended by SIGKILL");
        expect(await pool.queryValue("SELECT count(*) FROM t")).toBe(0);
      });
    },
  );
});

describe("SQLite: the process that uses it", () => {
  test("what was committed is there when the process is killed at any moment, and nothing by halves", {
    timeout: 30_000,
  }, async () => {
    using directory = new Directory();
    const killed = async (isolation: string, moment: number): Promise<{ file: string; told: number }> => {
      const file = directory.file(`${isolation}-${moment}.db`);
      const { child, exited } = await start("writer.ts", file, isolation);
      let told = 0;
      child.stdout.on("data", (data: Buffer) => {
        told = Math.max(told, Number(data.toString().trim().split("\n").at(-1)));
      });
      await expect.poll(() => told, { timeout: 20_000 }).toBeGreaterThan(moment);
      child.kill("SIGKILL");
      await exited;
      return { file, told };
    };
    const all = await Promise.all(
      ["thread", "process"].flatMap((isolation) => [0, 40, 80].map(async (moment) => await killed(isolation, moment))),
    );
    await run(async () => {
      for (const { file, told } of all) {
        await using connection = await connect(`sqlite:${file}`);
        const { a, b } = (await connection.queryRow<{ a: number; b: number }>(
          "SELECT (SELECT max(n) FROM a) AS a, (SELECT max(n) FROM b) AS b",
        ))!;
        expect(a).toBe(b);
        expect(a).toBeGreaterThanOrEqual(told);
        expect(await connection.queryValue("PRAGMA integrity_check")).toBe("ok");
      }
    });
  });

  test.runIf(process.platform === "linux")(
    "a statement that runs in a process ends when the process that asked for it is killed",
    {
      timeout: 20_000,
    },
    async () => {
      using directory = new Directory();
      const { child, exited } = await start("orphan.ts", directory.file());
      const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").match(/\d+/g)!.map(Number);
      child.kill("SIGKILL");
      await exited;
      await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false);
    },
  );

  test("an idle pool that was not closed does not keep the process running", { timeout: 20_000 }, async () => {
    using directory = new Directory();
    const ends = ["thread", "process"].map(async (isolation) => {
      const { exited } = await start("idle.ts", directory.file(`${isolation}.db`), isolation);
      return await exited;
    });
    expect(await Promise.all(ends)).toEqual([
      [0, null],
      [0, null],
    ]);
  });

  test("close() leaves one file, no thread and no process", async () => {
    using directory = new Directory();
    await run(async () => {
      for (const isolation of ["thread", "process"] as const) {
        const pool = await createPool(directory.url(), { isolation, maxSize: 3 });
        await pool.query("CREATE TABLE IF NOT EXISTS t (n)");
        await gather(
          Array.from({ length: 9 }, (_, n) =>
            createTask(async () => await pool.query("INSERT INTO t VALUES (?)", [n])),
          ),
        );
        expect(existsSync(directory.file("test.db-wal"))).toBe(true);
        await pool.close();
        expect(existsSync(directory.file("test.db-wal"))).toBe(false);
        expect(children()).toHaveLength(0);
        await expect.poll(threads).toBe(0);
        await expect(async () => await pool.query("SELECT 1")).rejects.toThrow("closed");
      }
    });
  });
});
