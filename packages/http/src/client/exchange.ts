import type { IncomingHttpHeaders } from "node:http";
import { type Abort, type EventLoop, getRunningLoop, type TimerHandle, type Wait } from "asyncio-ts";
import type { Dispatcher } from "undici";
import { cancelledError } from "../cancelled-error.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Connection } from "./connection.ts";
import type { Connector } from "./connector.ts";
import { decodeInto, encodingsOf } from "./decoder.ts";
import { ServerTimeoutError, SocketTimeoutError } from "./errors.ts";
import { bodyError, exchangeError } from "./map-errors.ts";
import { type BodySink, type BodySource, ResponseBody } from "./response-body.ts";
import { StreamedBody } from "./streamed-body.ts";
import type { Upload } from "./upload.ts";

type Controller = Dispatcher.DispatchController;

/** How a request is sent, beside what it says itself. */
export interface ExchangeOptions {
  /** How much of the body is buffered before the server has to wait. */
  readonly readBufsize: number;
  readonly autoDecompress: boolean;
  readonly maxDecompressedSize: number | null;
  /** Loop time until when all has to be done; null for no limit. */
  readonly deadline: number | null;
  readonly connector: Connector;
}

/**
 * One request on one connection, and its answer: what undici calls when something comes. It is over when nothing of it is
 * left: the last byte has come, or the connection is closed and the sending of the body has stopped.
 */
export class Exchange implements Dispatcher.DispatchHandler, BodySource {
  readonly request: ClientRequest;
  readonly connection: Connection;
  readonly body: ResponseBody;
  status = 0;
  reason = "";
  headers: IncomingHttpHeaders = {};
  rawHeaders: readonly (Buffer | string)[] | IncomingHttpHeaders = [];
  /** Some of it may have reached the server. */
  sent = false;
  /** The connection had another request before. */
  readonly reused: boolean;
  readonly #options: ExchangeOptions;
  readonly loop: EventLoop;
  #sink: BodySink;
  #controller: Controller | null = null;
  #upload: Upload | null = null;
  #head: Wait<void> | null = null;
  #stopError: Error | null = null;
  #paused = false;
  #begun = false;
  #over = false;
  #whenOver: (() => void)[] | null = null;
  #deadline: TimerHandle | null = null;
  #silence: TimerHandle | null = null;
  #lastRead = 0;

  constructor(request: ClientRequest, connection: Connection, options: ExchangeOptions) {
    this.request = request;
    this.connection = connection;
    this.reused = connection.uses > 0;
    this.#options = options;
    this.loop = getRunningLoop();
    this.body = new ResponseBody(this, options.readBufsize, this.loop);
    this.#sink = this.body;
  }

  /** Sends it; `head` is for who waits for the answer to begin. */
  begin(head: Wait<void>): Abort {
    const { body } = this.request;
    if (body instanceof StreamedBody) this.#upload = body._open();
    this.#head = head;
    this.#begun = true;
    this.#startTimers();
    this.connection.dispatch(this.#dispatchOptions(), this);
    return (message) => this.#abandon(head, message);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    this.sent = true;
    this.request._tracer?.emitFor("onRequestHeadersSent", this.request, {});
    if (this.#stopError !== null) controller.abort(this.#stopError);
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders, reason?: string): void {
    if (status < 200) return;
    this.status = status;
    this.reason = reason ?? "";
    this.headers = headers;
    this.rawHeaders = (controller as { rawHeaders?: Buffer[] }).rawHeaders ?? headers;
    this.#lastRead = this.#silence === null ? 0 : this.loop.time();
    const encoding = headers["content-encoding"];
    if (encoding !== undefined && this.#options.autoDecompress) this.#decode(encodingsOf(encoding));
    const head = this.#head;
    this.#head = null;
    head?.resolve();
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (this.#silence !== null) this.#lastRead = this.loop.time();
    this.request._tracer?.emitFor("onResponseChunkReceived", this.request, { chunk });
    this.#sink.push(chunk);
  }

  onResponseEnd(): void {
    this.#endUpload(() => {
      this.#sink.end();
      this.#finish();
    });
  }

  onResponseError(_controller: Controller, error: Error): void {
    if (this.#over) return;
    const connection = this.connection;
    if (connection.http2) this.#failed(error);
    else connection.whenClosed(() => this.#failed(error));
    if (!connection.http2) connection.destroy();
  }

  onBodySent(chunk: Uint8Array): void {
    this.request._tracer?.emitFor("onRequestChunkSent", this.request, { chunk });
    if (this.#silence !== null) this.#lastRead = this.loop.time();
  }

  pauseReading(): void {
    this.#paused = true;
    this.#controller?.pause();
  }

  resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#silence !== null) this.#lastRead = this.loop.time();
    // undici hands over what it has inside of its resume(), before who asks for it has begun to wait.
    queueMicrotask(() => {
      if (!this.#paused && !this.#over) this.#controller?.resume();
    });
  }

  /** Ends it, wherever it is; the waiting and the reading fail with `error`. */
  stop(error: Error, closed?: () => void): void {
    if (closed !== undefined) this.whenOver(closed);
    if (this.#over || this.#stopError !== null) return;
    this.#stopError = error;
    if (!this.#begun) this.#finish();
    // Not inside of what undici calls: it goes on with the same bytes then, and finds a request that is over.
    else if (this.#controller !== null) queueMicrotask(() => this.#controller?.abort(error));
    else if (!this.connection.http2) this.connection.destroy(error);
    else this.onResponseError(null as never, error);
  }

  get foreign(): boolean {
    return this.connection.foreign;
  }

  /** Calls `fn` when nothing of it is left; at once if that is so. */
  whenOver(fn: () => void): void {
    if (this.#over) fn();
    else (this.#whenOver ??= []).push(fn);
  }

  /** Nothing of it is left. */
  get over(): boolean {
    return this.#over;
  }

  #dispatchOptions(): Dispatcher.DispatchOptions {
    const { request } = this;
    const { endpoint } = this.connection;
    return {
      path: endpoint.pathOf(request.url),
      method: request.method,
      headers: endpoint.forwards ? [...request.headers.toFlat(), ...endpoint.proxyHeaders] : request.headers.toFlat(),
      body: (this.#upload ?? request.body) as Uint8Array | null,
      reset: this.#options.connector.forceClose ? true : undefined,
      servername: endpoint.servername,
    } as Dispatcher.DispatchOptions;
  }

  #startTimers(): void {
    const { deadline } = this.#options;
    if (deadline !== null) this.#deadline = this.loop.callAt(deadline, () => this.#late());
    const { sockRead } = this.request.timeout;
    if (sockRead === null) return;
    this.#lastRead = this.loop.time();
    this.#watchSilence(sockRead, sockRead);
  }

  #late(): void {
    this.stop(totalTimeout(this.request));
  }

  /** One timer for the whole answer: it looks whether something came since, and goes on waiting. */
  #watchSilence(sockRead: number, delay: number): void {
    this.#silence = this.loop.callLater(delay, () => {
      const left = this.#paused ? sockRead : this.#lastRead + sockRead - this.loop.time();
      if (left > 0) this.#watchSilence(sockRead, left);
      else this.stop(silenceTimeout(this.request, sockRead));
    });
  }

  #decode(encodings: readonly string[]): void {
    if (encodings.length === 0) return;
    this.body.maxSize = this.#options.maxDecompressedSize;
    this.#sink = decodeInto(this.body, encodings, this);
  }

  #abandon(head: Wait<void>, message: unknown): "wait" {
    this.#head = null;
    const cancelled = cancelledError(message);
    this.stop(cancelled, () => head.reject(cancelled));
    return "wait";
  }

  #failed(error: Error): void {
    this.#endUpload(() => this.#fail(error));
  }

  /** Whatever was not sent yet never will be: the server has answered without it, or the connection is gone. */
  #endUpload(then: () => void): void {
    const upload = this.#upload;
    if (upload === null || upload.closed) {
      then();
      return;
    }
    upload.stop();
    this.loop.createTask(upload.ended(), { name: "request body closing" }).addDoneCallback(then);
  }

  #fail(error: Error): void {
    if (this.#over) return;
    const head = this.#head;
    this.#head = null;
    const reason = this.#stopError ?? error;
    const own = reason === this.#stopError || reason === this.#upload?.failure;
    if (this.status === 0) head?.reject(own ? reason : exchangeError(reason, this.request));
    else this.#sink.fail(own ? reason : bodyError(reason, this.request));
    this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.#deadline?.cancel();
    this.#silence?.cancel();
    this.#options.connector._release(this.connection);
    for (const closed of this.#whenOver ?? []) closed();
  }
}

/** @internal */
export function totalTimeout(request: ClientRequest): ServerTimeoutError {
  const { total } = request.timeout;
  return new ServerTimeoutError(`${describe(request)} took longer than ${total} ms in all (timeout.total)`, {
    request,
  });
}

/** @internal */
export function silenceTimeout(request: ClientRequest, sockRead: number): SocketTimeoutError {
  return new SocketTimeoutError(`${describe(request)}: nothing came for ${sockRead} ms (timeout.sockRead)`, {
    request,
  });
}

function describe(request: ClientRequest): string {
  return `${request.method} ${request.url.href}`;
}
