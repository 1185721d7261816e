import type { PageContent } from "./links.ts";

/** A link to follow. */
export interface Link {
  readonly address: string;
  /** How many links lead there from the first page. */
  readonly depth: number;
}

/** What came of asking for one address. */
export type Outcome =
  | { readonly kind: "page"; readonly status: number; readonly html: string; readonly bytes: number }
  /** An answer that isn't HTML: counted, and not read. */
  | { readonly kind: "file"; readonly status: number; readonly type: string }
  | { readonly kind: "redirect"; readonly status: number; readonly to: string }
  | { readonly kind: "error"; readonly error: string; readonly status: number | null; readonly mayPass: boolean }
  /** The site's robots.txt asks not to. */
  | { readonly kind: "forbidden" };

/** One request, and how long it took. */
export interface Request {
  readonly status: number | null;
  readonly error: string | null;
  /** In milliseconds since the crawl began, the time between two runs left out. */
  readonly at: number;
  readonly ms: number;
}

/** One link that was followed, and what came of it. */
export interface Visit {
  readonly link: Link;
  readonly outcome: Outcome;
  /** None, or one and those that were made again. */
  readonly requests: readonly Request[];
  readonly at: number;
  /** What the page says, when the link led to one. */
  readonly content?: PageContent | undefined;
  /** The links that nobody had found before. */
  readonly found: readonly Link[];
}
