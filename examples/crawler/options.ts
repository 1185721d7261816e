import { parseArgs } from "node:util";
import { SCOPES, type ScopeKind } from "./scope.ts";

export const USAGE = `\
Usage: npm start                  crawls a site of 1,000 pages that the program itself serves
       npm start -- URL           crawls the site at URL

What belongs to the crawl
  --scope KIND      path: what is below URL; host: its host (the default); domain: its subdomains too
  --depth N         how many links away from URL (no limit)
  --max-links N     how many links to follow in all (no limit)

How it is fetched
  --concurrency N   requests in flight at once (100; 10 with a URL)
  --per-host N      requests in flight at once to one host (100; 4 with a URL)
  --delay MS        pause between two requests to one host; its robots.txt may ask for more (0)
  --timeout MS      how long to wait for a page (300; 10000 with a URL)
  --retries N       how often to ask again after an error that may pass (2)

Where it is kept
  --store WHERE     a SQLite file, or postgres://user@host/database (crawl.db)
  --fresh           begin anew; else a crawl that was stopped goes on
  --report FILE     the report, a page for the browser (crawl.html)

  --help            shows this`;

export interface Options {
  /** The site to crawl; without it, the embedded one. */
  readonly url: string | undefined;
  readonly scope: ScopeKind;
  readonly maxDepth: number;
  readonly maxLinks: number;
  readonly concurrency: number;
  readonly perHost: number;
  readonly delayMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly store: string;
  readonly fresh: boolean;
  readonly report: string;
}

/** The command line makes no sense. The message says why. */
export class UsageError extends Error {
  static {
    this.prototype.name = "UsageError";
  }
}

/**
 * Reads the command line. `"help"` when that was asked for.
 *
 * @throws {UsageError}
 */
export function readOptions(args: readonly string[]): Options | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  if (positionals.length > 1) throw new UsageError(`one URL at a time, and these are ${positionals.length}`);

  const [url] = positionals;
  // Another one's server is treated with more care than our own.
  const byDefault = url === undefined ? EMBEDDED : FOREIGN;
  return {
    url: url === undefined ? undefined : toUrl(url),
    scope: toScope(values.scope),
    maxDepth: toCount("--depth", values.depth, { otherwise: Infinity, min: 0, max: 1_000_000 }),
    maxLinks: toCount("--max-links", values["max-links"], { otherwise: Infinity, max: 1_000_000_000 }),
    concurrency: toCount("--concurrency", values.concurrency, { otherwise: byDefault.concurrency, max: 10_000 }),
    perHost: toCount("--per-host", values["per-host"], { otherwise: byDefault.perHost, max: 10_000 }),
    delayMs: toCount("--delay", values.delay, { otherwise: 0, min: 0, max: 3_600_000 }),
    timeoutMs: toCount("--timeout", values.timeout, { otherwise: byDefault.timeoutMs, max: 3_600_000 }),
    retries: toCount("--retries", values.retries, { otherwise: 2, min: 0, max: 100 }),
    store: toName("--store", values.store ?? "crawl.db"),
    fresh: values.fresh,
    report: toName("--report", values.report ?? "crawl.html"),
  };
}

const EMBEDDED = { concurrency: 100, perHost: 100, timeoutMs: 300 };
const FOREIGN = { concurrency: 10, perHost: 4, timeoutMs: 10_000 };

function parse(args: readonly string[]): ReturnType<typeof parseStrictly> {
  try {
    return parseStrictly(args);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function parseStrictly(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      scope: { type: "string" },
      depth: { type: "string" },
      "max-links": { type: "string" },
      concurrency: { type: "string" },
      "per-host": { type: "string" },
      delay: { type: "string" },
      timeout: { type: "string" },
      retries: { type: "string" },
      store: { type: "string" },
      fresh: { type: "boolean", default: false },
      report: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
}

function toUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new UsageError(`"${text}" is no address that starts with http:// or https://`);
  }
  url.hash = "";
  return url.href;
}

function toScope(text = "host"): ScopeKind {
  const scope = SCOPES.find((kind) => kind === text);
  if (scope === undefined) throw new UsageError(`--scope is ${SCOPES.join(", ")}, not "${text}"`);
  return scope;
}

function toName(option: string, text: string): string {
  if (text === "") throw new UsageError(`${option} must not be empty`);
  return text;
}

interface Limits {
  readonly otherwise: number;
  readonly min?: number;
  readonly max: number;
}

function toCount(option: string, text: string | undefined, { otherwise, min = 1, max }: Limits): number {
  if (text === undefined) return otherwise;
  const n = Number(text);
  if (/^\d+$/.test(text) && n >= min && n <= max) return n;
  throw new UsageError(`${option} takes a whole number from ${min} to ${max}, not "${text}"`);
}
