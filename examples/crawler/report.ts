import type { Visit } from "./crawler.ts";
import type { Traffic } from "./traffic.ts";

/** Counts what came of the visits. */
export class Report {
  pages = 0;
  files = 0;
  redirects = 0;
  failed = 0;
  retries = 0;
  /** How often each error ended a visit. */
  readonly errors = new Map<string, number>();
  /** The pages that took longest, the longest first. */
  readonly slowest: Visit[] = [];

  add(visit: Visit): void {
    const { outcome, tries } = visit;
    this.retries += tries - 1;
    switch (outcome.kind) {
      case "page":
        this.pages++;
        this.#rank(visit);
        break;
      case "file":
        this.files++;
        break;
      case "redirect":
        this.redirects++;
        break;
      case "error":
        this.failed++;
        this.errors.set(outcome.error, (this.errors.get(outcome.error) ?? 0) + 1);
    }
  }

  #rank(visit: Visit): void {
    this.slowest.push(visit);
    this.slowest.sort((a, b) => b.waitedMs - a.waitedMs).splice(3);
  }
}

export interface SummaryOptions {
  readonly traffic: Traffic;
  readonly elapsedMs: number;
  readonly concurrency: number;
  readonly file: string;
  /** The crawl was stopped before its end. */
  readonly wasStopped: boolean;
}

/** The report as text: what was fetched, and what it would have cost to wait for one page after the other. */
export function summarize(report: Report, options: SummaryOptions): string {
  const { traffic, elapsedMs } = options;
  const waited = `${count(report.pages, "page")}, ${seconds(traffic.waitedMs)} of waiting`;
  const headline = options.wasStopped
    ? `Stopped after ${seconds(elapsedMs)}: ${waited}, on one thread.`
    : `${waited}, done in ${seconds(elapsedMs)} on one thread.`;
  return [headline, "", ...rows(report, options), ""].join("\n");
}

function rows(report: Report, { traffic, elapsedMs, concurrency, file }: SummaryOptions): string[] {
  const perSecond = number((report.pages / elapsedMs) * 1000);
  return [
    row("pages", number(report.pages), `${perSecond} a second`),
    ...(report.files > 0 ? [row("other files", number(report.files), "not HTML, so not read")] : []),
    row("redirects", number(report.redirects)),
    row("errors", number(report.failed)),
    ...[...report.errors].sort(([, a], [, b]) => b - a).map(([error, n]) => row(`  ${error}`, number(n))),
    row("requests", number(traffic.requests), `${number(report.retries)} of them second or third tries`),
    row("at once", number(traffic.peak), `of ${number(concurrency)} allowed`),
    ...report.slowest.map((visit, i) => row(i === 0 ? "slowest" : "", `${number(visit.waitedMs)} ms`, visit.address)),
    row("saved in", "", file),
  ];
}

function row(label: string, value: string, note = ""): string {
  return `  ${label.padEnd(28)}${value.padStart(9)}  ${note}`.trimEnd();
}

function count(n: number, noun: string): string {
  return `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
}

function number(n: number): string {
  return Math.round(n).toLocaleString("en");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
