/**
 * A web crawler: a queue of links, a group of 100 workers, and for every page a timeout and retries.
 *
 *     npm start                                                       crawls a site that the program itself serves
 *     npm start -- URL [--concurrency N] [--timeout MS] [--out FILE]  crawls another
 */
import { ExceptionGroup, KeyboardInterrupt, run, taskGroup } from "asyncio-ts";
import { Crawler } from "./crawler.ts";
import { type Options, readOptions, USAGE, UsageError } from "./options.ts";
import { PageFetcher } from "./page-fetcher.ts";
import { type Progress, showProgress } from "./progress.ts";
import { Report, summarize } from "./report.ts";
import { Results } from "./results.ts";
import { startSite } from "./site.ts";

const WORKERS = 100;
const RETRIES = 2;

/** Crawls as the options say, and returns the exit code. */
async function main(options: Options): Promise<number> {
  // What `await using` opens is closed in every case: at the end, after an error, at Ctrl-C.
  await using results = await Results.open(options.file);
  if (options.url !== undefined) return await crawl(options.url, options, results);

  await using site = await startSite();
  return await crawl(site.url, options, results);
}

async function crawl(url: string, options: Options, results: Results): Promise<number> {
  const { concurrency, timeoutMs, file } = options;
  const report = new Report();
  await using fetcher = new PageFetcher({ concurrency, timeoutMs, retries: RETRIES });
  const crawler = new Crawler(url, {
    workers: Math.max(WORKERS, concurrency),
    fetcher,
    onVisit: (visit) => {
      report.add(visit);
      results.save(visit);
    },
  });

  const began = performance.now();
  let wasStopped = true;
  try {
    await crawlWithProgress(crawler, () => ({
      done: crawler.done,
      found: crawler.found(),
      inFlight: fetcher.traffic.inFlight,
      errors: report.failed,
    }));
    wasStopped = false;
  } finally {
    // At Ctrl-C too: `run` cancels this task, and a cancelled task may still say goodbye.
    const elapsedMs = performance.now() - began;
    console.log(summarize(report, { traffic: fetcher.traffic, elapsedMs, concurrency, file, wasStopped }));
  }
  if (report.failed < crawler.done) return 0;
  console.error(`crawler: ${url} could not be fetched`);
  return 1;
}

/** Runs the crawl and, beside it, a task that shows the progress. */
async function crawlWithProgress(crawler: Crawler, read: () => Progress): Promise<void> {
  await taskGroup(async (group) => {
    const progress = group.createTask(() => showProgress(read), { name: "progress" });
    await crawler.run();
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
  // The file system's errors, say "no space left", are for the user; any other is a mistake in this program.
  const isSystemError = error instanceof Error && "syscall" in error;
  console.error(isSystemError ? `crawler: ${error.message}` : error);
  return 1;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") console.log(USAGE);
  else process.exitCode = await run(() => main(options));
} catch (error) {
  process.exitCode = explain(error);
}
