import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test } from "vitest";
import { SITE } from "../crawler/site/site-server.ts";
import { canRunPrograms, type Program, runProgram, startProgram } from "./run-program.ts";
import { type Answers, linksTo, manyPaths, startTestSite, type TestSite } from "./test-site.ts";

const MAIN = "crawler/main.ts";

interface Row {
  readonly url: string;
  /** Of the pages; an error has none. */
  readonly kind?: "page" | "file" | "redirect" | "forbidden";
  readonly reason?: string;
  readonly tries: number;
  readonly ms: number;
}

type Database = InstanceType<typeof DatabaseSync>;

async function openDatabase(program: Program, file = "crawl.db"): Promise<Database> {
  const { DatabaseSync } = await import("node:sqlite");
  return new DatabaseSync(join(program.folder, file), { readOnly: true });
}

/** What came of each link, in the order in which they were done with. */
async function readRows(program: Program, file?: string): Promise<Row[]> {
  const database = await openDatabase(program, file);
  const read = (table: string) =>
    database.prepare(`SELECT * FROM ${table}`).all() as unknown as (Row & { at: number })[];
  const rows = [...read("crawl_pages"), ...read("crawl_errors")];
  database.close();
  return rows.sort((a, b) => a.at - b.at);
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

/** The pages that were asked for, in order. */
function asked({ requests }: TestSite): string[] {
  return requests.filter((path) => path !== "/robots.txt");
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
    expect([code, stderr.replaceAll(/^[\d,]+ of [\d,]+ links, \d+ in flight, \d+ failed\n/gm, "")]).toEqual([0, ""]);

    const rows = await readRows(program);
    expect(tally(rows.map((row) => row.reason ?? row.kind ?? "neither"))).toEqual({
      page: SITE.pages,
      redirect: SITE.moved,
      forbidden: SITE.forbidden,
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
    expect(stdout).toMatch(/^ {2}saved in +crawl\.db$/m);
    // Not on a terminal the progress is a few plain lines, about one a second.
    expect(stderr.split("\n").length).toBeLessThan(10);
    expect(readFileSync(join(program.folder, "crawl.html"), "utf8")).toContain("<dd>1,000</dd><dt>pages</dt>");
  });

  test("the links and the requests are kept too", async () => {
    const site = await openSite({ "/": linksTo("/a", "/b"), "/a": linksTo("/", "/b"), "/b": linksTo() });
    const program = startProgram(MAIN, site.url);
    expect((await program.ended).code).toBe(0);
    const database = await openDatabase(program);
    const links = database.prepare("SELECT source, target FROM crawl_links ORDER BY source, target").all();
    const requests = database.prepare("SELECT url, status, ms FROM crawl_requests ORDER BY url").all();
    database.close();
    const [root, a, b] = ["", "a", "b"].map((path) => site.url + path);
    expect(links.map(({ source, target }) => [source, target])).toEqual([
      [root, a],
      [root, b],
      [a, root],
      [a, b],
    ]);
    expect(requests.map(({ url, status }) => [url, status])).toEqual([root, a, b].map((url) => [url, 200]));
    expect(requests.every(({ ms }) => Number(ms) > 0)).toBe(true);
  });

  test("--concurrency limits the requests and the connections", async () => {
    const site = await openSite({
      "/": linksTo(...manyPaths("page", 40)),
      ...Object.fromEntries(manyPaths("page", 40).map((path) => [path, slowly(20)])),
    });
    const { code, stdout } = await runProgram(MAIN, site.url, "--concurrency", "5", "--per-host", "40");
    expect(code).toBe(0);
    expect(asked(site).length).toBe(41);
    expect(site.open.most).toBe(5);
    expect(site.connections.most).toBe(5);
    expect(stdout).toMatch(/^41 pages,/);
    expect(stdout).toMatch(/^ {2}at once +5 {2}of 5 allowed$/m);
  });

  test("--per-host limits the requests to each host, and a slow host does not hold up another", async () => {
    const pages = Object.fromEntries(manyPaths("page", 12).map((path) => [path, slowly(20)]));
    const other = await openSite({ "/": linksTo(...manyPaths("page", 12)), ...pages });
    const site = await openSite({ "/": linksTo(other.url, ...manyPaths("page", 12)), ...pages });
    const { code } = await runProgram(MAIN, site.url, "--scope", "domain", "--per-host", "2", "--concurrency", "50");
    expect(code).toBe(0);
    expect([asked(site).length, asked(other).length]).toEqual([13, 13]);
    expect([site.open.most, other.open.most]).toEqual([2, 2]);
  });

  test("--delay and the crawl-delay of robots.txt set the requests to a host apart", async () => {
    const times: number[] = [];
    const timed: Answers[string] = (response) => {
      times.push(performance.now());
      response.writeHead(200, { "content-type": "text/html" }).end(linksTo(...manyPaths("page", 4)));
    };
    const pages = Object.fromEntries(["/", ...manyPaths("page", 4)].map((path) => [path, timed]));
    const site = await openSite({ ...pages, "/robots.txt": asText("User-agent: *\nCrawl-delay: 0.08") });
    expect((await runProgram(MAIN, site.url, "--delay", "20")).code).toBe(0);
    expect(times.length).toBe(5);
    const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(4 * 80 - 30);
    expect(Math.min(...pauses)).toBeGreaterThan(40);
  });

  test("robots.txt is obeyed, and read once", async () => {
    const site = await openSite({
      "/": linksTo("/open", "/closed/a", "/closed/b"),
      "/open": linksTo("/closed/c"),
      "/robots.txt": asText("User-agent: *\nDisallow: /closed/"),
    });
    const program = startProgram(MAIN, site.url);
    const { code, stdout } = await program.ended;
    expect(code).toBe(0);
    expect(site.requests.toSorted()).toEqual(["/", "/open", "/robots.txt"]);
    expect(tally((await readRows(program)).map(({ kind }) => kind ?? ""))).toEqual({ page: 2, forbidden: 3 });
    expect(stdout).toMatch(/^ {2}forbidden +3 {2}by robots\.txt/m);
  });

  test("robots.txt that can't be told now forbids all", async () => {
    const site = await openSite({ "/": linksTo(), "/robots.txt": (response) => response.writeHead(503).end() });
    const { code, stdout } = await runProgram(MAIN, site.url);
    expect([code, asked(site)]).toEqual([1, []]);
    expect(stdout).toMatch(/^ {4}no robots\.txt: status 503 +1$/m);
  });

  test("--depth limits how far the links are followed, --max-links how many", async () => {
    const chain = Object.fromEntries(manyPaths("page", 9).map((path, i) => [path, linksTo(`/page/${i + 2}`)]));
    const site = await openSite({ "/": linksTo("/page/1"), ...chain });
    expect((await runProgram(MAIN, site.url, "--depth", "3")).code).toBe(0);
    expect(asked(site)).toEqual(["/", "/page/1", "/page/2", "/page/3"]);
    expect((await runProgram(MAIN, site.url, "--max-links", "2")).code).toBe(0);
    expect(asked(site).slice(4)).toEqual(["/", "/page/1"]);
  });

  test("--scope path stays below the address", async () => {
    const site = await openSite({
      "/docs/": linksTo("a", "/", "/docs/b"),
      "/docs/a": linksTo("/blog/"),
      "/docs/b": linksTo(),
    });
    expect((await runProgram(MAIN, `${site.url}docs/`, "--scope", "path")).code).toBe(0);
    expect(asked(site).toSorted()).toEqual(["/docs/", "/docs/a", "/docs/b"]);
  });

  test("--timeout limits each request, and its connection is gone before the next", async () => {
    const site = await openSite({ "/": linksTo("/hangs"), "/hangs": () => {} });
    const program = startProgram(MAIN, site.url, "--timeout", "500", "--concurrency", "1");
    expect((await program.ended).code).toBe(0);
    expect(asked(site)).toEqual(["/", "/hangs", "/hangs", "/hangs"]);
    expect(site.open.most).toBe(1);
    const [first, second] = await readRows(program);
    expect(first).toMatchObject({ url: site.url, kind: "page", status: 200, title: "links", tries: 1 });
    expect(second).toMatchObject({ url: `${site.url}hangs`, reason: "timed out", tries: 3 });
    expect(second?.ms).toBeGreaterThanOrEqual(1_495);
  });

  test("--retries says how often to ask again, and a server's Retry-After is heeded", async () => {
    let first = 0;
    const busy: Answers[string] = (response) => {
      first ||= performance.now();
      response.writeHead(503, { "retry-after": "1" }).end();
    };
    const site = await openSite({ "/": linksTo("/busy"), "/busy": busy });
    expect((await runProgram(MAIN, site.url, "--retries", "1")).code).toBe(0);
    expect(asked(site)).toEqual(["/", "/busy", "/busy"]);
    expect(performance.now() - first).toBeGreaterThan(990);
  });

  test("--store and --report say where things go", async () => {
    const site = await openSite({ "/": linksTo("/") });
    const program = startProgram(MAIN, site.url, "--store", "mine.db", "--report", "mine.html");
    expect((await program.ended).stdout).toMatch(/^ {2}saved in +mine\.db\n {2}report +mine\.html$/m);
    expect((await readRows(program, "mine.db")).map((row) => row.url)).toEqual([site.url]);
    expect(existsSync(join(program.folder, "mine.html"))).toBe(true);
    expect(existsSync(join(program.folder, "crawl.db"))).toBe(false);
  });

  test("--store that can't be written is an error", async () => {
    const { code, stdout, stderr } = await runProgram(MAIN, "--store", "no/such/folder.db");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^crawler: .*unable to open database file.*\n$/);
  });

  test("--report that can't be written is an error, and the crawl is kept", async () => {
    const site = await openSite({ "/": linksTo("/") });
    const program = startProgram(MAIN, site.url, "--report", "no/such/folder.html");
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^crawler: ENOENT: no such file or directory, open '.*no.such.folder\.html'\n$/);
    expect((await readRows(program)).length).toBe(1);
  });

  test("URL is followed where it leads, and no further than its site", async () => {
    const other = await openSite({ "/": linksTo("/a", "/b.pdf"), "/a": linksTo("/"), "/b.pdf": asPdf });
    const site = await openSite({ "/": (response) => response.writeHead(302, { location: other.url }).end() });
    const program = startProgram(MAIN, site.url.slice(0, -1), "--concurrency", "1");
    const { code, stdout } = await program.ended;
    expect([code, asked(site)]).toEqual([0, ["/"]]);
    expect(await readRows(program)).toMatchObject([
      { url: site.url, kind: "redirect", target: other.url },
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
    expect(stdout).toMatch(/^ {4}no robots\.txt: connection refused +1$/m);
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
    const program = startProgram(MAIN, site.url, "--concurrency", "50", "--per-host", "50");
    await program.seen("21 of 26 links, 5 in flight, 0 failed\n");
    return { site, program };
  }

  test("the crawl stops cleanly and keeps what was fetched", async () => {
    const { site, program } = await crawlHalfway();
    program.child.kill("SIGINT");
    const { code, signal, stdout, stderr } = await program.ended;

    expect([code, signal]).toEqual([130, null]);
    expect(stdout).toMatch(/^Stopped after \d\.\d s: 21 pages, \d+\.\d s of waiting, on one thread\. Start it again/);
    expect(stdout).toMatch(/^ {2}still to be followed +5$/m);
    expect(stderr).toMatch(/^(21 of 26 links, 5 in flight, 0 failed\n)+$/); // and nothing else: no stack trace
    expect((await readRows(program)).map(({ kind }) => kind)).toEqual(Array(21).fill("page"));
    expect(existsSync(join(program.folder, "crawl.html"))).toBe(true);
    await expect.poll(() => [site.open.now, site.connections.now]).toEqual([0, 0]);
  });

  test("a second one, in the middle of the clean-up, ends the program too", async () => {
    const { program } = await crawlHalfway();
    program.child.kill("SIGINT");
    program.child.kill("SIGINT");
    const { code, signal, stderr } = await program.ended;
    expect([code, signal]).toEqual([130, null]);
    expect(stderr).toMatch(/^(21 of 26 links, \d in flight, 0 failed\n)+$/);
    expect((await readRows(program)).length).toBe(21);
  });
});

function slowly(ms: number): Answers[string] {
  return (response) => {
    setTimeout(() => response.writeHead(200, { "content-type": "text/html" }).end("<title>slow</title>"), ms);
  };
}

function asText(text: string): Answers[string] {
  return (response) => response.writeHead(200, { "content-type": "text/plain" }).end(text);
}

const asPdf: Answers[string] = (response) => response.writeHead(200, { "content-type": "application/pdf" }).end("%PDF");
