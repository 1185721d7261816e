import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { SITE } from "../crawler/site-server.ts";
import { canRunPrograms, type Program, runProgram, startProgram } from "./run-program.ts";
import { type Answers, linksTo, manyPaths, startTestSite, type TestSite } from "./test-site.ts";

const MAIN = "crawler/main.ts";

interface Row {
  readonly url: string;
  readonly kind: "page" | "file" | "redirect" | "error";
  readonly error?: string;
  readonly tries: number;
  readonly ms: number;
}

function readRows(program: Program, file = "crawl.jsonl"): Row[] {
  const text = readFileSync(join(program.folder, file), "utf8");
  expect(text.endsWith("\n")).toBe(true); // no half line
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

/** How often each value came. */
function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

const sites: TestSite[] = [];

async function openSite(answers: Answers): Promise<TestSite> {
  const site = await startTestSite(answers);
  sites.push(site);
  return site;
}

afterEach(async () => {
  for (const site of sites.splice(0)) await site[Symbol.asyncDispose]();
});

// Needs a Node that runs TypeScript with `using`: 24 or later.
describe.skipIf(!canRunPrograms)("crawler (Node 24 and up)", () => {
  // Once more if need be: on a machine that is busy with other things, a page can take longer than its timeout.
  test("npm start crawls all of the embedded site and sums it up", { retry: 2, timeout: 60_000 }, async () => {
    const program = startProgram(MAIN);
    const { code, stdout, stderr } = await program.ended;
    expect(code).toBe(0);

    const rows = readRows(program);
    expect(tally(rows.map((row) => row.error ?? row.kind))).toEqual({
      page: SITE.pages,
      redirect: SITE.moved,
      "404 Not Found": SITE.missing,
      "500 Internal Server Error": SITE.broken,
      "timed out": SITE.hanging,
      "connection reset": SITE.resetting,
    });
    expect(new Set(rows.map((row) => row.url)).size).toBe(rows.length); // each once
    expect(rows.filter(({ url }) => url.includes("/missing/")).every(({ tries }) => tries === 1)).toBe(true);
    expect(rows.filter(({ url }) => /broken|hanging|resetting/.test(url)).every(({ tries }) => tries === 3)).toBe(true);
    expect(rows.filter(({ url }) => url.endsWith("42")).filter(({ tries }) => tries > 1).length).toBeGreaterThan(7);

    expect(stdout).toMatch(/^1,000 pages, \d+\.\d s of waiting, done in \d\.\d s on one thread\.\n/);
    expect(stdout).toMatch(/^ {2}errors +26$/m);
    expect(stdout).toMatch(/^ {2}at once +(100|\d\d) {2}of 100 allowed$/m);
    expect(stdout).toMatch(/^ {2}saved in +crawl\.jsonl$/m);
    // Not on a terminal the progress is a few plain lines, about one a second.
    expect(stderr).toMatch(/^([\d,]+ of [\d,]+ links, \d+ in flight, \d+ failed\n)*$/);
    expect(stderr.split("\n").length).toBeLessThan(10);
  });

  test("--concurrency limits the requests and the connections", async () => {
    const site = await openSite({
      "/": linksTo(...manyPaths("page", 40)),
      ...Object.fromEntries(manyPaths("page", 40).map((path) => [path, slowly(20)])),
    });
    const { code, stdout } = await runProgram(MAIN, site.url, "--concurrency", "5");
    expect(code).toBe(0);
    expect(site.requests.length).toBe(41);
    expect(site.open.most).toBe(5);
    expect(site.connections.most).toBe(5);
    expect(stdout).toMatch(/^41 pages,/);
    expect(stdout).toMatch(/^ {2}at once +5 {2}of 5 allowed$/m);
  });

  test("--timeout limits each request, and its connection is gone before the next", async () => {
    const site = await openSite({ "/": linksTo("/hangs"), "/hangs": () => {} });
    const program = startProgram(MAIN, site.url, "--timeout", "100", "--concurrency", "1");
    expect((await program.ended).code).toBe(0);
    expect(site.requests).toEqual(["/", "/hangs", "/hangs", "/hangs"]);
    expect(site.open.most).toBe(1);
    const [first, second] = readRows(program);
    expect(first).toMatchObject({ url: site.url, kind: "page", status: 200, title: "links", links: 1, tries: 1 });
    expect(second).toMatchObject({ url: `${site.url}hangs`, kind: "error", error: "timed out", tries: 3 });
    expect(second?.ms).toBeGreaterThanOrEqual(295);
  });

  test("--out says where the results go", async () => {
    const site = await openSite({ "/": linksTo("/") });
    const program = startProgram(MAIN, site.url, "--out", "mine.jsonl");
    expect((await program.ended).stdout).toMatch(/^ {2}saved in +mine\.jsonl$/m);
    expect(readRows(program, "mine.jsonl").map((row) => row.url)).toEqual([site.url]);
  });

  test("--out that can't be written is an error", async () => {
    const { code, stdout, stderr } = await runProgram(MAIN, "--out", "no/such/folder.jsonl");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^crawler: ENOENT: no such file or directory, open '.*no.such.folder\.jsonl'\n$/);
  });

  test.runIf(process.platform === "linux")("a full disk ends the crawl", async () => {
    const site = await openSite({ "/": linksTo("/a"), "/a": slowly(50) });
    const { code, stderr } = await runProgram(MAIN, site.url, "--out", "/dev/full");
    expect([code, stderr]).toEqual([1, "crawler: ENOSPC: no space left on device, write\n"]);
  });

  test("URL is followed where it leads, and no further than its site", async () => {
    const other = await openSite({ "/": linksTo("/a", "/b.pdf"), "/a": linksTo("/"), "/b.pdf": asPdf });
    const site = await openSite({ "/": (response) => response.writeHead(302, { location: other.url }).end() });
    const program = startProgram(MAIN, site.url.slice(0, -1), "--concurrency", "1");
    const { code, stdout } = await program.ended;
    expect([code, site.requests]).toEqual([0, ["/"]]);
    expect(readRows(program)).toMatchObject([
      { url: site.url, kind: "redirect", to: other.url },
      { url: other.url, kind: "page" },
      { url: `${other.url}a`, kind: "page" },
      { url: `${other.url}b.pdf`, kind: "file", type: "application/pdf" },
    ]);
    expect(stdout).toMatch(/^ {2}other files +1 {2}not HTML, so not read$/m);
  });

  test("URL that can't be reached is said, and fails", async () => {
    const site = await startTestSite({});
    await site[Symbol.asyncDispose](); // now nobody listens on its port
    const { code, stdout, stderr } = await runProgram(MAIN, site.url);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^0 pages,/);
    expect(stdout).toMatch(/^ {4}connection refused +1$/m);
    expect(stderr).toBe(`crawler: ${site.url} could not be fetched\n`);
  });

  test("--help shows the usage", async () => {
    const { code, stdout, stderr } = await runProgram(MAIN, "--help");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Usage: npm start/);
  });

  test.for([["--concurrency", "0"], ["ftp://site.test"], ["--colour"]])(
    "%s is refused with a message and the usage",
    async (args) => {
      const { code, stdout, stderr } = await runProgram(MAIN, ...args);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^crawler: .+\n\nUsage: npm start/);
    },
  );
});

describe.skipIf(!canRunPrograms || process.platform === "win32")("crawler, at Ctrl-C (Node 24 and up)", () => {
  /** 21 pages that answer and 5 that hang, crawled until only these are left. */
  async function crawlHalfway(): Promise<{ site: TestSite; program: Program }> {
    const [good, bad] = [manyPaths("good", 20), manyPaths("bad", 5)];
    const site = await openSite({
      "/": linksTo(...good, ...bad),
      ...Object.fromEntries(good.map((path) => [path, linksTo("/")])),
      ...Object.fromEntries(bad.map((path) => [path, () => {}])),
    });
    const program = startProgram(MAIN, site.url, "--concurrency", "50");
    await program.seen("21 of 26 links, 5 in flight, 0 failed\n");
    return { site, program };
  }

  test("the crawl stops cleanly and keeps what was fetched", async () => {
    const { site, program } = await crawlHalfway();
    program.child.kill("SIGINT");
    const { code, signal, stdout, stderr } = await program.ended;

    expect([code, signal]).toEqual([130, null]);
    expect(stdout).toMatch(/^Stopped after \d\.\d s: 21 pages, \d+\.\d s of waiting, on one thread\.\n/);
    expect(stderr).toMatch(/^(21 of 26 links, 5 in flight, 0 failed\n)+$/); // and nothing else: no stack trace
    expect(readRows(program).map(({ kind }) => kind)).toEqual(Array(21).fill("page"));
    await expect.poll(() => [site.open.now, site.connections.now]).toEqual([0, 0]);
  });

  test("a second one, in the middle of the clean-up, ends the program too", async () => {
    const { program } = await crawlHalfway();
    program.child.kill("SIGINT");
    program.child.kill("SIGINT");
    const { code, signal, stderr } = await program.ended;
    expect([code, signal]).toEqual([130, null]);
    expect(stderr).toMatch(/^(21 of 26 links, \d in flight, 0 failed\n)+$/);
    expect(readRows(program).length).toBe(21);
  });
});

function slowly(ms: number): Answers[string] {
  return (response) => {
    setTimeout(() => response.writeHead(200, { "content-type": "text/html" }).end("<title>slow</title>"), ms);
  };
}

const asPdf: Answers[string] = (response) => response.writeHead(200, { "content-type": "application/pdf" }).end("%PDF");
