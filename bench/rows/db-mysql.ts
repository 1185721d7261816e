import { address, ITEMS, nameOf, oursGenerator, oursNative, POOL, selectByPromises } from "../db/select.ts";
import { type Body, type Counterpart, OURS_GENERATOR, OURS_NATIVE, type Row } from "../row.ts";

const URL = process.env["ASYNCIO_TS_MYSQL_URL"] ?? "mysql://root@127.0.0.1:3306/test";
const SQL = "SELECT id, name FROM bench_items WHERE id = ?";

const BARE = "bare mysql2";

export const mysqlRow: Row = {
  name: "db-mysql",
  title: "Selects by key, 100 at once over a pool of 10 connections to MySQL or MariaDB",
  note: "`bare mysql2` is mysql2 with its own pool.",
  live: 100,
  warmUp: 2_000,
  counterpart: prepareTable,
  uncountedCounterpart: true,
  missing: async () => ((await canConnect()) ? undefined : `not here: no MySQL at ${URL}`),
  contestants: [
    { name: OURS_GENERATOR, n: 100_000, load: () => oursGenerator(SQL, open) },
    { name: OURS_NATIVE, n: 100_000, load: () => oursNative(SQL, open) },
    { name: BARE, n: 100_000, load: bare },
  ],
  // 90 % of what the driver itself does.
  goals: [{ what: "ns per operation", generator: 1 / 0.9, native: 1 / 0.9, peers: { [BARE]: 1 } }],
};

async function open() {
  const { createPool } = await import("@asyncio-ts/db/mysql");
  return () => createPool(address(), { minSize: POOL, maxSize: POOL });
}

async function bare(): Promise<Body> {
  const { createPool } = await import("mysql2/promise");
  return async (load) => {
    const pool = createPool({ uri: address(), connectionLimit: POOL });
    const outcome = await selectByPromises(load, async (id) => {
      const [rows] = await pool.query(SQL, [id]);
      return nameOf(rows as object[]);
    });
    await pool.end();
    return outcome;
  };
}

async function canConnect(): Promise<boolean> {
  try {
    await withConnection(async () => {});
    return true;
  } catch {
    return false;
  }
}

async function prepareTable(): Promise<Counterpart> {
  await withConnection(async (query) => {
    await query("CREATE TABLE IF NOT EXISTS bench_items (id integer PRIMARY KEY, name text NOT NULL)");
    const items = Array.from({ length: ITEMS }, (_, id) => `(${id}, 'item ${id}')`);
    await query(`INSERT IGNORE INTO bench_items VALUES ${items.join(", ")}`);
  });
  return { address: URL, [Symbol.asyncDispose]: () => withConnection((query) => query("DROP TABLE bench_items")) };
}

async function withConnection(body: (query: (sql: string) => Promise<unknown>) => Promise<unknown>): Promise<void> {
  const { createConnection } = await import("mysql2/promise");
  const connection = await createConnection(URL);
  try {
    await body((sql) => connection.query(sql));
  } finally {
    await connection.end();
  }
}
