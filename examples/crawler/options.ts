import { parseArgs } from "node:util";

export const USAGE = `\
Usage: npm start                  crawls a site of 1,000 pages that the program itself serves
       npm start -- URL           crawls the site at URL

  --concurrency N   requests in flight at once (100; 10 with a URL)
  --timeout MS      how long to wait for a page (300; 10000 with a URL)
  --out FILE        where to save the results, as JSON lines (crawl.jsonl)
  --help            shows this`;

export interface Options {
  /** The site to crawl; without it, the embedded one. */
  readonly url: string | undefined;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly file: string;
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
  if (values.out === "") throw new UsageError("--out takes the name of a file");
  if (positionals.length > 1) throw new UsageError(`one URL at a time, and these are ${positionals.length}`);

  const [url] = positionals;
  const isEmbedded = url === undefined;
  return {
    url: isEmbedded ? undefined : toUrl(url),
    // Another one's server is treated with more care than our own.
    concurrency: toCount("--concurrency", values.concurrency, { otherwise: isEmbedded ? 100 : 10, max: 10_000 }),
    timeoutMs: toCount("--timeout", values.timeout, { otherwise: isEmbedded ? 300 : 10_000, max: 3_600_000 }),
    file: values.out ?? "crawl.jsonl",
  };
}

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
      concurrency: { type: "string" },
      timeout: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean" },
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

function toCount(option: string, text: string | undefined, limits: { otherwise: number; max: number }): number {
  if (text === undefined) return limits.otherwise;
  const n = Number(text);
  if (/^\d+$/.test(text) && n >= 1 && n <= limits.max) return n;
  throw new UsageError(`${option} takes a whole number from 1 to ${limits.max}, not "${text}"`);
}
