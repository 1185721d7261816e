import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { canRunPrograms, type Program, startProgram, startProgramIn } from "./run-program.ts";
import { type Answers, linksTo, startTestSite, type TestSite } from "./test-site.ts";

const MAIN = "crawler/main.ts";
const KILLS = 20;
const PAGES = 600;

const sites: TestSite[] = [];

afterEach(async () => {
  for (const site of sites.splice(0)) await site[Symbol.asyncDispose]();
});

/** Pages that link to each other at random, so that many ways lead to each; some are redirects, some are missing. */
function manyAnswers(): Answers {
  const answers: Record<string, Answers[string]> = { "/": linksTo(...links(0)) };
  for (let page = 1; page < PAGES; page++) answers[`/${page}`] = answerOf(page);
  return answers;
}

function answerOf(page: number): Answers[string] {
  if (page % 50 === 7) return (response) => response.writeHead(301, { location: `/${(page * 7) % PAGES}` }).end();
  if (page % 50 === 9) return (response) => response.writeHead(404).end();
  const html = linksTo(...links(page));
  return (response) => setTimeout(() => response.writeHead(200, { "content-type": "text/html" }).end(html), page % 7);
}

function links(page: number): string[] {
  return [2 * page + 1, 2 * page + 2, (page * 31) % PAGES].filter((to) => to < PAGES).map((to) => `/${to}`);
}

interface Saved {
  readonly pages: readonly string[];
  readonly errors: readonly string[];
  readonly links: number;
}

async function readSaved(program: Program): Promise<Saved> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(join(program.folder, "crawl.db"));
  const exists = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'crawl_requests'").get() !== undefined;
  const column = (sql: string) =>
    exists
      ? database
          .prepare(sql)
          .all()
          .map((row) => String(row["url"]))
      : [];
  const saved = {
    pages: column("SELECT url FROM crawl_pages ORDER BY url"),
    errors: column("SELECT url FROM crawl_errors ORDER BY url"),
    links: column("SELECT source AS url FROM crawl_links").length,
  };
  database.close();
  return saved;
}

/** From the site's address on. */
function paths(urls: readonly string[]): string[] {
  return urls.map((url) => new URL(url).pathname);
}

describe.skipIf(!canRunPrograms || process.platform === "win32")(
  "crawler, killed in the middle (Node 24 and up)",
  () => {
    test(`SIGKILL at ${KILLS} random moments loses nothing that was saved, and no page is saved twice`, {
      timeout: 180_000,
    }, async () => {
      const whole = await startTestSite(manyAnswers());
      const killed = await startTestSite(manyAnswers());
      sites.push(whole, killed);
      const uninterrupted = startProgram(MAIN, whole.url, "--per-host", "10");
      expect((await uninterrupted.ended).code).toBe(0);

      const first = startProgram(MAIN, killed.url, "--per-host", "10");
      let before: Saved = { pages: [], errors: [], links: 0 };
      let kills = 0;
      for (let program = first; ; program = startProgramIn(first.folder, MAIN, killed.url, "--per-host", "10")) {
        const requestsBefore = killed.requests.length;
        if (kills < KILLS) await killSoon(program, killed, requestsBefore);
        const { code, signal } = await program.ended;
        const asked = killed.requests.slice(requestsBefore).filter((path) => path !== "/robots.txt");
        const after = await readSaved(program);
        // What was saved stays, and is not asked for again.
        expect(after.pages).toEqual(expect.arrayContaining([...before.pages]));
        expect(asked.filter((path) => paths([...before.pages, ...before.errors]).includes(path))).toEqual([]);
        before = after;
        if (signal === null) {
          expect(code).toBe(0);
          break;
        }
        kills += 1;
      }

      expect(kills).toBe(KILLS);
      const [wanted, got] = [await readSaved(uninterrupted), before];
      expect(paths(got.pages)).toEqual(paths(wanted.pages));
      expect(paths(got.errors)).toEqual(paths(wanted.errors));
      expect(got.links).toBe(wanted.links);
    });
  },
);

/** After a number of requests that chance decides: few enough that the crawl is not at its end. */
async function killSoon(program: Program, site: TestSite, from: number): Promise<void> {
  const wanted = from + Math.floor((Math.random() * PAGES) / KILLS / 1.5);
  while (site.requests.length <= wanted && program.child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 2));
  program.child.kill("SIGKILL");
}
