import { expect, test } from "vitest";
import { readOptions, UsageError } from "../crawler/options.ts";

const embedded = {
  url: undefined,
  scope: "host",
  maxDepth: Infinity,
  maxLinks: Infinity,
  concurrency: 100,
  perHost: 100,
  delayMs: 0,
  timeoutMs: 300,
  retries: 2,
  store: "crawl.db",
  fresh: false,
  report: "crawl.html",
};
const foreign = { ...embedded, concurrency: 10, perHost: 4, timeoutMs: 10_000 };

test("readOptions() crawls the embedded site when no URL is given", () => {
  expect(readOptions([])).toEqual(embedded);
});

test("readOptions() is gentler with another one's site", () => {
  expect(readOptions(["http://site.test"])).toEqual({ ...foreign, url: "http://site.test/" });
});

test("readOptions() takes the options in any order", () => {
  const args = [
    "--store",
    "a.db",
    "--depth=0",
    "https://site.test/x?y#z",
    "--timeout=50",
    "--concurrency",
    "7",
    "--fresh",
  ];
  const more = [
    "--per-host=1",
    "--delay=20",
    "--retries",
    "0",
    "--scope",
    "domain",
    "--max-links=9",
    "--report",
    "a.html",
  ];
  expect(readOptions([...args, ...more])).toEqual({
    url: "https://site.test/x?y",
    scope: "domain",
    maxDepth: 0,
    maxLinks: 9,
    concurrency: 7,
    perHost: 1,
    delayMs: 20,
    timeoutMs: 50,
    retries: 0,
    store: "a.db",
    fresh: true,
    report: "a.html",
  });
});

test("readOptions() says when help is asked for", () => {
  expect(readOptions(["http://site.test", "--help"])).toBe("help");
});

const NO_COUNT = "--concurrency takes a whole number from 1 to 10000, not";
const NO_URL = "is no address that starts with http:// or https://";

test.for<[readonly string[], string]>([
  [["--concurrency", "0"], `${NO_COUNT} "0"`],
  [["--concurrency", "1.5"], `${NO_COUNT} "1.5"`],
  [["--concurrency=-1"], `${NO_COUNT} "-1"`],
  [["--concurrency", "1e3"], `${NO_COUNT} "1e3"`],
  [["--concurrency", "10001"], `${NO_COUNT} "10001"`],
  [["--concurrency="], `${NO_COUNT} ""`],
  [["--timeout", "abc"], '--timeout takes a whole number from 1 to 3600000, not "abc"'],
  [["--timeout"], "Option '--timeout <value>' argument missing"],
  [["--store="], "--store must not be empty"],
  [["--report="], "--report must not be empty"],
  [["--scope", "world"], '--scope is path, host, domain, not "world"'],
  [["--delay", "-5"], "Option '--delay' argument is ambiguous"],
  [["--retries", "many"], '--retries takes a whole number from 0 to 100, not "many"'],
  [["--colour", "red"], "Unknown option '--colour'"],
  [["ftp://site.test"], `"ftp://site.test" ${NO_URL}`],
  [["site.test"], `"site.test" ${NO_URL}`],
  [["http://"], `"http://" ${NO_URL}`],
  [[""], `"" ${NO_URL}`],
  [["http://a.test", "http://b.test"], "one URL at a time, and these are 2"],
])("readOptions() refuses %j", ([args, message]) => {
  expect(() => readOptions(args)).toThrow(UsageError);
  expect(() => readOptions(args)).toThrow(message);
});
