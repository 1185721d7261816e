import type { Figures } from "./figures.ts";
import { counted, number, perSecond, seconds } from "./words.ts";

export interface SummaryOptions {
  readonly concurrency: number;
  /** The most requests that were in flight at once, in this run. */
  readonly mostInFlight: number;
  readonly store: string;
  readonly report: string;
}

/** The crawl as text: what was fetched, and what it would have cost to wait for one page after the other. */
export function summarize(figures: Figures, options: SummaryOptions): string {
  const elapsed = seconds(figures.elapsedMs);
  const waited = `${counted(figures.pages, "page")}, ${seconds(figures.waitedMs)} of waiting`;
  const headline = figures.finished
    ? `${waited}, done in ${elapsed} on one thread.`
    : `Stopped after ${elapsed}: ${waited}, on one thread. Start it again to go on.`;
  return [headline, "", ...rows(figures, options), ""].join("\n");
}

function rows(figures: Figures, { concurrency, mostInFlight, store, report }: SummaryOptions): string[] {
  const { pages, files, redirects, forbidden, failed, waiting, requests, retries } = figures;
  return [
    row("pages", number(pages), `${perSecond(pages, figures.elapsedMs)} a second`),
    ...(files > 0 ? [row("other files", number(files), "not HTML, so not read")] : []),
    row("redirects", number(redirects)),
    ...(forbidden > 0 ? [row("forbidden", number(forbidden), "by robots.txt, so not asked for")] : []),
    row("errors", number(failed)),
    ...figures.errors.map(({ name, count }) => row(`  ${name}`, number(count))),
    ...(waiting > 0 ? [row("still to be followed", number(waiting))] : []),
    row("requests", number(requests), `${number(retries)} of them second or third tries`),
    row("at once", number(mostInFlight), `of ${number(concurrency)} allowed`),
    ...figures.slowest.map(({ url, ms }, i) => row(i === 0 ? "slowest" : "", `${number(ms)} ms`, url)),
    row("saved in", "", withoutPassword(store)),
    row("report", "", report),
  ];
}

/** The summary may go into a log. */
function withoutPassword(store: string): string {
  return store.replace(/^(\w+:\/\/[^:@/]*):[^@/]*@/, "$1@");
}

function row(label: string, value: string, note = ""): string {
  return `  ${label.padEnd(28)}${value.padStart(9)}  ${note}`.trimEnd();
}
