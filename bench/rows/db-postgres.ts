import { address, ITEMS, nameOf, oursGenerator, oursNative, POOL, selectByPromises } from "../db/select.ts";
import { type Body, type Counterpart, OURS_GENERATOR, OURS_NATIVE, type Row } from "../row.ts";

const URL = process.env["ASYNCIO_TS_POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";
const SQL = "SELECT id, name FROM bench_items WHERE id = $1";

const BARE = "bare pg";

export const postgresRow: Row = {
  name: "db-postgres",
  title: "Selects by key, 100 at once over a pool of 10 connections to PostgreSQL",
  note: "`bare pg` is pg with its own pool. `asyncio` and `uvloop` are asyncpg, which prepares what it is asked more than once.",
  live: 100,
  warmUp: 2_000,
  counterpart: prepareTable,
  uncountedCounterpart: true,
  missing: async () => ((await canConnect()) ? undefined : `not here: no PostgreSQL at ${URL}`),
  pythonModule: "asyncpg",
  contestants: [
    { name: OURS_GENERATOR, n: 100_000, load: () => oursGenerator(SQL, open) },
    { name: OURS_NATIVE, n: 100_000, load: () => oursNative(SQL, open) },
    { name: BARE, n: 100_000, load: bare },
    { name: "asyncio", n: 100_000 },
    { name: "uvloop", n: 100_000 },
  ],
  // 90 % of what the driver itself does.
  goals: [{ what: "ns per operation", generator: 1 / 0.9, native: 1 / 0.9, peers: { [BARE]: 1 } }],
};

async function open() {
  const { createPool } = await import("@asyncio-ts/db/postgres");
  return () => createPool(address(), { minSize: POOL, maxSize: POOL });
}

async function bare(): Promise<Body> {
  const { default: pg } = await import("pg");
  return async (load) => {
    const pool = new pg.Pool({ connectionString: address(), max: POOL });
    const outcome = await selectByPromises(load, async (id) => nameOf((await pool.query(SQL, [id])).rows));
    await pool.end();
    return outcome;
  };
}

async function canConnect(): Promise<boolean> {
  try {
    await withClient(async () => {});
    return true;
  } catch {
    return false;
  }
}

async function prepareTable(): Promise<Counterpart> {
  await withClient(async (query) => {
    await query("CREATE TABLE IF NOT EXISTS bench_items (id integer PRIMARY KEY, name text NOT NULL)");
    await query(
      `INSERT INTO bench_items SELECT id, 'item ' || id FROM generate_series(0, ${ITEMS - 1}) AS id ON CONFLICT DO NOTHING`,
    );
    await query("ANALYZE bench_items");
  });
  return { address: URL, [Symbol.asyncDispose]: () => withClient((query) => query("DROP TABLE bench_items")) };
}

async function withClient(body: (query: (sql: string) => Promise<unknown>) => Promise<unknown>): Promise<void> {
  const { default: pg } = await import("pg");
  const client = new pg.Client(URL);
  await client.connect();
  try {
    await body((sql) => client.query(sql));
  } finally {
    await client.end();
  }
}
