import { expect, test } from "vitest";
import { readOptions, UsageError } from "../crawler/options.ts";

test("readOptions() crawls the embedded site when no URL is given", () => {
  expect(readOptions([])).toEqual({ url: undefined, concurrency: 100, timeoutMs: 300, file: "crawl.jsonl" });
});

test("readOptions() is gentler with another one's site", () => {
  const url = "http://site.test/";
  expect(readOptions(["http://site.test"])).toEqual({ url, concurrency: 10, timeoutMs: 10_000, file: "crawl.jsonl" });
});

test("readOptions() takes the options in any order", () => {
  const args = ["--out", "a.jsonl", "https://site.test/x?y#z", "--timeout=50", "--concurrency", "7"];
  expect(readOptions(args)).toEqual({
    url: "https://site.test/x?y",
    concurrency: 7,
    timeoutMs: 50,
    file: "a.jsonl",
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
  [["--out="], "--out takes the name of a file"],
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
