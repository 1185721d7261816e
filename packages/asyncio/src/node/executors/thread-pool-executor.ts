import { Worker, type WorkerOptions } from "node:worker_threads";
import type { FromWorker, ThreadData, ToWorker } from "./messages.ts";
import type { PoolWorker, PoolWorkerEvents } from "./pool-worker.ts";
import { existingModule } from "./worker-module.ts";
import { WorkerPool, type WorkerPoolOptions } from "./worker-pool.ts";

/** How a {@link ThreadPoolExecutor} works. */
export interface ThreadPoolOptions extends WorkerPoolOptions {
  /** How much memory each thread may take, as Node's `Worker` has it. One that needs more fails its call and ends. */
  readonly resourceLimits?: {
    readonly maxOldGenerationSizeMb?: number;
    readonly maxYoungGenerationSizeMb?: number;
    readonly codeRangeSizeMb?: number;
    readonly stackSizeMb?: number;
  };
}

/**
 * Runs functions in worker threads. What they print goes to this process's console.
 *
 * A loop's default executor is one of these. Idle threads are used again, and keep no process alive.
 *
 * @example
 * ```ts
 * import { getRunningLoop, run, ThreadPoolExecutor, workerModule } from "asyncio-ts";
 *
 * const zlib = workerModule<typeof import("node:zlib")>("node:zlib");
 * await run(async () => {
 *   await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
 *   const packed = await getRunningLoop().runInExecutor(pool, zlib.gzipSync, "text ".repeat(1000));
 *   console.log(packed.length < 200); // true
 * });
 * ```
 */
export class ThreadPoolExecutor extends WorkerPool {
  /** @throws TypeError and ValueError for wrong options. */
  constructor(options: ThreadPoolOptions = {}) {
    super("thread", (name, events) => new ThreadWorker(name, events, options), options);
  }
}

class ThreadWorker implements PoolWorker {
  readonly #worker: Worker;
  readonly #signal = new Int32Array(new SharedArrayBuffer(4));

  constructor(name: string, events: PoolWorkerEvents, options: ThreadPoolOptions) {
    let cause: unknown;
    const worker = new Worker(existingModule(new URL("./worker-main.ts", import.meta.url)), {
      ...workerOptions(options),
      name,
      workerData: { asyncioSignal: this.#signal } satisfies ThreadData,
    });
    this.#worker = worker;
    worker.on("message", (message: FromWorker) => events.message(message));
    worker.on("messageerror", (error) => events.unreadable(error));
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", (code) => {
      events.ended(cause === undefined ? `has exited with code ${code}` : `has died: ${String(cause)}`, cause);
    });
  }

  post(message: ToWorker, transfer: readonly object[]): void {
    this.#worker.postMessage(message, transfer as NonNullable<Parameters<Worker["postMessage"]>[1]>);
    Atomics.add(this.#signal, 0, 1);
    Atomics.notify(this.#signal, 0);
  }

  setBusy(busy: boolean): void {
    if (busy) this.#worker.ref();
    else this.#worker.unref();
  }

  kill(): void {
    void this.#worker.terminate();
  }
}

function workerOptions({ env, resourceLimits }: ThreadPoolOptions): WorkerOptions {
  return {
    ...(env === undefined ? {} : { env }),
    ...(resourceLimits === undefined ? {} : { resourceLimits }),
  };
}
