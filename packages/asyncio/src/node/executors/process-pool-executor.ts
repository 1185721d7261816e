import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromWorker, ToWorker } from "./messages.ts";
import type { PoolWorker, PoolWorkerEvents } from "./pool-worker.ts";
import { existingModule } from "./worker-module.ts";
import { WorkerPool, type WorkerPoolOptions } from "./worker-pool.ts";

/**
 * Runs functions in processes of their own: dearer than threads, but what they do to themselves, down to a crash, is
 * their own. They write to this process's output, and have no input.
 *
 * @example
 * ```ts
 * import { getRunningLoop, ProcessPoolExecutor, run, workerModule } from "asyncio-ts";
 *
 * const os = workerModule<typeof import("node:os")>("node:os");
 * await run(async () => {
 *   await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
 *   console.log(await getRunningLoop().runInExecutor(pool, os.getPriority)); // 0
 * });
 * ```
 */
export class ProcessPoolExecutor extends WorkerPool {
  /** @throws TypeError and ValueError for wrong options. */
  constructor(options: WorkerPoolOptions = {}) {
    super("process", (name, events) => new ProcessWorker(name, events, options), options);
  }
}

class ProcessWorker implements PoolWorker {
  readonly #child: ChildProcess;
  #error: unknown;
  #ended = false;

  constructor(name: string, events: PoolWorkerEvents, { env }: WorkerPoolOptions) {
    const child = fork(fileURLToPath(existingModule(new URL("./worker-main.ts", import.meta.url))), [name], {
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      ...(env === undefined ? {} : { env }),
    });
    this.#child = child;
    killAtExit(child);
    child.on("message", (message) => events.message(message as FromWorker));
    child.on("error", (error) => {
      this.#error = error;
      // It has not even started: nothing else comes.
      if (child.pid === undefined) this.#end(events, "could not be started");
    });
    child.on("exit", (code, signal) => {
      const how = signal === null ? `has exited with code ${code}` : `was killed by ${signal}`;
      // What it has sent may still be on its way.
      if (child.connected) child.once("disconnect", () => this.#end(events, how));
      else this.#end(events, how);
    });
  }

  post(message: ToWorker): void {
    // An error that is told later means that it has died, and that is told by itself.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  setBusy(busy: boolean): void {
    const { channel } = this.#child;
    if (busy) {
      this.#child.ref();
      channel?.ref();
    } else {
      this.#child.unref();
      channel?.unref();
    }
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #end(events: PoolWorkerEvents, how: string): void {
    if (this.#ended) return;
    this.#ended = true;
    events.ended(how, this.#error);
  }
}

const children = new Set<ChildProcess>();

/** A busy process does not see that its parent has gone. */
function killAtExit(child: ChildProcess): void {
  if (children.size === 0) process.on("exit", killAll);
  children.add(child);
  const forget = (): void => {
    children.delete(child);
    if (children.size === 0) process.off("exit", killAll);
  };
  child.once("exit", forget);
  child.once("error", forget);
}

function killAll(): void {
  for (const child of children) child.kill("SIGKILL");
}
