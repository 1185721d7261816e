import { expect, test } from "vitest";
import type { Figures } from "../crawler/report/figures.ts";
import { summarize } from "../crawler/report/summary.ts";

const FIGURES: Figures = {
  start: "http://site.test/",
  finished: true,
  elapsedMs: 6_170,
  pages: 1_234,
  files: 1,
  redirects: 1,
  forbidden: 2,
  failed: 3,
  waiting: 0,
  bytes: 1_000_000,
  requests: 1_243,
  retries: 4,
  waitedMs: 61_700,
  errors: [
    { name: "timed out", count: 2 },
    { name: "404 Not Found", count: 1 },
  ],
  statuses: [],
  hosts: [],
  slowest: [
    { url: "http://site.test/1234", ms: 12_340 },
    { url: "http://site.test/1233", ms: 12_330 },
  ],
};

const OPTIONS = { concurrency: 10, mostInFlight: 9, store: "crawl.db", report: "crawl.html" };

test("summarize() tells the counts, the errors by kind and the slowest pages", () => {
  expect(summarize(FIGURES, OPTIONS)).toBe(`\
1,234 pages, 61.7 s of waiting, done in 6.2 s on one thread.

  pages                           1,234  200 a second
  other files                         1  not HTML, so not read
  redirects                           1
  forbidden                           2  by robots.txt, so not asked for
  errors                              3
    timed out                         2
    404 Not Found                     1
  requests                        1,243  4 of them second or third tries
  at once                             9  of 10 allowed
  slowest                     12,340 ms  http://site.test/1234
                              12,330 ms  http://site.test/1233
  saved in                               crawl.db
  report                                 crawl.html
`);
});

test("summarize() says when the crawl was stopped, and what is left", () => {
  const text = summarize({ ...FIGURES, finished: false, waiting: 17 }, OPTIONS);
  expect(text).toMatch(
    /^Stopped after 6\.2 s: 1,234 pages, 61\.7 s of waiting, on one thread\. Start it again to go on\.\n/,
  );
  expect(text).toMatch(/^ {2}still to be followed +17$/m);
});

test("summarize() keeps the password of a database to itself", () => {
  const store = "postgres://me:se:cret@host/crawl";
  expect(summarize(FIGURES, { ...OPTIONS, store })).toMatch(/^ {2}saved in +postgres:\/\/me@host\/crawl$/m);
});
