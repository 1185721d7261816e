import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  type Abort,
  CancelledError,
  type Coroutine,
  type CoroutineGenerator,
  type Future,
  getRunningLoop,
  park,
  type Task,
  type TimerHandle,
  type Wait,
} from "asyncio-ts";
import { cancelledError } from "../cancelled-error.ts";
import type { AccessLogEntry } from "./access-log.ts";
import { abortRequest, isAtHand } from "./adapter-marks.ts";
import { awaitable, isResponse, noResponse, type ServerEnv } from "./app.ts";
import { errorResponse, unavailable } from "./error-response.ts";
import { BodyTooLargeError } from "./errors.ts";
import { type ExchangeHost, NOTHING_TO_WRITE } from "./exchange-host.ts";
import type { Outgoing, ResponseOwner } from "./outgoing.ts";
import { announcesMoreThan, endBody, failBody, hasBody, limitBody } from "./request-body.ts";
import { nameOf, type TaskRequest } from "./request-tasks.ts";
import { sendStream } from "./send-stream.ts";
import { takeUpgrade, type Upgrade } from "./web-socket.ts";

/** A request to change to another protocol. @internal */
export interface UpgradeRequest {
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** One request and its response, and the task that both are. It is also what the handler gets as its `env`. @internal */
export class Exchange implements TaskRequest, ServerEnv, ResponseOwner {
  readonly name: string;
  task: Task<void> | null = null;
  readonly incoming: IncomingMessage;
  readonly outgoing: Outgoing;
  readonly #host: ExchangeHost;
  readonly #begun: number;
  readonly #upgradeRequest: UpgradeRequest | null;
  #request: Request | null = null;
  /** The handler has been called, and has not ended. */
  #handling = false;
  /** Takes the response, where the handler did not give it at once. */
  #respond: ((response: Response) => void) | null = null;
  /** The client got another response than the handler's. */
  #answered = false;
  #streamed: Response | null = null;
  #upgrade: Upgrade | null = null;
  /** What the task waits for is over: the handler and the writing of what it gave, or the sending of what was written. */
  #over = false;
  #wait: Wait<void> | null = null;
  #cancelled: CancelledError | null = null;
  #watched = false;
  #timer: TimerHandle | null = null;

  constructor(host: ExchangeHost, incoming: IncomingMessage, outgoing: Outgoing, upgrade: UpgradeRequest | null) {
    this.#host = host;
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.#upgradeRequest = upgrade;
    this.name = nameOf(incoming);
    outgoing.owner = this;
    const logged = host.accessLog !== undefined;
    this.#begun = logged ? performance.now() : 0;
    if (logged) outgoing.bodyBytes = 0;
    if (host.tasks.isStopped() || outgoing.maxRequestsOnConnectionReached) this.beLast();
  }

  /** There are no more requests on the connection. */
  beLast(): void {
    this.outgoing.shouldKeepAlive = false;
  }

  run(): () => Future<undefined> | CoroutineGenerator<void> {
    let fresh: Exchange | null = this;
    // Node's timer for the next request on the connection is made in the context of this one, and so keeps the task.
    return () => {
      const exchange = fresh as Exchange;
      fresh = null;
      return exchange.#handle();
    };
  }

  // ── the handler ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Has the request answered. Native code of the task, and all there is of it for a response that is sent at once. */
  #handle(): Future<undefined> | CoroutineGenerator<void> {
    const { maxBodySize, listener, done } = this.#host;
    if (maxBodySize !== null) limitBody(this.incoming, maxBodySize);
    listener(this.incoming, this.outgoing);
    if (!this.#over || this.#upgrade !== null || this.#streamed !== null || !this.outgoing.isSent())
      return this.#rest();
    this.#end();
    return done;
  }

  *#rest(): CoroutineGenerator<void> {
    try {
      if (!this.#over) yield* park((wait) => this.#begin(wait));
      if (this.#upgrade !== null) {
        yield* this.#runUpgrade(this.#upgrade);
        return;
      }
      if (this.#streamed !== null) yield* this.#stream(this.#streamed);
      if (!this.outgoing.isSent()) yield* this.#sent();
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      this.#report(error);
    } finally {
      this.#end();
    }
  }

  #begin(wait: Wait<void>): Abort {
    this.#watch();
    const { requestTimeoutMs } = this.#host;
    if (requestTimeoutMs !== null) {
      this.#timer = getRunningLoop().callLater(requestTimeoutMs, () => this.#tookTooLong(requestTimeoutMs));
    }
    return this.#waitWith(wait);
  }

  /** Called by the adapter, for the response. @throws NOTHING_TO_WRITE, also later, when there is none for it. */
  answer(request: Request): Response | Promise<Response> {
    const { maxBodySize, handler } = this.#host;
    this.#request = request;
    if (maxBodySize !== null && announcesMoreThan(maxBodySize, this.incoming)) {
      return new BodyTooLargeError(maxBodySize).getResponse();
    }
    this.#handling = true;
    let result: Response | PromiseLike<Response>;
    try {
      result = awaitable(handler(request, this));
    } catch (error) {
      result = this._errorResponse(error);
    }
    return isResponse(result) ? this.#take(result) : this.#takeLater(Promise.resolve(result));
  }

  #takeLater(result: Promise<Response>): Promise<Response> {
    const fail = (error: unknown): Promise<Response> =>
      this._errorResponse(error).then((response) => this.#take(response));
    const given = result.then(
      (response) => (isResponse(response) ? this.#take(response) : fail(noResponse(response))),
      fail,
    );
    if (this.#host.requestTimeoutMs === null) return given;
    return new Promise((resolve, reject) => {
      this.#respond = resolve;
      given.then(resolve, reject);
    });
  }

  /** The handler has ended. Gives the response if the adapter is to write it. */
  #take(response: Response): Response {
    this.#handling = false;
    const unwanted = this.#answered || this.outgoing.destroyed;
    if (!unwanted && isAtHand(response)) return response;
    if (unwanted) discard(response);
    else if (this.#upgradeRequest !== null) this.#upgrade = takeUpgrade(response) ?? null;
    if (!unwanted && this.#upgrade === null) this.#streamed = response;
    this.#isOver();
    throw NOTHING_TO_WRITE;
  }

  /** For Hono's error handler, too. */
  _errorResponse(error: unknown): Promise<Response> {
    // The handler has read from a client that went away: nobody's fault, and nobody's response.
    if (error === this.incoming.errored && !(error instanceof BodyTooLargeError)) {
      return Promise.resolve(unavailable(this.#gone()));
    }
    return errorResponse(error, this.#request as Request, this.#host.onError);
  }

  #tookTooLong(limit: number): void {
    const message = `${this.name} took more than ${limit} ms`;
    this.task?.cancel(message);
    this.#answered = true;
    this.#respond?.(unavailable(message));
  }

  // ── the connection ───────────────────────────────────────────────────────────────────────────────────────────────

  written(): void {
    if (!this.#handling) this.#isOver();
  }

  /** The connection is done with the response, or lost. */
  _closed(): void {
    // The connection is the WebSocket's by now.
    if (this.#upgrade !== null) return;
    const { incoming, outgoing } = this;
    if (incoming.errored) endBody(incoming);
    if (!outgoing.writableFinished && this.#host.cancelOnDisconnect) {
      this.task?.cancel(this.#gone());
    }
    if (!this.#handling) this.#isOver();
  }

  #watch(): void {
    if (this.#watched) return;
    this.#watched = true;
    // Before the adapter, whose reason for the signal is a string.
    this.outgoing.prependListener("close", onClose);
  }

  /** As {@link _closed}, and before it: outside of the loop's turns. */
  _closing(): void {
    const sent = this.outgoing.writableFinished;
    // Mostly nobody waits for this any more.
    if (sent && this.#over && this.#wait === null && !this.incoming.errored) return;
    if (!sent) this.#abortSignal(new CancelledError(this.#gone()));
    this.#host.closed(this);
  }

  *#stream(response: Response): CoroutineGenerator<void> {
    this.#watch();
    yield* sendStream(this.outgoing, response);
  }

  /** Waits until all has been sent. */
  #sent(): Coroutine<void> {
    this.#watch();
    return park((wait) => this.#waitWith(wait));
  }

  *#runUpgrade(upgrade: Upgrade): CoroutineGenerator<void> {
    const { socket, head } = this.#upgradeRequest as UpgradeRequest;
    this.outgoing.detachSocket(socket as Socket);
    this.outgoing.destroy();
    yield* upgrade(this.incoming, socket, head, this.#host);
  }

  // ── the wait ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #waitWith(wait: Wait<void>): Abort {
    this.#wait = wait;
    return (message) => {
      this.#abort(cancelledError(message));
      return "wait";
    };
  }

  /** The task was asked to stop. What the handler waits for fails, if it is not of the library and has no signal. */
  #abort(error: CancelledError): void {
    this.#cancelled = error;
    if (!this.#handling) this.outgoing.destroy();
    if (hasBody(this.incoming)) failBody(this.incoming, error);
    this.#abortSignal(error);
  }

  #abortSignal(reason: CancelledError): void {
    if (this.#request !== null) abortRequest(this.#request, reason);
  }

  #gone(): string {
    return `${this.name}: the client has gone away`;
  }

  #isOver(): void {
    this.#over = true;
    this.#timer?.cancel();
    const wait = this.#wait;
    this.#wait = null;
    if (this.#cancelled === null) wait?.resolve();
    else wait?.reject(this.#cancelled);
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #end(): void {
    const { accessLog, tasks } = this.#host;
    if (this.task !== null) tasks.over(this);
    if (accessLog === undefined) return;
    try {
      accessLog(this.#logEntry());
    } catch (error) {
      this.#report(error);
    }
  }

  #logEntry(): AccessLogEntry {
    const { incoming, outgoing } = this;
    return {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      status: this.#upgrade !== null ? 101 : outgoing.headersSent ? outgoing.statusCode : CLIENT_CLOSED_REQUEST,
      bytes: outgoing.bodyBytes ?? 0,
      durationMs: performance.now() - this.#begun,
      remoteAddress: incoming.socket.remoteAddress,
    };
  }

  #report(exception: unknown): void {
    getRunningLoop().callExceptionHandler({
      message: `${this.name} failed when its handler had ended`,
      exception,
      ...(this.task === null ? {} : { task: this.task }),
    });
  }
}

function onClose(this: Outgoing): void {
  (this.owner as Exchange)._closing();
}

/** nginx's status for it. */
const CLIENT_CLOSED_REQUEST = 499;

/** Nobody will read it. */
function discard(response: Response): void {
  if (!isAtHand(response)) response.body?.cancel().catch(() => {});
}
