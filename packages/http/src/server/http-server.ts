import type { AddressInfo } from "node:net";
import {
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  Event,
  getRunningLoop,
  shield,
  type Task,
} from "asyncio-ts";
import { loopCallback, once } from "asyncio-ts/interop";
import type { FetchHandler } from "./app.ts";
import type { Exchange } from "./exchange.ts";
import { exchangeHost } from "./exchange-host.ts";
import { Listening, type NodeServer } from "./listening.ts";
import { takeRequests } from "./node-requests.ts";
import { nodeServer } from "./node-server.ts";
import { CLEANUP, GRACE, RequestTasks } from "./request-tasks.ts";
import type { ServeOptions } from "./serve-options.ts";

const PORT = 8080;
const TLS_PORT = 8443;

/** How long it may take to begin to listen, in milliseconds: a name may have to be looked up. */
const LISTEN_LIMIT = 30_000;

/** For {@link HttpServer.close}. */
export interface CloseOptions {
  /** How long requests may go on, in milliseconds, in place of what `serve()` was told; null for as long as they like. */
  readonly graceMs?: number | null | undefined;
}

/** For {@link HttpServer.serveForever}. */
export interface ServeForeverOptions extends CloseOptions {
  /** The signals that end it; by default SIGINT and SIGTERM. */
  readonly signals?: readonly string[] | undefined;
}

/**
 * A server that runs, made by `serve()`. Disposing of it with `await using` closes it, with the time of grace.
 *
 * Each request is a task, called after its method and path, and a child of the server's task: it stands in `allTasks()` and
 * in the call graph.
 */
export class HttpServer implements AsyncDisposable {
  readonly #options: ServeOptions;
  readonly #node: NodeServer;
  readonly #tasks: RequestTasks<Exchange>;
  readonly #allClosed = new Event();
  #address: AddressInfo | string = "";

  /** @internal */
  constructor(handler: FetchHandler, options: ServeOptions) {
    this.#options = options;
    const node = nodeServer(options);
    const onShutdown = new Set<() => void>();
    const listening = new Listening(node, () => this.#tasks, onShutdown);
    this.#node = node;
    this.#tasks = new RequestTasks(listening, options.cleanupMs ?? CLEANUP);
    node.on(
      "close",
      loopCallback(() => this.#allClosed.set()),
    );
    takeRequests(node, exchangeHost(handler, options, this.#tasks, onShutdown));
  }

  /** @internal */
  *_listen(): CoroutineGenerator<void> {
    const { host, path, backlog, reusePort, ssl, port = ssl === undefined ? PORT : TLS_PORT } = this.#options;
    const listening = once(this.#node, "listening");
    this.#node.listen({ ...(path === undefined ? { host, port } : { path }), backlog, reusePort });
    try {
      yield* shield(listening, { withinMs: LISTEN_LIMIT });
    } catch (error) {
      this.#node.close();
      throw error;
    }
    this.#address = this.#node.address() as AddressInfo | string;
    this.#tasks.start(`HTTP server ${this.url}`);
  }

  /** Where it listens: host, port and family, or the path of a Unix socket. */
  get address(): Readonly<AddressInfo> | string {
    return this.#address;
  }

  /** The port it listens on: what the system chose, when it was asked for port 0. Of a Unix socket, 0. */
  get port(): number {
    return typeof this.#address === "string" ? 0 : this.#address.port;
  }

  /** How to reach it from this machine, `http://127.0.0.1:8080` say; for a Unix socket `http://localhost`. */
  get url(): string {
    const scheme = this.#options.ssl === undefined ? "http" : "https";
    if (typeof this.#address === "string") return `${scheme}://localhost`;
    const { address, family, port } = this.#address;
    if (address === "::" || address === "0.0.0.0") return `${scheme}://localhost:${port}`;
    return `${scheme}://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  }

  /** The tasks of the requests that are under way, oldest first. */
  requests(): Task<void>[] {
    return [...this.#tasks.running()].map(({ task }) => task as Task<void>);
  }

  /**
   * Ends it: it takes no more connections, lets requests go on for `graceMs`, cancels those that are left then, and waits until
   * they have cleaned up. Every response from now on is the last of its connection. Requests that do not end when they are
   * cancelled are reported after `cleanupMs`, and left behind. A second call waits for the same end; the shorter grace counts.
   *
   * When this wait is cancelled the time of grace is over; it still waits for the end.
   *
   * @throws RuntimeError, from the wait, when a request of the server waits for it.
   */
  close(options: CloseOptions = {}): Coroutine<void> {
    return HttpServer.#close.call(this, this.#grace(options));
  }

  static readonly #close = coroutine(function* close(this: HttpServer, graceMs: number | null) {
    yield* this.#tasks.close(graceMs);
    yield* this.#allClosed.wait();
  });

  /**
   * Waits until it has been closed: by SIGINT or SIGTERM, by {@link close}, or by cancelling this wait. It ends with the time
   * of grace, which a second signal cuts short.
   */
  serveForever(options: ServeForeverOptions = {}): Coroutine<void> {
    return HttpServer.#serveForever.call(this, options.signals ?? ["SIGINT", "SIGTERM"], this.#grace(options));
  }

  static readonly #serveForever = coroutine(function* serveForever(
    this: HttpServer,
    signals: readonly string[],
    graceMs: number | null,
  ) {
    const loop = getRunningLoop();
    let asked = false;
    const stop = (): void => {
      if (asked) this.#tasks.hurry();
      else this.#tasks.beginToClose(graceMs);
      asked = true;
    };
    try {
      for (const signal of signals) loop.addSignalHandler(signal, stop);
      yield* this.#tasks.waitEnded();
      yield* this.#allClosed.wait();
    } catch (error) {
      yield* this.close({ graceMs });
      throw error;
    } finally {
      for (const signal of signals) loop.removeSignalHandler(signal);
    }
  });

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  toString(): string {
    return `<HttpServer ${this.url}>`;
  }

  #grace({ graceMs = this.#options.graceMs }: CloseOptions): number | null {
    return graceMs === undefined ? GRACE : graceMs;
  }
}
