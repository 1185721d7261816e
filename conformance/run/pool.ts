// oxlint-disable unicorn/require-post-message-target-origin -- these are threads, not windows
import { Worker } from "node:worker_threads";
import type { Job, Report, WorkerSettings } from "./messages.ts";

/** A few may be shrunk in a row; longer than this, the thread is lost in a program. */
const PATIENCE = 300_000;

/** A worker was lost: the program hangs it or kills it. */
export interface Casualty {
  readonly seed: number;
  readonly reason: string;
}

export interface PoolEvents {
  /** The next job; undefined when there is none. */
  readonly nextJob: () => Job | undefined;
  readonly onReport: (report: Report) => void;
  readonly onCasualty: (casualty: Casualty) => void;
}

/** Keeps so many workers busy until there are no more jobs. */
export async function runPool(
  jobs: number,
  settings: Omit<WorkerSettings, "progress">,
  events: PoolEvents,
): Promise<void> {
  await Promise.all(Array.from({ length: jobs }, () => runWorkers(settings, events)));
}

/** One worker after the other: whatever happens to the first, the jobs that are left get done. */
async function runWorkers(settings: Omit<WorkerSettings, "progress">, events: PoolEvents): Promise<void> {
  for (let job = events.nextJob(); job !== undefined; job = events.nextJob()) {
    const progress = new Int32Array(new SharedArrayBuffer(4));
    const casualty = await runWorker(job, { ...settings, progress }, events);
    if (casualty === undefined) return;
    events.onCasualty({ seed: progress[0] ?? 0, reason: casualty });
  }
}

/** Resolves when there are no more jobs, or with the reason why the worker is lost. */
async function runWorker(first: Job, workerData: WorkerSettings, events: PoolEvents): Promise<string | undefined> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve) => {
      let job: Job | undefined = first;
      worker.on("error", (error) => resolve(summary(error)));
      worker.on("message", (message: Report | "ready") => {
        clearTimeout(timer);
        if (message !== "ready") {
          events.onReport(message);
          job = events.nextJob();
        }
        if (job === undefined) return resolve(undefined);
        timer = setTimeout(() => resolve("hangs"), PATIENCE);
        worker.postMessage(job);
      });
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

/** Pyodide's errors quote a megabyte of source. */
function summary(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text
    .split("\n")
    .map((line) => line.slice(0, 200))
    .slice(0, 20)
    .join("\n");
}
