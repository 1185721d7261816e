// What the thread or the process of a connection runs. Loading it does everything: it is no module for others to import.
import { type MessagePort, parentPort, receiveMessageOnPort, Worker, workerData } from "node:worker_threads";
import { Database, UsageError } from "./database.ts";
import { Interrupted, Interruption } from "./interruption.ts";
import { type ErrorData, type Reply, type Request, type ThreadData, WAKE } from "./messages.ts";

class Server {
  readonly #interruption: Interruption;
  readonly #post: (reply: Reply) => void;
  #database: Database | null = null;

  constructor(words: Int32Array<SharedArrayBuffer>, post: (reply: Reply) => void) {
    this.#interruption = new Interruption(words);
    this.#post = post;
  }

  /** Answers a request; whether there may be another one. A promise only if it really has to wait. */
  answer(request: Request): boolean | Promise<boolean> {
    this.#interruption.current = request.id;
    try {
      const value = this.#do(request);
      if (value instanceof Promise) {
        return value.then(
          (result) => this.#reply(request, { value: result }),
          (error: unknown) => this.#reply(request, { error: toData(error) }),
        );
      }
      return this.#reply(request, { value });
    } catch (error) {
      return this.#reply(request, { error: toData(error) });
    }
  }

  #do(request: Request): unknown {
    if (request.kind === "open") return this.#open(request);
    if (request.kind === "close") return this.#database?.close();
    return this.#database?.run(request, (progress) => this.#post({ progress }));
  }

  async #open(request: Request & { kind: "open" }): Promise<void> {
    this.#database = await Database.open(request.settings, this.#interruption);
  }

  #reply({ id, kind }: Request, outcome: { value?: unknown } | { error: ErrorData }): boolean {
    const open = kind !== "close";
    this.#post({ id, ...outcome, inTransaction: open && this.#database !== null && this.#database.inTransaction });
    return open;
  }
}

function toData(error: unknown): ErrorData {
  if (error instanceof Interrupted) return { message: error.message, interrupted: true };
  if (error instanceof UsageError) return { message: error.message, code: "ERR_INVALID_STATE" };
  const {
    message = String(error),
    errcode: result,
    code,
  } = (error ?? {}) as { message?: string; errcode?: number; code?: string };
  if (typeof result === "number") return { message, result };
  if (typeof code === "string" && code.startsWith("ERR_")) return { message, code };
  try {
    return { message, cause: structuredClone(error) };
  } catch {
    return { message, cause: new Error(message) };
  }
}

/** Sleeps on a word until there is a message: an event loop takes four times as long to wake up. */
async function serveThread(port: MessagePort, words: Int32Array<SharedArrayBuffer>): Promise<void> {
  const server = new Server(words, (reply) => port.postMessage(reply, []));
  for (;;) {
    const seen = Atomics.load(words, WAKE);
    const received = receiveMessageOnPort(port);
    if (received === undefined) {
      Atomics.wait(words, WAKE, seen);
      continue;
    }
    const more = server.answer(received.message as Request);
    if (!(more instanceof Promise ? await more : more)) return;
  }
}

function serveProcess(): void {
  // Who has sent them to the whole group has meant the parent; it ends us when it is done.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
  watchParent();
  const words = new Int32Array(new SharedArrayBuffer(8));
  // If the parent has gone, that is told by the end of the connection to it.
  const server = new Server(words, (reply) => process.send?.(reply, () => {}));
  let last: Promise<unknown> = Promise.resolve();
  process.on("message", (request: Request) => {
    last = last
      .then(() => server.answer(request))
      .then((more) => {
        if (!more) process.disconnect();
      });
  });
  process.on("disconnect", () => process.exit(0));
}

/** A statement may run when the parent is killed, and then nothing comes through; this thread ends the process all the same. */
function watchParent(): void {
  const source = `const { workerData } = require("node:worker_threads");
    setInterval(() => { if (process.ppid !== workerData) process.kill(process.pid, "SIGKILL"); }, 500);`;
  new Worker(source, { eval: true, execArgv: [], workerData: process.ppid }).unref();
}

/** Node 22 warns in each thread that SQLite is new there. */
function hideExperimentalWarnings(): void {
  const printers = process.listeners("warning");
  process.removeAllListeners("warning").on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") for (const print of printers) print(warning);
  });
}

hideExperimentalWarnings();
const { sqliteSignal } = (workerData ?? {}) as Partial<ThreadData>;
if (parentPort !== null && sqliteSignal !== undefined) void serveThread(parentPort, sqliteSignal);
else serveProcess();
