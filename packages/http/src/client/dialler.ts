import type { Socket } from "node:net";
import { type Abort, type CoroutineGenerator, getRunningLoop, park, type TimerHandle, type Wait } from "asyncio-ts";
import { buildConnector } from "undici";
import { cancelledError } from "../cancelled-error.ts";
import { checkCount } from "./check-count.ts";
import type { ClientRequest } from "./client-request.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import type { ConnectorOptions } from "./connector-options.ts";
import type { Endpoint } from "./endpoint.ts";
import { ConnectionTimeoutError } from "./errors.ts";
import { connectError } from "./map-errors.ts";
import { type Dialled, dialByProxy } from "./proxy.ts";

const KEEP_ALIVE_TIMEOUT = 15_000;
const MAX_HEADER_SIZE = 16_384;

/** Makes connections. */
export class Dialler {
  readonly #options: ConnectorOptions;
  readonly #connectionOptions: ConnectionOptions;
  readonly #dial: buildConnector.connector;
  #dialProxy: buildConnector.connector | null = null;
  readonly #onMade: (connection: Connection) => void;
  /** What ends those that are being made. */
  readonly #pending: Set<(error: Error) => void> = new Set();

  /** `onMade` is told at once of each connection, also of one that nobody waits for any more. */
  constructor(options: ConnectorOptions, onMade: (connection: Connection) => void) {
    this.#options = options;
    this.#onMade = onMade;
    this.#dial = buildConnector(dialOptions(options));
    this.#connectionOptions = {
      keepAliveTimeout: checkCount("Connector: keepAliveTimeout", options.keepAliveTimeout ?? KEEP_ALIVE_TIMEOUT, 1),
      maxHeaderSize: checkCount("Connector: maxHeaderSize", options.maxHeaderSize ?? MAX_HEADER_SIZE, 1),
    };
  }

  /** Ends all that are being made. */
  stop(error: Error): void {
    for (const fail of this.#pending) fail(error);
  }

  /** Makes one, within `sockConnect`. Cancelled, it waits until the socket is closed. */
  *open(endpoint: Endpoint, request: ClientRequest): CoroutineGenerator<Connection> {
    let made: Connection | null = null;
    request._tracer?.emit("onConnectionCreateStart", endpoint.target);
    try {
      yield* park<void>((wait) =>
        this.#begin(endpoint, request, wait, (socket) => {
          made = new Connection(endpoint, socket, this.#connectionOptions);
          this.#onMade(made);
        }),
      );
    } catch (error) {
      // Made, and the task was cancelled before it could take it.
      (made as Connection | null)?.destroy();
      throw error;
    }
    request._tracer?.emit("onConnectionCreateEnd", endpoint.target);
    return made as unknown as Connection;
  }

  #begin(endpoint: Endpoint, request: ClientRequest, wait: Wait<void>, made: (socket: Socket) => void): Abort {
    const { sockConnect } = request.timeout;
    let timer: TimerHandle | null = null;
    const ended = (): void => {
      timer?.cancel();
      this.#pending.delete(fail);
    };
    let failing = false;
    const socket = this.#dialTo(endpoint, request, (error, open) => {
      // Through a proxy there is more that ends with the socket, and says so.
      if (failing) return;
      ended();
      if (error !== null) {
        wait.reject(connectError(error, endpoint, request, this.#options.socketPath ?? null));
      } else if (open !== null) {
        made(open);
        wait.resolve();
      }
    });
    if (this.#options.socketPath === undefined) request._tracer?.watchLookup(socket, endpoint.dialledHost);
    const fail = (error: Error): void => {
      failing = true;
      ended();
      if (socket.closed) wait.reject(error);
      else socket.once("close", () => wait.reject(error));
      socket.destroy();
    };
    this.#pending.add(fail);
    if (sockConnect !== null)
      timer = getRunningLoop().callLater(sockConnect, () => fail(connectTimeout(endpoint, request)));
    return (message) => {
      fail(cancelledError(message));
      return "wait";
    };
  }

  /** Gives the socket by whose end it all ends. */
  #dialTo(endpoint: Endpoint, request: ClientRequest, done: Dialled): Socket {
    const target = dialTarget(endpoint, this.#options.localAddress);
    const { proxy } = endpoint;
    if (proxy === null) return this.#dial(target, done) as unknown as Socket;
    this.#dialProxy ??= buildConnector(dialOptions({ ...this.#options, allowH2: false }));
    return dialByProxy(target, { request, endpoint, proxy, dialProxy: this.#dialProxy, dialServer: this.#dial }, done);
  }
}

function connectTimeout(endpoint: Endpoint, request: ClientRequest): ConnectionTimeoutError {
  const { sockConnect } = request.timeout;
  return new ConnectionTimeoutError(`no connection to ${endpoint} within ${sockConnect} ms (timeout.sockConnect)`, {
    request,
  });
}

function dialTarget(endpoint: Endpoint, localAddress: string | undefined): buildConnector.Options {
  const { host, port, ssl, servername } = endpoint;
  const target = {
    hostname: host,
    host,
    protocol: ssl ? "https:" : "http:",
    port: String(port),
    localAddress: localAddress ?? null,
  };
  return servername === "" ? target : { ...target, servername };
}

function dialOptions(options: ConnectorOptions): buildConnector.BuildOptions {
  const { ssl = true, family, autoSelectFamily, autoSelectFamilyAttemptTimeout, lookup, socketPath } = options;
  const tls = typeof ssl === "object" ? ssl : { rejectUnauthorized: ssl };
  const given = { family, autoSelectFamily, autoSelectFamilyAttemptTimeout, lookup, socketPath };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...tls, ...set, allowH2: options.allowH2 ?? false, timeout: 0 };
}
