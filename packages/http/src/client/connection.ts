import type { Socket } from "node:net";
import { type buildConnector, Client, type Dispatcher } from "undici";
import type { Endpoint } from "./endpoint.ts";

/** What undici is told of a connection. */
export interface ConnectionOptions {
  readonly keepAliveTimeout: number;
  readonly maxHeaderSize: number;
}

/** How many requests one connection with HTTP/2 has at a time; the others wait inside of undici. */
const MAX_CONCURRENT_STREAMS = 100;

/** A request was given to a connection that is closed: nothing of it was sent. */
export class ConnectionGone extends Error {}

/** One connection that is open, with undici's parser at its end. It makes no second one when it is closed. */
export class Connection {
  readonly endpoint: Endpoint;
  readonly socket: Socket;
  /** Several requests at a time. */
  readonly http2: boolean;
  /** The server is outside of the loop. */
  readonly foreign: boolean = true;
  /** How many requests it had, and has. */
  uses = 0;
  running = 0;
  readonly #client: Client;
  readonly #keepAliveTimeout: number;
  #handedOver = false;
  /** undici has done with it. */
  #gone = false;
  #idleTimer: NodeJS.Timeout | undefined;
  #onClose: (() => void)[] = [];

  constructor(endpoint: Endpoint, socket: Socket, options: ConnectionOptions) {
    this.endpoint = endpoint;
    this.socket = socket;
    this.http2 = (socket as { alpnProtocol?: unknown }).alpnProtocol === "h2";
    this.#keepAliveTimeout = options.keepAliveTimeout;
    this.#client = new Client(endpoint.origin, {
      connect: (_, callback) => this.#handOver(callback),
      keepAliveTimeout: options.keepAliveTimeout,
      maxHeaderSize: options.maxHeaderSize,
      allowH2: this.http2,
      h2Options: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS },
      // Ours are exact to the millisecond, and cost nothing where there is no limit.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    socket.once("close", () => this.#closed());
  }

  /** Whether a request can be sent on it. */
  get usable(): boolean {
    return !this.socket.destroyed && !this.#gone;
  }

  /** Sends a request. */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.uses++;
    this.#client.dispatch(options, handler);
  }

  /** A request is to be sent, or not: {@link release} must follow. */
  reserve(): void {
    clearTimeout(this.#idleTimer);
    this.running++;
  }

  /** A request has ended. With HTTP/1 undici itself closes a connection that has been idle for too long. */
  release(): void {
    this.running--;
    if (!this.http2 || this.running > 0) return;
    this.#idleTimer = setTimeout(() => this.destroy(), this.#keepAliveTimeout).unref();
  }

  /** Closes it at once; who uses it gets `error`. */
  destroy(error: Error = new ConnectionGone("the connection was closed")): void {
    clearTimeout(this.#idleTimer);
    void this.#client.destroy(error);
    this.socket.destroy();
  }

  /** Calls `fn` when the socket is closed; at once if it is. */
  whenClosed(fn: () => void): void {
    if (this.socket.closed) fn();
    else this.#onClose.push(fn);
  }

  #handOver(callback: buildConnector.Callback): void {
    if (this.#handedOver || this.socket.destroyed) {
      this.#gone = true;
      process.nextTick(callback, new ConnectionGone("the connection was closed before the request was sent"), null);
      return;
    }
    this.#handedOver = true;
    process.nextTick(callback, null, this.socket);
  }

  #closed(): void {
    clearTimeout(this.#idleTimer);
    const listeners = this.#onClose;
    this.#onClose = [];
    for (const listener of listeners) listener();
  }
}
