import { InterfaceError, type Pool } from "@asyncio-ts/db";
import { connect, createPool, type MysqlConnection } from "@asyncio-ts/db/mysql";
import { run } from "asyncio-ts";
import { expect, test } from "vitest";
import { describeMysql, mysqlUrl } from "../support/servers.ts";

const SESSION = `SELECT DATABASE() d, @@sql_mode m, @@time_zone z, @@character_set_results c, @@autocommit a,
  @asyncio_ts v, IS_USED_LOCK('asyncio_ts_reset') IS NULL free, CONNECTION_ID() id`;

const session = async (pool: Pool<MysqlConnection>) => await pool.queryRow(SESSION);

await describeMysql("MySQL: what the next borrower finds", () => {
  test.each([
    "SET @asyncio_ts = 1",
    "SELECT @asyncio_ts := 1",
    "SET sql_mode = 'ANSI'",
    "SET time_zone = '+03:00'",
    "SET NAMES latin1",
    "SET autocommit = 0",
    "USE information_schema",
    "SELECT GET_LOCK('asyncio_ts_reset', 5)",
    "START TRANSACTION",
    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
  ])("release() forgets %s", async (sql) => {
    await run(async () => {
      await using pool = await createPool(mysqlUrl, { maxSize: 1 });
      const before = await session(pool);
      await pool.use(async (connection) => await connection.query(sql));
      expect(await session(pool)).toEqual(before);
    });
  });

  test("release() drops temporary tables and lets go of table locks", async () => {
    await run(async () => {
      await using pool = await createPool(mysqlUrl, { maxSize: 2 });
      await pool.query("CREATE TABLE IF NOT EXISTS asyncio_ts_reset (n INT)");
      await pool.use(async (connection) => {
        await connection.query("CREATE TEMPORARY TABLE asyncio_ts_gone (n INT)");
        await connection.query("LOCK TABLES asyncio_ts_reset WRITE");
      });
      expect((await pool.query("INSERT INTO asyncio_ts_reset VALUES (1)", [], { timeoutMs: 2_000 })).rowCount).toBe(1);
      await expect(async () => await pool.query("SELECT * FROM asyncio_ts_gone")).rejects.toThrow("doesn't exist");
      await pool.query("DROP TABLE asyncio_ts_reset");
    });
  });

  test("release() rolls back what a failed procedure has begun", async () => {
    await run(async () => {
      await using pool = await createPool(mysqlUrl, { maxSize: 1 });
      await pool.query("CREATE TABLE IF NOT EXISTS asyncio_ts_begun (n INT) ENGINE = InnoDB");
      await pool.query(
        "CREATE OR REPLACE PROCEDURE asyncio_ts_begins() BEGIN START TRANSACTION; INSERT INTO asyncio_ts_begun VALUES (1); SIGNAL SQLSTATE '45000'; END",
      );
      await expect(async () => await pool.query("CALL asyncio_ts_begins()")).rejects.toThrow();
      expect(await pool.queryValue("SELECT @@in_transaction")).toBe(0);
      expect(await pool.queryValue("SELECT COUNT(*) FROM asyncio_ts_begun")).toBe(0);
      await pool.query("DROP PROCEDURE asyncio_ts_begins");
      await pool.query("DROP TABLE asyncio_ts_begun");
    });
  });

  test("release() closes prepared queries that were left open", async () => {
    await run(async () => {
      await using pool = await createPool(mysqlUrl, { maxSize: 1 });
      const left = await pool.use(async (connection) => {
        const first = await connection.prepare("SELECT ? AS n");
        await using again = await connection.prepare("SELECT ? AS n");
        expect([await first.queryValue([1]), await again.queryValue([2])]).toEqual([1, 2]);
        return first;
      });
      await expect(async () => await left.query([1])).rejects.toThrow(InterfaceError);
      await pool.use(async (connection) => {
        await using prepared = await connection.prepare("SELECT ? AS n");
        expect(await prepared.queryValue([3])).toBe(3);
      });
      const { rows } = await pool.query<{ Variable_name: string; Value: string }>(
        "SHOW SESSION STATUS LIKE 'Com_stmt_%e'",
      );
      const counts = Object.fromEntries(rows.map(({ Variable_name, Value }) => [Variable_name, Value]));
      // The first was closed by the reset, which starts the counts anew.
      expect(counts).toMatchObject({ Com_stmt_prepare: "1", Com_stmt_close: "1" });
    });
  });

  test("query() of a definition that fails ends the transaction, as MySQL does, and its end is known", async () => {
    await run(async () => {
      await using connection = await connect(mysqlUrl);
      await connection.query("START TRANSACTION");
      expect(connection.inTransaction).toBe(true);
      await expect(async () => await connection.query("CREATE TABLE mysql.user (n INT)")).rejects.toThrow(
        "already exists",
      );
      expect(connection.inTransaction).toBe(await connection.queryValue("SELECT @@in_transaction = 1").then(Boolean));
      await connection.query("ROLLBACK");
      await connection.transaction(async () => {});
    });
  });

  test("release() asks the server for nothing after statements that leave nothing behind", async () => {
    await run(async () => {
      await using pool = await createPool(mysqlUrl, { maxSize: 1 });
      const count = "SHOW SESSION STATUS LIKE 'Com_%'";
      const statements = async () => {
        const { rows } = await pool.query<{ Variable_name: string; Value: string }>(count);
        return Object.fromEntries(rows.map(({ Variable_name, Value }) => [Variable_name, Number(Value)]));
      };
      const before = await statements();
      await pool.use(async (connection) => await connection.query("/* a comment */ (SELECT 1)"));
      const after = await statements();
      expect(after["Com_select"]).toBe((before["Com_select"] ?? 0) + 1);
      expect(after["Com_set_option"]).toBe(before["Com_set_option"]);
    });
  });

  test("createPool() has its serverSettings in every session, also after a reset", async () => {
    await run(async () => {
      await using pool = await createPool(mysqlUrl, {
        maxSize: 1,
        serverSettings: { net_write_timeout: 77, sql_mode: "ANSI" },
      });
      const settings = async () =>
        await pool.queryRow("SELECT @@net_write_timeout AS t, @@sql_mode LIKE '%ANSI%' AS ansi");
      expect(await settings()).toEqual({ t: 77, ansi: 1 });
      await pool.use(async (connection) => await connection.query("SET net_write_timeout = 5, sql_mode = ''"));
      expect(await settings()).toEqual({ t: 77, ansi: 1 });
    });
  });
});
