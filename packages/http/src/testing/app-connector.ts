import { type CoroutineGenerator, RuntimeError } from "asyncio-ts";
import type { Dispatcher } from "undici";
import type { Connection } from "../client/connection.ts";
import { Connector } from "../client/connector.ts";
import type { Endpoint } from "../client/endpoint.ts";
import { ClientConnectionError } from "../client/errors.ts";
import { CLEANUP, RequestTasks } from "../server/request-tasks.ts";
import { type AppHost, AppRequest } from "./app-request.ts";

/** Hands requests over to an app, in place of connections: whatever their URL, each becomes a task. */
export class AppConnector extends Connector {
  readonly #host: AppHost;
  #started = false;

  constructor(host: Pick<AppHost, "handler" | "onError">) {
    super();
    const tasks = new RequestTasks<AppRequest>({ stop: () => {}, expectsMore: () => false, cut: () => {} }, CLEANUP);
    this.#host = { ...host, tasks };
  }

  // biome-ignore lint/correctness/useYield: there is nothing to wait for
  override *_acquire(endpoint: Endpoint): CoroutineGenerator<Connection> {
    if (!this.#started) this.#host.tasks.start("test client");
    this.#started = true;
    // It has what an exchange uses of a connection.
    return new AppConnection(endpoint, this.#host) as Pick<Connection, keyof AppConnection> as Connection;
  }

  override _isReady(): boolean {
    return true;
  }

  override _release(): void {}

  override *_close(): CoroutineGenerator<void> {
    yield* super._close();
    const { tasks } = this.#host;
    for (const request of tasks.running()) request.giveUp(new ClientConnectionError("the session was closed"));
    if (this.#started) yield* tasks.close(0);
  }
}

/** As one of HTTP/2: for any number of requests, and none of them ends it. */
class AppConnection {
  readonly endpoint: Endpoint;
  readonly http2 = true;
  /** Virtual time goes on. */
  readonly foreign = false;
  uses = 0;
  readonly #host: AppHost;

  constructor(endpoint: Endpoint, host: AppHost) {
    this.endpoint = endpoint;
    this.#host = host;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    const request = new AppRequest(this.#host, `${this.endpoint.origin}${options.path}`, options, handler);
    if (!this.#host.tasks.open(request)) request.refuse(new RuntimeError("the test client is closed"));
  }

  whenClosed(): void {}

  destroy(): void {}
}
