import { createPool, type Queryable } from "@asyncio-ts/db";
import type { Link, Visit } from "../visit.ts";
import { COLUMNS, rowsOf } from "./rows.ts";
import { type Dialect, numbered, questionMarks, TABLES } from "./sql.ts";

/** A crawl that was begun. */
export interface SavedCrawl {
  readonly start: string;
  /** Where the first address has led. */
  readonly root: string;
  /** The settings that decide what belongs to the crawl, as JSON. */
  readonly settings: string;
  readonly elapsedMs: number;
  readonly finished: boolean;
}

/** The links that were found, and those of them that are still to be followed. */
export interface Frontier {
  readonly known: readonly string[];
  readonly waiting: readonly Link[];
}

type Pool = Queryable & AsyncDisposable;

/** Where a crawl is kept: a SQLite file, or a PostgreSQL database. */
export class Store implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #dialect: Dialect;
  #elapsedMs: () => number = () => 0;
  #root: () => string = () => "";

  /** @param url the name of a file, or where a database is: postgres://user@host/name. */
  static async open(url: string): Promise<Store> {
    const isPostgres = /^postgres(?:ql)?:/.test(url);
    const pool = await createPool(isPostgres || url.startsWith("sqlite:") ? url : `sqlite:${url}`);
    const store = new Store(pool, isPostgres ? numbered : questionMarks);
    try {
      for (const [name, columns] of Object.entries(TABLES)) {
        await pool.query(`CREATE TABLE IF NOT EXISTS ${name} (${columns})`);
      }
    } catch (error) {
      await pool[Symbol.asyncDispose]();
      throw error;
    }
    return store;
  }

  private constructor(pool: Pool, dialect: Dialect) {
    this.#pool = pool;
    this.#dialect = dialect;
  }

  /** The crawl that is kept here, if one was ever begun. */
  async crawl(): Promise<SavedCrawl | null> {
    const row = await this.#pool.queryRow<Omit<SavedCrawl, "finished"> & { readonly finished: number }>(
      'SELECT start, root, settings, elapsed AS "elapsedMs", finished FROM crawl',
    );
    return row === null ? null : { ...row, finished: row.finished === 1 };
  }

  /** Forgets what is here, and begins a crawl. */
  async begin(start: string, settings: string): Promise<void> {
    await this.#pool.transaction(async (tx) => {
      for (const name of Object.keys(TABLES)) await tx.query(`DELETE FROM ${name}`);
      await tx.query(this.#dialect("INSERT INTO crawl VALUES (1, ?, ?, ?, 0, 0)"), [start, start, settings]);
      await tx.query(this.#dialect("INSERT INTO crawl_urls VALUES (?, 0, 0)"), [start]);
    });
  }

  /** From where the saved time and root are taken, with each visit that is saved. */
  follow(progress: { readonly elapsedMs: () => number; readonly root: () => string }): void {
    this.#elapsedMs = progress.elapsedMs;
    this.#root = progress.root;
  }

  async frontier(): Promise<Frontier> {
    const known: string[] = [];
    const waiting: Link[] = [];
    for await (const { url, depth, done } of this.stream<{ url: string; depth: number; done: number }>(
      "SELECT url, depth, done FROM crawl_urls ORDER BY depth, url",
    )) {
      known.push(url);
      if (done === 0) waiting.push({ address: url, depth });
    }
    return { known, waiting };
  }

  /** Saves some visits, all or none. */
  async save(visits: readonly Visit[]): Promise<void> {
    const rows = rowsOf(visits);
    await this.#pool.transaction(async (tx) => {
      for (const table of Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]) {
        const names = Object.keys(COLUMNS[table]).join(", ");
        // PostgreSQL can't tell the types of parameters that stand in several rows.
        const row = `(${Object.values(COLUMNS[table])
          .map((type) => `CAST(? AS ${type})`)
          .join(", ")})`;
        for (const some of chunks(rows[table])) {
          const values = some.map(() => row).join(", ");
          const insert = `INSERT INTO ${table} (${names}) VALUES ${values} ON CONFLICT DO NOTHING`;
          await tx.query(this.#dialect(insert), some.flat());
        }
      }
      for (const some of chunks(visits)) {
        const marks = some.map(() => "?").join(", ");
        const urls = some.map(({ link }) => link.address);
        await tx.query(this.#dialect(`UPDATE crawl_urls SET done = 1 WHERE url IN (${marks})`), urls);
      }
      const progress = [this.#elapsedMs(), this.#root()];
      await tx.query(this.#dialect("UPDATE crawl SET elapsed = ?, root = ?"), progress);
    });
  }

  async finish(): Promise<void> {
    await this.#pool.query(this.#dialect("UPDATE crawl SET finished = 1, elapsed = ?"), [this.#elapsedMs()]);
  }

  /** The rows of a query, for reports. */
  async rows<R>(sql: string): Promise<R[]> {
    return (await this.#pool.query<R>(sql)).rows;
  }

  /** The same for many rows, which are not held at once. */
  stream<R>(sql: string): AsyncIterable<R> {
    return this.#pool.stream<R>(sql, [], { batchSize: 1_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}

/** How many rows go into one statement: databases allow some thousand parameters. */
const ROWS_AT_ONCE = 50;

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += ROWS_AT_ONCE) yield items.slice(i, i + ROWS_AT_ONCE);
}
