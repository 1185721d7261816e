/**
 * A web crawler: links in lanes, one for each host, with a timeout and retries for every page, and all of it in a database, so
 * that a crawl that was stopped goes on where it was.
 *
 *     npm start                     crawls a site that the program itself serves
 *     npm start -- URL [options]    crawls another; --help tells the options
 */
import { DatabaseError } from "@asyncio-ts/db";
import { ClientSession, Connector } from "@asyncio-ts/http";
import { ExceptionGroup, KeyboardInterrupt, run, shield, taskGroup } from "asyncio-ts";
import { Clock } from "./clock.ts";
import { Crawler } from "./crawler.ts";
import { type Options, readOptions, USAGE, UsageError } from "./options.ts";
import { PageFetcher } from "./page-fetcher.ts";
import { type Progress, showProgress } from "./progress.ts";
import { Recorder } from "./recorder.ts";
import { type Figures, readFigures } from "./report/figures.ts";
import { writeReport } from "./report/page.ts";
import { summarize } from "./report/summary.ts";
import { RobotsReader } from "./robots.ts";
import { Scope } from "./scope.ts";
import { startSite } from "./site/site.ts";
import { type SavedCrawl, Store } from "./store/store.ts";
import { portOfUnfinished, takeUp } from "./store/take-up.ts";

/** What the crawler calls itself, to servers and in their robots.txt. */
const AGENT = "asyncio-ts-example-crawler";

/** How long the summary and the report may take after Ctrl-C. */
const GOODBYE_MS = 10_000;

/** Crawls as the options say, and returns the exit code. */
async function main(options: Options): Promise<number> {
  // What `await using` opens is closed in every case: at the end, after an error, at Ctrl-C.
  await using store = await Store.open(options.store);
  const saved = options.fresh ? null : await store.crawl();
  if (options.url !== undefined) return await crawl(await takeUp(store, saved, options.url, options), options, store);

  await using site = await startSite(portOfUnfinished(saved));
  return await crawl(await takeUp(store, saved, site.url, options), options, store);
}

async function crawl({ start, root, elapsedMs }: SavedCrawl, options: Options, store: Store): Promise<number> {
  const { concurrency, retries, timeoutMs, store: where, report } = options;
  const clock = new Clock(elapsedMs);
  const scope = new Scope(root, { kind: options.scope, maxDepth: options.maxDepth });
  store.follow({ elapsedMs: () => clock.now(), root: () => scope.root });
  await using session = new ClientSession({
    headers: { "User-Agent": AGENT, Accept: "text/html, */*;q=0.1" },
    timeout: { total: timeoutMs },
    connector: new Connector({ limit: concurrency }),
  });
  const fetcher = new PageFetcher({ session, concurrency, retries, clock });
  const recorder = new Recorder(store);
  const robots = new RobotsReader(session, AGENT);
  const crawler = new Crawler(await store.frontier(), { ...options, scope, fetcher, robots, recorder, clock });
  let figures: Figures;
  try {
    await crawlWithProgress(crawler, fetcher, recorder);
    await store.finish();
  } finally {
    // At Ctrl-C too: `run` cancels this task, and a cancelled task may still say goodbye, for a while.
    figures = await shield(
      async () => {
        const all = await readFigures(store);
        await writeReport(report, store, all);
        console.log(summarize(all, { concurrency, mostInFlight: fetcher.mostInFlight, store: where, report }));
        return all;
      },
      { withinMs: GOODBYE_MS },
    );
  }
  if (figures.pages + figures.files > 0) return 0;
  console.error(`crawler: ${start} could not be fetched`);
  return 1;
}

/** Runs the crawl and, beside it, two tasks: one saves what comes, one shows the progress. */
async function crawlWithProgress(crawler: Crawler, fetcher: PageFetcher, recorder: Recorder): Promise<void> {
  const read = (): Progress => ({
    done: crawler.done,
    found: crawler.found,
    inFlight: fetcher.inFlight,
    errors: crawler.failed,
  });
  await taskGroup(async (group) => {
    const progress = group.createTask(() => showProgress(read), { name: "progress" });
    group.createTask(() => recorder.run(), { name: "recorder" });
    await crawler.run();
    recorder.end();
    progress.cancel(); // it would go on for ever, and the group waits for all of its tasks
  });
}

/** Says what went wrong, and returns the exit code. */
function explain(error: unknown): number {
  // The first Ctrl-C cancels `main`, which cleans up; then `run` throws this. 130 is what a shell expects after Ctrl-C.
  if (error instanceof KeyboardInterrupt) return 130;
  if (error instanceof UsageError) {
    console.error(`crawler: ${error.message}\n\n${USAGE}`);
    return 2;
  }
  // A task group throws the errors of all its tasks together.
  if (error instanceof ExceptionGroup) return Math.max(...error.exceptions.map(explain));
  // The file system's and the database's errors, say "no space left", are for the user; any other is a mistake in this program.
  const isForUser = error instanceof DatabaseError || (error instanceof Error && "syscall" in error);
  console.error(isForUser ? `crawler: ${error.message}` : error);
  return 1;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") console.log(USAGE);
  else process.exitCode = await run(() => main(options));
} catch (error) {
  process.exitCode = explain(error);
}
