import type { Outcome, Visit } from "../visit.ts";

const text = "text";
const whole = "integer";
const real = "double precision";

/** What a visit puts into which columns, and their types. */
export const COLUMNS = {
  crawl_pages: {
    url: text,
    kind: text,
    status: whole,
    type: text,
    title: text,
    target: text,
    bytes: whole,
    tries: whole,
    ms: real,
    at: real,
  },
  crawl_errors: { url: text, reason: text, status: whole, tries: whole, ms: real, at: real },
  crawl_links: { source: text, target: text },
  crawl_urls: { url: text, depth: whole, done: whole },
  crawl_requests: { url: text, host: text, status: whole, error: text, at: real, ms: real },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

type Rows = Record<keyof typeof COLUMNS, (readonly unknown[])[]>;

/** The rows of some visits, by table. */
export function rowsOf(visits: readonly Visit[]): Rows {
  return {
    crawl_pages: visits.flatMap(pageRows),
    crawl_errors: visits.flatMap(errorRows),
    crawl_links: visits.flatMap(({ link, content }) => (content?.links ?? []).map((to) => [link.address, to])),
    crawl_urls: visits.flatMap(({ found }) => found.map(({ address, depth }) => [address, depth, 0])),
    crawl_requests: visits.flatMap(requestRows),
  };
}

function pageRows(visit: Visit): (readonly unknown[])[] {
  const { link, outcome, content, at } = visit;
  if (outcome.kind === "error") return [];
  const status = "status" in outcome ? outcome.status : null;
  const target = outcome.kind === "redirect" ? outcome.to : null;
  const bytes = outcome.kind === "page" ? outcome.bytes : null;
  const title = content?.title ?? null;
  return [[link.address, outcome.kind, status, typeOf(outcome), title, target, bytes, ...effortOf(visit), at]];
}

function typeOf(outcome: Outcome): string | null {
  if (outcome.kind === "page") return "text/html";
  return outcome.kind === "file" ? outcome.type : null;
}

function errorRows(visit: Visit): (readonly unknown[])[] {
  const { link, outcome, at } = visit;
  if (outcome.kind !== "error") return [];
  return [[link.address, outcome.error, outcome.status, ...effortOf(visit), at]];
}

/** How many requests it took, and how long these were waited for. */
function effortOf({ requests }: Visit): readonly [tries: number, ms: number] {
  return [requests.length, requests.reduce((sum, { ms }) => sum + ms, 0)];
}

function requestRows({ link, requests }: Visit): (readonly unknown[])[] {
  const { host } = new URL(link.address);
  return requests.map(({ status, error, at, ms }) => [link.address, host, status, error, at, ms]);
}
