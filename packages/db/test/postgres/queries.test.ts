import {
  createPool as createPoolByScheme,
  DataError,
  IntegrityError,
  InterfaceError,
  OperationalError,
  ProgrammingError,
} from "@asyncio-ts/db";
import { connect, createPool } from "@asyncio-ts/db/postgres";
import { createTask, run, sleep, TimeoutError } from "asyncio-ts";
import pg from "pg";
import { expect, test } from "vitest";
import { sockets } from "../support/network.ts";
import { describePostgres, postgresUrl } from "../support/servers.ts";
import { uniqueName } from "./support/observer.ts";

async function failureOf(operation: PromiseLike<unknown>): Promise<Record<string, unknown>> {
  try {
    await operation;
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error("it has not failed");
}

await describePostgres("PostgreSQL: queries", () => {
  test("query() gives the rows, their number and the columns in their order", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl);
      const result = await pool.query('SELECT i AS b, $1::text AS "1" FROM generate_series(1, 2) i', ["x"]);
      expect(result.rows).toEqual([
        { b: 1, "1": "x" },
        { b: 2, "1": "x" },
      ]);
      expect(result.rowCount).toBe(2);
      expect(result.fields.map(({ name }) => name)).toEqual(["b", "1"]);
      expect((await pool.query("BEGIN; COMMIT")).rowCount).toBe(0);
    });
  });

  test("queryRow() and queryValue() give the first row and the first of its columns, or null", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl);
      expect(await pool.queryRow("SELECT 1 AS a, 2 AS b")).toEqual({ a: 1, b: 2 });
      expect(await pool.queryRow("SELECT 1 WHERE false")).toBeNull();
      expect(await pool.queryValue('SELECT 7 AS z, 8 AS "1"')).toBe(7);
      expect(await pool.queryValue("SELECT 7 WHERE false")).toBeNull();
      expect(await pool.queryValue("SELECT NULL")).toBeNull();
      expect(await pool.queryValue("SET work_mem = '1MB'")).toBeNull();
    });
  });

  test("query() works in the generator spelling", async () => {
    const value = await run(function* () {
      const connection = yield* connect(postgresUrl);
      try {
        return yield* connection.queryValue("SELECT $1::int + 1", [41]);
      } finally {
        yield* connection.close();
      }
    });
    expect(value).toBe(42);
    await expect.poll(sockets).toBe(0);
  });

  test("query() outside of any task is a task of its own", async () => {
    const pool = await createPool(postgresUrl);
    expect(await pool.queryValue("SELECT 'here'")).toBe("here");
    await pool.close();
    await expect.poll(sockets).toBe(0);
  });

  test("query() gives bigint and numeric as strings, dates as Date and json parsed, unless `types` says otherwise", async () => {
    await run(async () => {
      const sql =
        "SELECT 1::int8 AS a, 1.50::numeric AS b, '2020-01-02 03:04:05Z'::timestamptz AS c, '{\"x\":[1]}'::jsonb AS d";
      await using pool = await createPool(postgresUrl);
      expect(await pool.queryRow(sql)).toEqual({
        a: "1",
        b: "1.50",
        c: new Date("2020-01-02T03:04:05Z"),
        d: { x: [1] },
      });
      const types = {
        getTypeParser: ((oid: number, format: "text") =>
          oid === 20 ? BigInt : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
      };
      await using own = await createPool(postgresUrl, { types });
      expect(await own.queryValue("SELECT 1::int8")).toBe(1n);
      for await (const row of own.stream("SELECT 2::int8 AS a")) expect(row).toEqual({ a: 2n });
    });
  });

  test("query() raises the class of the SQL state, with what the server tells", async () => {
    const table = uniqueName();
    await run(async () => {
      await using pool = await createPool(postgresUrl);
      await pool.query(`CREATE TABLE ${table} (id int PRIMARY KEY, n int NOT NULL CONSTRAINT positive CHECK (n > 0))`);
      await pool.query(`INSERT INTO ${table} VALUES (1, 1)`);
      const sql = `INSERT INTO ${table} VALUES ($1, $2)`;
      const duplicate = await failureOf(pool.query(sql, [1, 1]));
      expect(duplicate).toBeInstanceOf(IntegrityError);
      expect(duplicate).toMatchObject({
        name: "IntegrityError",
        sqlState: "23505",
        code: "23505",
        schema: "public",
        table,
        constraint: `${table}_pkey`,
        detail: "Key (id)=(1) already exists.",
        query: sql,
      });
      expect(await failureOf(pool.query(sql, [2, null]))).toMatchObject({ sqlState: "23502", column: "n" });
      expect(await failureOf(pool.query(sql, [2, 0]))).toMatchObject({ sqlState: "23514", constraint: "positive" });
      expect(await failureOf(pool.query("SELECT 1/0"))).toBeInstanceOf(DataError);
      const wrong = await failureOf(pool.query("SELECT * FROM nowhere_at_all"));
      expect(wrong).toBeInstanceOf(ProgrammingError);
      expect(wrong).toMatchObject({ sqlState: "42P01", position: 15 });
      expect(await failureOf(pool.query("SELECT $1::int"))).toBeInstanceOf(ProgrammingError);
      await pool.query(`DROP TABLE ${table}`);
      expect([pool.size, pool.idleSize]).toEqual([1, 1]);
    });
  });

  test("query() is usable again after a parameter that can't be sent, and after a parser that throws", async () => {
    await run(async () => {
      const getTypeParser = ((oid: number, format: "text") => {
        if (oid !== 16) return pg.types.getTypeParser(oid, format);
        return () => {
          throw new Error("no parser");
        };
      }) as typeof pg.types.getTypeParser;
      await using pool = await createPool(postgresUrl, { maxSize: 1, types: { getTypeParser } });
      const circular: Record<string, unknown> = {};
      circular["self"] = circular;
      expect(await failureOf(pool.query("SELECT $1::json", [circular]))).toMatchObject({ message: /circular/ });
      expect(await failureOf(pool.query("SELECT true"))).toMatchObject({ message: "no parser" });
      for (const limit of [5, 500]) {
        const rows = pool.stream(`SELECT i > 3 OR NULL FROM generate_series(1, ${limit}) i`, [], { batchSize: 2 });
        expect(await rows.next()).toMatchObject({ done: false });
        expect(await rows.next()).toMatchObject({ done: false });
        expect(await failureOf(rows.next())).toMatchObject({ message: "no parser" });
        expect(await pool.queryValue("SELECT 'still here'")).toBe("still here");
      }
      expect(await pool.queryValue("SELECT 'still here'")).toBe("still here");
    });
  });

  test("query() refuses what is no statement or no parameters at the call", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl);
      expect(() => pool.query(5 as unknown as string)).toThrow(/needs the text of a statement, got number/);
      expect(() => pool.query("SELECT $1", "x" as unknown as unknown[])).toThrow(/write \[value\]/);
      expect(() => pool.stream(null as unknown as string)).toThrow(TypeError);
      expect(() => pool.use(5 as never)).toThrow(TypeError);
      expect(() => pool.stream("SELECT 1", [], { batchSize: 0 })).toThrow("batchSize must be at least 1, got 0");
      const isolation = "snapshot" as "serializable";
      await expect(async () => await pool.transaction(async () => {}, { isolation })).rejects.toThrow(
        /isolation must be one of/,
      );
      for (const timeoutMs of [Number.NaN, "5" as never]) {
        await expect(async () => await pool.query("SELECT 1", [], { timeoutMs })).rejects.toThrow(/timeoutMs must/);
      }
      expect([pool.size, pool.idleSize]).toEqual([1, 1]);
    });
  });

  test("Connection does one thing at a time, and says so", async () => {
    await run(async () => {
      await using connection = await connect(postgresUrl);
      const first = createTask(connection.queryValue("SELECT 'first' FROM pg_sleep(0.3)"));
      await sleep(0);
      const second = await failureOf(connection.query("SELECT 1"));
      expect(second).toBeInstanceOf(InterfaceError);
      expect(second["message"]).toMatch(/another operation, query\(\), is in progress/);
      const transaction = await failureOf(connection.transaction(async () => {}));
      expect(transaction["message"]).toMatch(/another operation, query\(\), is in progress/);
      expect(await first).toBe("first");
      expect(await connection.queryValue("SELECT 'second'")).toBe("second");
    });
  });

  test("release() forgets the settings and the role of who had the connection", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1 });
      const state = "SELECT current_user::text AS who, current_setting('statement_timeout') AS setting";
      const before = await pool.queryRow(state);
      for (const change of ["SET ROLE pg_monitor", "SET SESSION AUTHORIZATION pg_monitor"]) {
        await pool.use(async (connection) => {
          await connection.query(change);
          await connection.query("SET statement_timeout = 12345");
          expect(await connection.queryRow(state)).toEqual({ who: "pg_monitor", setting: "12345ms" });
        });
        expect(await pool.queryRow(state)).toEqual(before);
      }
      expect(pool.size).toBe(1);
    });
  });

  test("executeMany() runs all of it or nothing, and gives the number of rows", async () => {
    const table = uniqueName();
    await run(async () => {
      await using pool = await createPool(postgresUrl);
      await pool.query(`CREATE TABLE ${table} (id int PRIMARY KEY)`);
      const insert = `INSERT INTO ${table} VALUES ($1)`;
      expect(await pool.executeMany(insert, [[1], [2], [3]])).toBe(3);
      await expect(async () => await pool.executeMany(insert, [[4], [1]])).rejects.toThrow(IntegrityError);
      expect(await pool.queryValue(`SELECT count(*)::int FROM ${table}`)).toBe(3);
      await pool.query(`DROP TABLE ${table}`);
    });
  });

  test("prepare() parses once, on this connection, until it is closed", async () => {
    await run(async () => {
      await using connection = await connect(postgresUrl);
      const prepared = await connection.prepare("SELECT $1::text AS t, $2::int AS n");
      expect((await prepared.query(["a", 1])).rows).toEqual([{ t: "a", n: 1 }]);
      expect(await prepared.queryRow(["b", 2])).toEqual({ t: "b", n: 2 });
      expect(await prepared.queryValue(["c", 3])).toBe("c");
      const rows = [];
      for await (const row of prepared.stream(["d", 4])) rows.push(row);
      expect(rows).toEqual([{ t: "d", n: 4 }]);
      const statements = "SELECT statement FROM pg_prepared_statements";
      expect((await connection.query(statements)).rows).toEqual([{ statement: prepared.sql }]);
      await prepared.close();
      await prepared.close();
      expect((await connection.query(statements)).rows).toEqual([]);
      expect(await failureOf(prepared.query(["e", 5]))).toBeInstanceOf(InterfaceError);
      expect(await failureOf(connection.prepare("SELEC"))).toBeInstanceOf(ProgrammingError);
      expect(await connection.queryValue("SELECT 1")).toBe(1);
    });
  });

  test("query() keeps up to statementCacheSize statements prepared", async () => {
    await run(async () => {
      await using pool = await createPool(postgresUrl, { maxSize: 1, statementCacheSize: 2 });
      for (let round = 0; round < 3; round++) {
        for (const column of ["a", "b", "c"]) {
          expect(await pool.queryRow(`SELECT $1::int AS ${column}`, [round])).toEqual({ [column]: round });
        }
      }
      expect(await pool.queryValue("SELECT count(*)::int FROM pg_prepared_statements")).toBe(2);
      expect(await failureOf(pool.query("SELECT 1/$1::int AS d", [0]))).toBeInstanceOf(DataError);
      expect(await pool.queryValue("SELECT $1::int AS a", [7])).toBe(7);
    });
  });

  test("connect() raises what the server says, and leaves no socket", async () => {
    await run(async () => {
      const unknown = new URL(postgresUrl);
      unknown.pathname = "/no_such_database";
      const error = await failureOf(connect(unknown.href));
      expect(error).toBeInstanceOf(ProgrammingError);
      expect(error).toMatchObject({ sqlState: "3D000" });
      const nobody = new URL(postgresUrl);
      nobody.port = "1";
      expect(await failureOf(connect(nobody.href))).toMatchObject({ name: "OperationalError", code: "ECONNREFUSED" });
      expect(await failureOf(createPool(unknown.href, { minSize: 1 }))).toMatchObject({ sqlState: "3D000" });
      const late = await failureOf(createPool(nobody.href, { minSize: 1, acquireTimeoutMs: 500 }));
      expect(late).toBeInstanceOf(TimeoutError);
      expect(late["cause"]).toBeInstanceOf(OperationalError);
      expect(late["message"]).toMatch(/within 500 ms: .*ECONNREFUSED/);
    });
    await expect.poll(sockets).toBe(0);
  });

  test("createPool() finds the driver by the scheme", async () => {
    await run(async () => {
      await using pool = await createPoolByScheme(postgresUrl as `postgres://${string}`, { maxSize: 1 });
      expect(await pool.queryValue("SELECT 1")).toBe(1);
      const other = postgresUrl.replace("postgres:", "postgresql:") as `postgresql://${string}`;
      await using same = await createPoolByScheme(other);
      expect(await same.queryValue("SELECT 1")).toBe(1);
    });
  });
});
