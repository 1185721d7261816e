import type { Store } from "../store/store.ts";

/** How often something came. */
export interface Count {
  readonly name: string;
  readonly count: number;
}

interface HostFigures {
  readonly host: string;
  readonly requests: number;
  readonly meanMs: number;
  readonly maxMs: number;
}

interface SlowPage {
  readonly url: string;
  readonly ms: number;
}

/** What a crawl has come to, all its runs together. */
export interface Figures {
  readonly start: string;
  readonly finished: boolean;
  readonly elapsedMs: number;
  readonly pages: number;
  readonly files: number;
  readonly redirects: number;
  readonly forbidden: number;
  readonly failed: number;
  /** Links that are still to be followed. */
  readonly waiting: number;
  readonly bytes: number;
  readonly requests: number;
  readonly retries: number;
  /** The sum of all waits: what the crawl would have taken with one request after the other. */
  readonly waitedMs: number;
  readonly errors: readonly Count[];
  /** By status, or by what went wrong where there was none. */
  readonly statuses: readonly Count[];
  readonly hosts: readonly HostFigures[];
  readonly slowest: readonly SlowPage[];
}

const int = (sql: string): string => `CAST(${sql} AS integer)`;
const total = (sql: string): string => `CAST(coalesce(sum(${sql}), 0) AS double precision)`;

/** Reads the figures of what is in the store. */
export async function readFigures(store: Store): Promise<Figures> {
  const crawl = await store.crawl();
  if (crawl === null) throw new Error("no crawl was begun in this store");
  const kinds = await countsOf(
    store,
    `SELECT kind AS name, ${int("count(*)")} AS count FROM crawl_pages GROUP BY kind`,
  );
  const count = (kind: string): number => kinds.find(({ name }) => name === kind)?.count ?? 0;
  const [sums] = await store.rows<
    Pick<Figures, "bytes" | "requests" | "waitedMs" | "failed" | "waiting"> & { followed: number }
  >(
    `SELECT (SELECT ${total("bytes")} FROM crawl_pages) AS bytes,
       (SELECT ${int("count(*)")} FROM crawl_requests) AS requests,
       (SELECT ${int("count(DISTINCT url)")} FROM crawl_requests) AS followed,
       (SELECT ${total("ms")} FROM crawl_requests) AS "waitedMs",
       (SELECT ${int("count(*)")} FROM crawl_errors) AS failed,
       (SELECT ${int("count(*)")} FROM crawl_urls WHERE done = 0) AS waiting`,
  );
  const { followed = 0, ...totals } = sums ?? { bytes: 0, requests: 0, waitedMs: 0, failed: 0, waiting: 0 };
  return {
    ...totals,
    start: crawl.start,
    finished: crawl.finished,
    elapsedMs: crawl.elapsedMs,
    pages: count("page"),
    files: count("file"),
    redirects: count("redirect"),
    forbidden: count("forbidden"),
    retries: totals.requests - followed,
    errors: await countsOf(
      store,
      `SELECT reason AS name, ${int("count(*)")} AS count FROM crawl_errors GROUP BY reason`,
    ),
    statuses: await countsOf(
      store,
      `SELECT coalesce(CAST(status AS text), error) AS name, ${int("count(*)")} AS count FROM crawl_requests GROUP BY 1`,
    ),
    hosts: await store.rows<HostFigures>(
      `SELECT host, ${int("count(*)")} AS requests, avg(ms) AS "meanMs", max(ms) AS "maxMs"
       FROM crawl_requests GROUP BY host ORDER BY avg(ms) DESC LIMIT 10`,
    ),
    slowest: await store.rows<SlowPage>("SELECT url, ms FROM crawl_pages WHERE kind = 'page' ORDER BY ms DESC LIMIT 3"),
  };
}

/** The most frequent first. */
async function countsOf(store: Store, sql: string): Promise<Count[]> {
  return (await store.rows<Count>(sql)).sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}
