import { createPool } from "@asyncio-ts/db";
import { run } from "asyncio-ts";
import { beforeAll, describe, expect, test } from "vitest";
import { canRunPrograms, startProgram, startProgramIn } from "./run-program.ts";
import { type Answers, linksTo, manyPaths, startTestSite } from "./test-site.ts";

const MAIN = "crawler/main.ts";
const URL = process.env["ASYNCIO_TS_POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";
const SCHEMA = `crawler_test_${process.pid}`;
const STORE = `${URL}?options=${encodeURIComponent(`-c search_path=${SCHEMA}`)}`;

const hangs: Answers[string] = () => {};

// Needs a Node that runs TypeScript with `using`: 24 or later; and PostgreSQL, which CI has to have.
describe.skipIf(!canRunPrograms)("crawler --store postgres:// (Node 24 and up)", () => {
  let missing = false;

  beforeAll(async () => {
    try {
      await statement(`CREATE SCHEMA ${SCHEMA}`);
    } catch (error) {
      if (process.env["CI"] === "true") throw error;
      missing = true;
    }
    return () => (missing ? undefined : statement(`DROP SCHEMA ${SCHEMA} CASCADE`));
  });

  test("keeps the crawl in PostgreSQL, and goes on with it after a kill", { timeout: 60_000 }, async ({ skip }) => {
    if (missing) skip(`no PostgreSQL at ${URL}`);
    const pages = manyPaths("page", 120);
    const answers: Record<string, Answers[string]> = { "/": linksTo(...pages, "/late") };
    for (const path of pages) answers[path] = linksTo("/", "/late");
    answers["/late"] = hangs;
    await using site = await startTestSite(answers);
    const args = ["--store", STORE, "--per-host", "20", "--concurrency", "20", "--retries", "0"];

    const first = startProgram(MAIN, site.url, ...args, "--timeout", "60000");
    await first.seen("121 of 122 links, 1 in flight");
    first.child.kill("SIGKILL");
    await first.ended;
    answers["/late"] = linksTo();
    const before = site.requests.length;

    const second = startProgramIn(first.folder, MAIN, site.url, ...args, "--timeout", "60000");
    const { code, stdout } = await second.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^122 pages,/);
    expect(site.requests.slice(before)).toEqual(["/robots.txt", "/late"]);
  });
});

/** Runs one statement. */
async function statement(sql: string): Promise<void> {
  await run(async () => {
    await using pool = await createPool(URL as `postgres://${string}`, { acquireTimeoutMs: 5_000 });
    await pool.query(sql);
  });
}
