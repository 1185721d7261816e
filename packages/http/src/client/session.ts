import { type Coroutine, type CoroutineGenerator, coroutine, RuntimeError } from "asyncio-ts";
import { connectWebSocket, type WSConnectOptions } from "../websocket/connect.ts";
import type { WebSocketConnection } from "../websocket/connection.ts";
import { answer } from "./answer.ts";
import { buildRequest } from "./build-request.ts";
import type { ClientResponse } from "./client-response.ts";
import { Connector } from "./connector.ts";
import type { AbstractCookieJar } from "./cookie-jar.ts";
import type { HttpHeaders } from "./headers.ts";
import type { RequestOptions } from "./request-options.ts";
import { type ClientSessionOptions, type SessionDefaults, sessionDefaults } from "./session-options.ts";
import type { ClientTimeout } from "./timeouts.ts";
import { Tracer, traced } from "./tracing.ts";

/**
 * What makes requests: it keeps connections, cookies and what is the same for all requests. Make one for a program, or a
 * part of it, not one for each request; and close it: `await using`.
 *
 * Each verb gives a coroutine of a {@link ClientResponse}, as soon as the headers of the answer have come. Cancelling ends
 * the request wherever it is: it leaves the queue for a connection, or its connection is closed, and then the wait ends.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import type { AddressInfo } from "node:net";
 * import { run } from "asyncio-ts";
 * import { ClientSession } from "@asyncio-ts/http";
 *
 * const server = createServer((request, response) => response.end(`hello from ${request.url}`)).listen(0, "127.0.0.1");
 * await run(async () => {
 *   const { port } = server.address() as AddressInfo;
 *   await using session = new ClientSession({ baseUrl: `http://127.0.0.1:${port}/` });
 *   const response = await session.get("greeting", { params: { name: "you" } });
 *   console.log(response.status, await response.text()); // 200 hello from /greeting?name=you
 * });
 * server.close();
 * ```
 */
export class ClientSession implements AsyncDisposable {
  readonly #defaults: SessionDefaults;
  readonly #connector: Connector;
  readonly #ownsConnector: boolean;
  #closed = false;

  /** @throws ValueError, TypeError or InvalidUrlClientError for options that make no sense. */
  constructor(options: ClientSessionOptions = {}) {
    this.#defaults = sessionDefaults(options);
    this.#connector = options.connector ?? new Connector();
    this.#ownsConnector = options.connector === undefined || (options.connectorOwner ?? true);
  }

  /** Whether it has been closed, or its connector has. */
  get closed(): boolean {
    return this.#closed || this.#connector.closed;
  }

  /** What makes its connections. */
  get connector(): Connector {
    return this.#connector;
  }

  /** Its cookies. */
  get cookieJar(): AbstractCookieJar {
    return this.#defaults.cookieJar;
  }

  /** What is sent with every request; it can be changed. */
  get headers(): HttpHeaders {
    return this.#defaults.headers;
  }

  /** The limits of requests that have none of their own. */
  get timeout(): Required<ClientTimeout> {
    return this.#defaults.timeout;
  }

  /**
   * Makes a request.
   *
   * @throws from the wait: RuntimeError when the session is closed; InvalidUrlError; TypeError or ValueError for options that
   * make no sense; ClientConnectionError and its kind when there is no connection or no answer; ServerTimeoutError and its
   * kind; TooManyRedirects; ClientResponseError when a status of 400 and more is an error.
   */
  request(method: string, url: string | URL, options: RequestOptions = {}): Coroutine<ClientResponse> {
    return perform.request(this, method, url, options);
  }

  /** {@link request} with GET. */
  get(url: string | URL, options: RequestOptions = {}): Coroutine<ClientResponse> {
    return perform.get(this, "GET", url, options);
  }

  /** {@link request} with POST. */
  post(url: string | URL, options: RequestOptions = {}): Coroutine<ClientResponse> {
    return perform.post(this, "POST", url, options);
  }

  /** {@link request} with PUT. */
  put(url: string | URL, options: RequestOptions = {}): Coroutine<ClientResponse> {
    return perform.put(this, "PUT", url, options);
  }

  /** {@link request} with PATCH. */
  patch(url: string | URL, options: RequestOptions = {}): Coroutine<ClientResponse> {
    return perform.patch(this, "PATCH", url, options);
  }

  /** {@link request} with DELETE. */
  delete(url: string | URL, options: RequestOptions = {}): Coroutine<ClientResponse> {
    return perform.delete(this, "DELETE", url, options);
  }

  /** {@link request} with HEAD; does not follow redirects, unless told to. */
  head(url: string | URL, options: RequestOptions = {}): Coroutine<ClientResponse> {
    return perform.head(this, "HEAD", url, options);
  }

  /** {@link request} with OPTIONS. */
  options(url: string | URL, options: RequestOptions = {}): Coroutine<ClientResponse> {
    return perform.options(this, "OPTIONS", url, options);
  }

  /**
   * Opens a WebSocket: a URL of ws:, wss:, http: or https:. It takes one connection of the connector for as long as it is open,
   * and is cut when the session is closed. Middlewares are not asked.
   *
   * @throws from the wait what a request raises; WSServerHandshakeError when the server answers something else;
   * ValueError or TypeError for options that make no sense.
   * @example
   * ```ts
   * import { run } from "asyncio-ts";
   * import { ClientSession } from "@asyncio-ts/http";
   * import { serve, webSocket } from "@asyncio-ts/http/server";
   *
   * const echo = () =>
   *   webSocket(async (ws) => {
   *     for await (const message of ws) await ws.send(message.data);
   *   });
   * await run(async () => {
   *   await using server = await serve(echo, { port: 0 });
   *   await using session = new ClientSession();
   *   await using ws = await session.wsConnect(server.url);
   *   await ws.sendStr("hello");
   *   console.log(await ws.receiveStr()); // hello
   * });
   * ```
   */
  wsConnect(url: string | URL, options: WSConnectOptions = {}): Coroutine<WebSocketConnection> {
    return wsConnect(this, url, options);
  }

  /** Closes the session and its connections. Requests that are under way fail with a ClientConnectionError. */
  close(): Coroutine<void> {
    return closeSession(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  *_close(): CoroutineGenerator<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#ownsConnector) yield* this.#connector.close();
  }

  /** @internal */
  *_wsConnect(url: string | URL, options: WSConnectOptions): CoroutineGenerator<WebSocketConnection> {
    if (this.closed) throw new RuntimeError("Session is closed");
    return yield* connectWebSocket(this.#defaults, this.#connector, url, options);
  }

  /** @internal */
  *_perform(method: string, url: string | URL, options: RequestOptions): CoroutineGenerator<ClientResponse> {
    if (this.closed) throw new RuntimeError("Session is closed");
    const request = buildRequest(this.#defaults, method, url, options);
    const { traceConfigs } = this.#defaults;
    const call = { session: this.#defaults, connector: this.#connector, options };
    if (traceConfigs.length === 0) return yield* answer(request, call);
    const tracer = new Tracer(traceConfigs, this, options.traceRequestCtx);
    request._tracer = tracer;
    return yield* traced(tracer, request, answer(request, call));
  }
}

type Perform = (
  session: ClientSession,
  method: string,
  url: string | URL,
  options: RequestOptions,
) => Coroutine<ClientResponse>;

/** A coroutine function of that name, so that the call graph says which verb a task is waiting in. */
function named(name: string): Perform {
  const body = function* (session: ClientSession, method: string, url: string | URL, options: RequestOptions) {
    return yield* session._perform(method, url, options);
  };
  Object.defineProperty(body, "name", { value: `ClientSession.${name}` });
  return coroutine(body);
}

const perform = {
  request: named("request"),
  get: named("get"),
  post: named("post"),
  put: named("put"),
  patch: named("patch"),
  delete: named("delete"),
  head: named("head"),
  options: named("options"),
};

const closeSession = coroutine(function* close(session: ClientSession) {
  yield* session._close();
});

const wsConnect = coroutine(function* wsConnect(session: ClientSession, url: string | URL, options: WSConnectOptions) {
  return yield* session._wsConnect(url, options);
});
