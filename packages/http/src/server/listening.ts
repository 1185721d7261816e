import type { IncomingMessage, Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { getRunningLoop, type TimerHandle } from "asyncio-ts";
import type { Exchange } from "./exchange.ts";
import type { Outgoing } from "./outgoing.ts";
import type { RequestSource, RequestTasks } from "./request-tasks.ts";

/** Node's server, whose responses tell of themselves. @internal */
export type NodeServer = Server<typeof IncomingMessage, typeof Outgoing>;

/**
 * How long a server that is closed waits for requests on connections that were kept, in milliseconds: the next may be on its
 * way, and would get a reset.
 */
const LAST_CALL = 100;

/** Where a server listens, and its connections. @internal */
export class Listening implements RequestSource {
  readonly #node: NodeServer;
  /** Also those that are no HTTP any more. */
  readonly #sockets = new Set<Socket>();
  readonly #tasks: () => RequestTasks<Exchange>;
  /** Closes the WebSockets. */
  readonly #onShutdown: ReadonlySet<() => void>;
  #lastCall: TimerHandle | null = null;

  constructor(node: NodeServer, tasks: () => RequestTasks<Exchange>, onShutdown: ReadonlySet<() => void>) {
    this.#node = node;
    this.#tasks = tasks;
    this.#onShutdown = onShutdown;
    node.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        if (this.#lastCall !== null) this.#tasks().changed();
      });
    });
  }

  stop(): void {
    // Not http.Server's own, which closes the connections that have no request at once.
    NetServer.prototype.close.call(this.#node);
    for (const exchange of this.#tasks().running()) exchange.beLast();
    for (const close of this.#onShutdown) close();
    this.#lastCall = getRunningLoop().callLater(LAST_CALL, () => {
      this.#lastCall = null;
      this.#node.close();
      this.#tasks().changed();
    });
  }

  expectsMore(): boolean {
    return this.#lastCall !== null && this.#sockets.size > 0;
  }

  cut(): void {
    this.#lastCall?.cancel();
    this.#lastCall = null;
    this.#node.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
