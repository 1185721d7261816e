import { Worker } from "node:worker_threads";
import { type Channel, type ChannelEvents, workerFile } from "./channel.ts";
import { type Reply, type Request, STOP, type ThreadData, WAKE } from "./messages.ts";

/** How long a thread may take to end before that is reported. */
const STUCK_MS = 3_000;

/** A thread of this process. */
export class ThreadChannel implements Channel {
  readonly #worker: Worker;
  readonly #words = new Int32Array(new SharedArrayBuffer(8));

  constructor(events: ChannelEvents) {
    let cause: unknown;
    this.#worker = new Worker(workerFile(), {
      name: "SQLite",
      workerData: { sqliteSignal: this.#words } satisfies ThreadData,
    })
      .on("message", (message: Reply) => events.reply(message))
      .on("error", (error) => {
        cause = error;
      })
      .on("exit", (code) => events.ended(`its thread has ended with exit code ${code}`, cause));
  }

  post(request: Request): void {
    this.#worker.postMessage(request, []);
    Atomics.add(this.#words, WAKE, 1);
    Atomics.notify(this.#words, WAKE);
  }

  interrupt(id: number): void {
    Atomics.store(this.#words, STOP, id);
    Atomics.notify(this.#words, STOP);
  }

  setBusy(busy: boolean): void {
    if (busy) this.#worker.ref();
    else this.#worker.unref();
  }

  /** V8 ends a thread when it next comes to JavaScript; inside of SQLite it does not. */
  kill(): void {
    const timer = setTimeout(warnOfStuckThread, STUCK_MS);
    timer.unref();
    void this.#worker.terminate().then(() => clearTimeout(timer));
    this.#worker.unref();
  }
}

function warnOfStuckThread(): void {
  process.emitWarning(
    "a statement of SQLite can't be stopped: it does not come to a row, and nothing stops a thread inside of SQLite. Its " +
      'connection is closed, but the thread runs on, and this process can\'t exit, until it ends. With isolation: "process" ' +
      "it can be stopped.",
    { type: "SqliteWarning", code: "ASYNCIO_SQLITE_STUCK" },
  );
}
