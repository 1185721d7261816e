import { expect, test } from "vitest";
import type { Visit } from "../crawler/crawler.ts";
import { Report, summarize } from "../crawler/report.ts";
import { Traffic } from "../crawler/traffic.ts";

function visitOf(n: number, outcome: Visit["outcome"], tries = 1): Visit {
  return { address: `http://site.test/${n}`, outcome, tries, waitedMs: n * 10 };
}

function fill(report: Report): void {
  for (let n = 1; n <= 1234; n++) report.add(visitOf(n, { kind: "page", status: 200, html: "" }));
  report.add(visitOf(1, { kind: "redirect", status: 301, to: "http://site.test/2" }));
  report.add(visitOf(2, { kind: "file", status: 200, type: "image/png" }));
  report.add(visitOf(3, { kind: "error", error: "404 Not Found", mayPass: false }));
  for (let n = 4; n < 6; n++) report.add(visitOf(n, { kind: "error", error: "timed out", mayPass: true }, 3));
}

function summaryOf(report: Report, wasStopped: boolean): string {
  const traffic = Object.assign(new Traffic(), { requests: 1243, peak: 10, waitedMs: 61_700 });
  return summarize(report, { traffic, elapsedMs: 6170, concurrency: 10, file: "crawl.jsonl", wasStopped });
}

test("summarize() tells the counts, the errors by kind and the slowest pages", () => {
  const report = new Report();
  fill(report);
  expect(summaryOf(report, false)).toBe(`\
1,234 pages, 61.7 s of waiting, done in 6.2 s on one thread.

  pages                           1,234  200 a second
  other files                         1  not HTML, so not read
  redirects                           1
  errors                              3
    timed out                         2
    404 Not Found                     1
  requests                        1,243  4 of them second or third tries
  at once                            10  of 10 allowed
  slowest                     12,340 ms  http://site.test/1234
                              12,330 ms  http://site.test/1233
                              12,320 ms  http://site.test/1232
  saved in                               crawl.jsonl
`);
});

test("summarize() says when the crawl was stopped", () => {
  expect(summaryOf(new Report(), true)).toMatch(
    /^Stopped after 6\.2 s: 0 pages, 61\.7 s of waiting, on one thread\.\n/,
  );
});
