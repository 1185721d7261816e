import type { IncomingHttpHeaders } from "node:http";
import { type CoroutineGenerator, currentTask, Event, invoke, type Task } from "asyncio-ts";
import type { Dispatcher } from "undici";
import { awaitable, type FetchHandler, isResponse, noResponse, type ServerEnv } from "../server/app.ts";
import { type ErrorHandler, errorResponse } from "../server/error-response.ts";
import type { RequestTasks, TaskRequest } from "../server/request-tasks.ts";

/** What the requests to an app share. */
export interface AppHost {
  readonly handler: FetchHandler;
  readonly onError: ErrorHandler | undefined;
  readonly tasks: RequestTasks<AppRequest>;
}

/** A request that goes to an app without a connection, and tells undici's handler what comes back. Also the app's `env`. */
export class AppRequest implements TaskRequest, ServerEnv, Dispatcher.DispatchController {
  readonly name: string;
  readonly incoming: undefined;
  task: Task<void> | null = null;
  aborted = false;
  reason: Error | null = null;
  readonly #host: AppHost;
  readonly #url: string;
  readonly #options: Dispatcher.DispatchOptions;
  readonly #to: Dispatcher.DispatchHandler;
  readonly #resumed = new Event();
  #request: Request | null = null;
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;

  constructor(host: AppHost, url: string, options: Dispatcher.DispatchOptions, to: Dispatcher.DispatchHandler) {
    this.#host = host;
    this.#url = url;
    this.#options = options;
    this.#to = to;
    this.name = `${options.method} ${new URL(url).pathname}`;
    this.#resumed.set();
  }

  *run(): CoroutineGenerator<void> {
    try {
      this.#to.onRequestStart?.(this, undefined);
      if (!this.aborted) yield* this.#send(yield* invoke(respond, this));
      if (!this.aborted) this.#to.onResponseEnd?.(this, {});
    } catch (error) {
      this.reason ??= error as Error;
      throw error;
    } finally {
      // When nothing of it runs any more, so that who has aborted it can wait for that.
      if (this.reason !== null) this.#to.onResponseError?.(this, this.reason);
      this.#host.tasks.over(this);
    }
  }

  /** Native code of the task. */
  async _respond(): Promise<Response> {
    const { method, headers, body } = this.#options;
    const init = { method, headers: pairs(headers as readonly string[]), body: bodyOf(body), duplex: "half" } as const;
    const request = new Request(this.#url, { ...init, signal: (currentTask() as Task).signal });
    this.#request = request;
    try {
      const response = await awaitable(this.#host.handler(request, this));
      if (!isResponse(response)) throw noResponse(response);
      return response;
    } catch (error) {
      return await this._errorResponse(error);
    }
  }

  /** For Hono's error handler, too. */
  _errorResponse(error: unknown): Promise<Response> {
    return errorResponse(error, this.#request as Request, this.#host.onError);
  }

  *#send(response: Response): CoroutineGenerator<void> {
    if (this.aborted) return;
    this.#to.onResponseStart?.(this, response.status, headersOf(response), response.statusText);
    const { body } = response;
    if (body === null) return;
    const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    this.#reader = reader;
    try {
      while (this.#options.method !== "HEAD") {
        yield* this.#resumed.wait();
        const { done, value } = yield* invoke(() => reader.read());
        if (done || this.aborted) return;
        this.#to.onResponseData?.(this, Buffer.from(value));
      }
    } finally {
      yield* invoke(() => reader.cancel(this.reason).catch(() => {}));
    }
  }

  refuse(error: Error): void {
    this.#to.onResponseError?.(this, error);
  }

  // ── what undici's handler can do ─────────────────────────────────────────────────────────────────────────────────

  get paused(): boolean {
    return !this.#resumed.isSet();
  }

  pause(): void {
    this.#resumed.clear();
  }

  resume(): void {
    this.#resumed.set();
  }

  abort(reason: Error): void {
    this.giveUp(reason);
    this.task?.cancel(`${this.name}: the client has gone away`);
  }

  /** Nobody wants the response any more. The task is cancelled by somebody else. */
  giveUp(reason: Error): void {
    this.aborted = true;
    this.reason = reason;
    this.#resumed.set();
    this.#reader?.cancel(reason).catch(() => {});
  }
}

function respond(request: AppRequest): Promise<Response> {
  return request._respond();
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at] as string, flat[2 * at + 1] as string]);
}

/** What the session sends: nothing, bytes, or pieces of them. */
function bodyOf(body: Dispatcher.DispatchOptions["body"]): Uint8Array<ArrayBuffer> | ReadableStream | null {
  if (body === null || body === undefined) return null;
  return body instanceof Uint8Array
    ? (body as Uint8Array<ArrayBuffer>)
    : ReadableStream.from(body as AsyncIterable<Uint8Array>);
}

function headersOf({ headers }: Response): IncomingHttpHeaders {
  const cookies = headers.getSetCookie();
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 ? { "set-cookie": cookies } : {}) };
}
