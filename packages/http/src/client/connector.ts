import { type Coroutine, type CoroutineGenerator, coroutine, park, Semaphore } from "asyncio-ts";
import { checkCount } from "./check-count.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Connection } from "./connection.ts";
import type { ConnectorOptions } from "./connector-options.ts";
import { Dialler } from "./dialler.ts";
import { Endpoint, endpointKey } from "./endpoint.ts";
import { ClientConnectionError } from "./errors.ts";

const LIMIT = 100;

/**
 * Makes connections, keeps them for the next request, and sees to it that not too many are in use. A session makes its own;
 * several sessions can share one that was made before, then it is closed by whoever made it.
 *
 * @example
 * ```ts no-run
 * import { ClientSession, Connector } from "@asyncio-ts/http";
 *
 * await using session = new ClientSession({ connector: new Connector({ limit: 20, limitPerHost: 4 }) });
 * ```
 */
export class Connector implements AsyncDisposable {
  /** How many requests can be under way at a time; 0 for any number. */
  readonly limit: number;
  /** The same for each host. */
  readonly limitPerHost: number;
  /** Whether each connection is closed after its request. */
  readonly forceClose: boolean;
  /** Whether HTTP/2 may be used. */
  readonly allowH2: boolean;
  readonly #dialler: Dialler;
  readonly #slots: Semaphore | null;
  readonly #endpoints: Map<string, Endpoint> = new Map();
  readonly #connections: Set<Connection> = new Set();
  #closed = false;

  /** @throws ValueError for a limit that is negative or no whole number. */
  constructor(options: ConnectorOptions = {}) {
    this.limit = checkCount("Connector: limit", options.limit ?? LIMIT);
    this.limitPerHost = checkCount("Connector: limitPerHost", options.limitPerHost ?? 0);
    this.forceClose = options.forceClose ?? false;
    this.allowH2 = options.allowH2 ?? false;
    this.#slots = this.limit === 0 ? null : new Semaphore(this.limit);
    this.#dialler = new Dialler(options, (connection) => this.#watch(connection));
  }

  /** Whether it has been closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** A connection for a request, waiting for one if need be; {@link _release} gives it back. @internal */
  *_acquire(endpoint: Endpoint, request: ClientRequest, fresh: boolean): CoroutineGenerator<Connection> {
    this.#checkOpen(request);
    const held: Semaphore[] = [];
    const { _tracer: tracer } = request;
    endpoint.users++;
    try {
      const queued = tracer !== null && (endpoint.slots?.locked() || this.#slots?.locked());
      if (queued) tracer.emit("onConnectionQueuedStart", endpoint.target);
      for (const slots of [endpoint.slots, this.#slots]) {
        if (slots === null) continue;
        yield* slots.acquire();
        held.push(slots);
      }
      if (queued) tracer.emit("onConnectionQueuedEnd", endpoint.target);
      this.#checkOpen(request);
      const connection = (fresh ? null : takeIdle(endpoint)) ?? (yield* this.#connect(endpoint, request));
      this.#checkOpen(request);
      if (connection.uses > 0) tracer?.emit("onConnectionReuseconn", endpoint.target);
      connection.reserve();
      return connection;
    } catch (error) {
      for (const slots of held) slots.release();
      this.#leave(endpoint);
      throw error;
    }
  }

  /** Whether {@link _acquire} would not have to wait. @internal */
  _isReady(endpoint: Endpoint): boolean {
    return !this.#slots?.locked() && !endpoint.slots?.locked() && hasIdle(endpoint);
  }

  /** The request on this connection has ended. @internal */
  _release(connection: Connection): void {
    const { endpoint } = connection;
    connection.release();
    if (!connection.http2 && connection.usable && !this.forceClose && !this.#closed) endpoint.idle.push(connection);
    this.#slots?.release();
    endpoint.slots?.release();
    this.#leave(endpoint);
  }

  /** @internal */
  _endpoint(request: ClientRequest): Endpoint {
    const key = endpointKey(request);
    let endpoint = this.#endpoints.get(key);
    if (endpoint === undefined) {
      endpoint = new Endpoint(key, request, this.limitPerHost);
      this.#endpoints.set(key, endpoint);
    }
    return endpoint;
  }

  /**
   * Closes all connections. Requests that are under way, or wait, fail with a ClientConnectionError.
   */
  close(): Coroutine<void> {
    return closeConnector(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  *_close(): CoroutineGenerator<void> {
    this.#closed = true;
    this.#dialler.stop(closedError());
    const open = [...this.#connections];
    for (const connection of open) connection.destroy(closedError());
    for (const connection of open) yield* whenClosed(connection);
  }

  #checkOpen(request: ClientRequest): void {
    if (this.#closed) throw closedError(request);
  }

  #leave(endpoint: Endpoint): void {
    endpoint.users--;
    this.#forget(endpoint);
  }

  /** A crawler sees more hosts than it should remember. */
  #forget(endpoint: Endpoint): void {
    // Another of the same key may have been made meanwhile.
    if (endpoint.unused && this.#endpoints.get(endpoint.key) === endpoint) this.#endpoints.delete(endpoint.key);
  }

  /** While nobody knows whether the server speaks HTTP/2, one connection is made at a time: the others may share it. */
  *#connect(endpoint: Endpoint, request: ClientRequest): CoroutineGenerator<Connection> {
    if (!this.allowH2 || !endpoint.ssl || endpoint.isHttp1) return yield* this.#dialler.open(endpoint, request);
    yield* endpoint.probing.acquire();
    try {
      const shared = takeIdle(endpoint);
      if (shared !== null) return shared;
      const connection = yield* this.#dialler.open(endpoint, request);
      if (connection.http2) endpoint.shared = connection;
      else endpoint.isHttp1 = true;
      return connection;
    } finally {
      endpoint.probing.release();
    }
  }

  #watch(connection: Connection): void {
    const { endpoint } = connection;
    this.#connections.add(connection);
    connection.whenClosed(() => {
      this.#connections.delete(connection);
      const at = endpoint.idle.indexOf(connection);
      if (at >= 0) endpoint.idle.splice(at, 1);
      if (endpoint.shared === connection) endpoint.shared = null;
      this.#forget(endpoint);
    });
  }
}

const closeConnector = coroutine(function* close(connector: Connector) {
  yield* connector._close();
});

/** Waits until it is closed. */
export function* whenClosed(connection: Connection): CoroutineGenerator<void> {
  yield* park<void>((wait) => {
    connection.whenClosed(() => wait.resolve());
    return () => "done";
  });
}

function closedError(request?: ClientRequest): ClientConnectionError {
  return new ClientConnectionError("the session was closed while the request was under way", { request });
}

function hasIdle(endpoint: Endpoint): boolean {
  return endpoint.shared?.usable || (endpoint.idle.at(-1)?.usable ?? false);
}

/** The connection that was used last, since that is the likeliest to be open still. */
function takeIdle(endpoint: Endpoint): Connection | null {
  if (endpoint.shared?.usable) return endpoint.shared;
  for (let connection = endpoint.idle.pop(); connection !== undefined; connection = endpoint.idle.pop()) {
    if (connection.usable) return connection;
  }
  return null;
}
