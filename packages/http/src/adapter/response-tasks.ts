import type { IncomingMessage, ServerResponse } from "node:http";
import { type Coroutine, coroutine, type Task } from "asyncio-ts";
import { loopCallback } from "asyncio-ts/interop";
import { CLEANUP, GRACE, type RequestSource, RequestTasks } from "../server/request-tasks.ts";
import type { RequestTaskOptions } from "../server/serve-options.ts";
import { ResponseTask, type ResponseTaskHost } from "./response-task.ts";

/**
 * The tasks of the requests that a framework answers, whose server is not ours.
 *
 * @internal
 */
export class ResponseTasks implements ResponseTaskHost, RequestSource {
  readonly cancelOnDisconnect: boolean;
  readonly requestTimeoutMs: number | null;
  readonly #graceMs: number | null;
  readonly #tasks: RequestTasks<ResponseTask>;
  readonly #requests = new WeakMap<ServerResponse, ResponseTask>();
  readonly #name: string;
  #ready: Promise<void> | null = null;
  #open: ((request: ResponseTask, outgoing: ServerResponse) => void) | null = null;
  #closed: (request: ResponseTask) => void = () => {};

  constructor(name: string, options: RequestTaskOptions) {
    this.#name = name;
    this.cancelOnDisconnect = options.cancelOnDisconnect ?? true;
    this.requestTimeoutMs = options.requestTimeoutMs ?? null;
    this.#graceMs = options.graceMs === undefined ? GRACE : options.graceMs;
    this.#tasks = new RequestTasks(this, options.cleanupMs ?? CLEANUP);
  }

  /** Begins on the loop that runs, else on the one that runs by itself. A second call does nothing. */
  ready(): Promise<void> {
    this.#ready ??= this.#start();
    return this.#ready;
  }

  async #start(): Promise<void> {
    await coroutine(function* (this: ResponseTasks) {
      this.#tasks.start(this.#name);
      this.#open = loopCallback((request, outgoing) => {
        if (!this.#tasks.open(request)) refuse(outgoing);
      });
      this.#closed = loopCallback((request) => request._closed());
    }).call(this);
  }

  /** The request that has this response, if it is a task. */
  of(outgoing: ServerResponse): ResponseTask | undefined {
    return this.#requests.get(outgoing);
  }

  /** Makes a task of a request. `first` is called as its native code. */
  open(incoming: IncomingMessage, outgoing: ServerResponse, first: (request: ResponseTask) => void): void {
    const request: ResponseTask = new ResponseTask(this, incoming, outgoing, () => first(request));
    this.#requests.set(outgoing, request);
    if (this.#open !== null) this.#open(request, outgoing);
    else void this.ready().then(() => this.#open?.(request, outgoing));
  }

  over(request: ResponseTask): void {
    this.#tasks.over(request);
  }

  closed(request: ResponseTask): void {
    this.#closed(request);
  }

  running(): Task<void>[] {
    return [...this.#tasks.running()].map(({ task }) => task as Task<void>);
  }

  /** Begins to end it: see {@link RequestTasks.beginToClose}. */
  async beginToClose(): Promise<void> {
    await this.ready();
    this.#tasks.beginToClose(this.#graceMs);
  }

  close(graceMs: number | null = this.#graceMs): Coroutine<void> {
    return this.#tasks.close(graceMs);
  }

  waitEnded(): Coroutine<true> {
    return this.#tasks.waitEnded();
  }

  // ── as the source of the requests ────────────────────────────────────────────────────────────────────────────────

  stop(): void {
    for (const request of this.#tasks.running()) request.beLast();
  }

  expectsMore(): boolean {
    return false;
  }

  cut(): void {
    for (const request of this.#tasks.running()) request.cut();
  }
}

/** The requests are being cancelled, or the loop has ended. */
function refuse(outgoing: ServerResponse): void {
  if (outgoing.headersSent) outgoing.destroy();
  else outgoing.writeHead(503, { connection: "close" }).end("the server is shutting down");
}
