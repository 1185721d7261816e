import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "asyncio-ts";
import { expect, onTestFinished, test } from "vitest";
import { readFigures } from "../crawler/report/figures.ts";
import { writeReport } from "../crawler/report/page.ts";
import { latencies, pagesOverTime } from "../crawler/report/plots.ts";
import { Store } from "../crawler/store/store.ts";
import type { Request, Visit } from "../crawler/visit.ts";

const START = "http://site.test/";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "crawler-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function withStore(body: (store: Store, folder: string) => Promise<void>): Promise<void> {
  const folder = newFolder();
  await run(async () => {
    await using store = await Store.open(join(folder, "crawl.db"));
    await store.begin(START, "{}");
    await body(store, folder);
  });
}

function request(at: number, ms: number, status: number | null = 200, error: string | null = null): Request {
  return { at, ms, status, error };
}

function page(path: string, at: number, links: readonly string[] = []): Visit {
  return {
    link: { address: START + path, depth: 1 },
    outcome: { kind: "page", status: 200, html: "", bytes: 100 },
    requests: [request(at - 10, 10)],
    at,
    content: { title: `page ${path}`, links: links.map((link) => START + link) },
    found: links.map((link) => ({ address: START + link, depth: 2 })),
  };
}

const VISITS: Visit[] = [
  page("", 100, ["a", "b", "c", "d", "e"]),
  page("a", 200),
  {
    link: { address: `${START}b`, depth: 2 },
    outcome: { kind: "error", error: "503 Service Unavailable", status: 503, mayPass: true },
    requests: [request(110, 5, 503, "503 Service Unavailable"), request(160, 1_000, null, "timed out")],
    at: 1_160,
    found: [],
  },
  {
    link: { address: `${START}c`, depth: 2 },
    outcome: { kind: "redirect", status: 301, to: `${START}f` },
    requests: [request(110, 7, 301)],
    at: 117,
    found: [{ address: `${START}f`, depth: 2 }],
  },
  { link: { address: `${START}d`, depth: 2 }, outcome: { kind: "forbidden" }, requests: [], at: 120, found: [] },
];

test("Store.frontier() has all links that were found, and those that are not done with", () =>
  withStore(async (store) => {
    expect(await store.frontier()).toEqual({ known: [START], waiting: [{ address: START, depth: 0 }] });
    await store.save(VISITS);
    const { known, waiting } = await store.frontier();
    expect(known).toEqual(["", "a", "b", "c", "d", "e", "f"].map((path) => START + path));
    expect(waiting).toEqual(["e", "f"].map((path) => ({ address: START + path, depth: 2 })));
  }));

test("Store.save() saves all visits or none", () =>
  withStore(async (store) => {
    const broken = { ...page("a", 200), at: undefined as unknown as number };
    await expect(store.save([page("", 100, ["a"]), broken])).rejects.toThrow();
    expect((await store.frontier()).known).toEqual([START]);
    expect(await store.rows("SELECT * FROM crawl_pages")).toEqual([]);
  }));

test("Store.crawl() tells how far the crawl has come, when the store is opened again", async () => {
  const file = join(newFolder(), "crawl.db");
  await run(async () => {
    {
      await using store = await Store.open(file);
      expect(await store.crawl()).toBeNull();
      await store.begin(START, '{"depth":3}');
      store.follow({ elapsedMs: () => 1_234, root: () => "http://www.site.test/" });
      await store.save(VISITS);
    }
    await using store = await Store.open(`sqlite:${file}`);
    const crawl = { start: START, root: "http://www.site.test/", settings: '{"depth":3}', elapsedMs: 1_234 };
    expect(await store.crawl()).toEqual({ ...crawl, finished: false });
    store.follow({ elapsedMs: () => 2_000, root: () => crawl.root });
    await store.finish();
    expect(await store.crawl()).toEqual({ ...crawl, elapsedMs: 2_000, finished: true });
  });
});

test("Store.begin() forgets the crawl before", () =>
  withStore(async (store) => {
    await store.save(VISITS);
    await store.begin("http://other.test/", "{}");
    expect((await store.frontier()).known).toEqual(["http://other.test/"]);
    expect(await readFigures(store)).toMatchObject({ pages: 0, failed: 0, requests: 0, start: "http://other.test/" });
  }));

test("readFigures() counts what is in the store", () =>
  withStore(async (store) => {
    store.follow({ elapsedMs: () => 1_500, root: () => START });
    await store.save(VISITS);
    expect(await readFigures(store)).toEqual({
      start: START,
      finished: false,
      elapsedMs: 1_500,
      pages: 2,
      files: 0,
      redirects: 1,
      forbidden: 1,
      failed: 1,
      waiting: 2,
      bytes: 200,
      requests: 5,
      retries: 1,
      waitedMs: 10 + 10 + 5 + 1_000 + 7,
      errors: [{ name: "503 Service Unavailable", count: 1 }],
      statuses: [
        { name: "200", count: 2 },
        { name: "301", count: 1 },
        { name: "503", count: 1 },
        { name: "timed out", count: 1 },
      ],
      hosts: [{ host: "site.test", requests: 5, meanMs: 1_032 / 5, maxMs: 1_000 }],
      slowest: [
        { url: START, ms: 10 },
        { url: `${START}a`, ms: 10 },
      ],
    });
  }));

test("pagesOverTime() only grows, and ends with all pages", () =>
  withStore(async (store) => {
    await store.save(VISITS);
    const { x, y } = await pagesOverTime(store, 400);
    expect([x[0], x.at(-1), y[0], y[50], y[99], y[100], y.at(-1)]).toEqual([0, 0.4, 0, 1, 1, 2, 2]);
  }));

test("latencies() counts the requests by how long they took, in steps that grow", () =>
  withStore(async (store) => {
    await store.save(VISITS);
    const { x, y } = await latencies(store);
    expect(x.map((ms) => Number(ms.toPrecision(2)))).toEqual([
      4, 6.3, 10, 16, 25, 40, 63, 100, 160, 250, 400, 630, 1_000,
    ]);
    expect(y).toEqual([1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  }));

test("writeReport() makes one page that needs nothing from elsewhere, whatever the names in it", () =>
  withStore(async (store, folder) => {
    const evil = `${START}?"</script><b>`;
    await store.begin(evil, "{}");
    await store.save([{ ...page("", 50), link: { address: evil, depth: 0 } }, ...VISITS]);
    const file = join(folder, "crawl.html");
    await writeReport(file, store, await readFigures(store));
    const html = readFileSync(file, "utf8");
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toContain("<b>");
    expect(html).not.toMatch(/<(?:script|link|img)[^>]*(?:src|href)=/);
    expect(html).toContain("<th>503</th>");
    expect(html).toContain("<th>site.test</th>");
    const [, data] = /<script type="application\/json" id="data">(.*?)<\/script>/.exec(html) ?? [];
    expect(JSON.parse(data ?? "")).toMatchObject({ time: { y: expect.any(Array) }, latency: { x: expect.any(Array) } });
  }));
