/**
 * The tables. The names begin alike, so that they can live in a database with others; times are milliseconds since the crawl
 * began.
 */
export const TABLES: Readonly<Record<string, string>> = {
  // The crawl, a single row.
  crawl: `id integer PRIMARY KEY, start text NOT NULL, root text NOT NULL, settings text NOT NULL,
    elapsed double precision NOT NULL, finished integer NOT NULL`,
  // Every link that was found: what is still to be done, when a crawl goes on.
  crawl_urls: `url text PRIMARY KEY, depth integer NOT NULL, done integer NOT NULL`,
  // What was fetched: pages, files that were not read, redirects, and links that robots.txt forbids.
  crawl_pages: `url text PRIMARY KEY, kind text NOT NULL, status integer, type text, title text, target text, bytes integer,
    tries integer NOT NULL, ms double precision NOT NULL, at double precision NOT NULL`,
  crawl_errors: `url text PRIMARY KEY, reason text NOT NULL, status integer, tries integer NOT NULL, ms double precision NOT NULL,
    at double precision NOT NULL`,
  crawl_links: `source text NOT NULL, target text NOT NULL, PRIMARY KEY (source, target)`,
  // Every request, also those that were made again.
  crawl_requests: `url text NOT NULL, host text NOT NULL, status integer, error text, at double precision NOT NULL,
    ms double precision NOT NULL`,
};

/** How a database spells the parameters of a statement. */
export type Dialect = (sql: string) => string;

export const questionMarks: Dialect = (sql) => sql;

/** PostgreSQL counts them: $1, $2. */
export const numbered: Dialect = (sql) => {
  let n = 0;
  return sql.replaceAll("?", () => `$${++n}`);
};
