import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { ClientSession, Connector, type WebSocketConnection, type WSConnectOptions } from "@asyncio-ts/http";
import { type Coroutine, getRunningLoop, type Task } from "asyncio-ts";
import { fromCallback, once } from "asyncio-ts/interop";
import { takeUpgrade } from "../../src/server/web-socket.ts";

/** A server that answers each upgrade request in a task of its own, as `serve()` does. */
export class Listener implements AsyncDisposable {
  readonly server: Server;
  readonly tasks: Task<void>[] = [];
  readonly onShutdown = new Set<() => void>();
  stopped = false;
  readonly #host = {
    onShutdown: this.onShutdown,
    cancelOnDisconnect: true,
    tasks: { isStopped: () => this.stopped },
  };

  constructor(handler: () => Response) {
    const loop = getRunningLoop();
    this.server = createServer();
    this.server.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      const upgrade = takeUpgrade(handler())!;
      this.tasks.push(loop.createTask(upgrade(incoming, socket, head, this.#host)));
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  connections(): Coroutine<number> {
    return fromCallback<number>((callback) => void this.server.getConnections(callback));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const task of this.tasks) task.cancel();
    await fromCallback((callback) => void this.server.close(callback));
  }
}

export async function listen(handler: () => Response): Promise<Listener> {
  const listener = new Listener(handler);
  listener.server.listen(0, "127.0.0.1");
  await once(listener.server, "listening");
  return listener;
}

/** A client of ours. */
export function connect(url: string, options: WSConnectOptions = {}): Coroutine<WebSocketConnection> {
  return new ClientSession({ connector: new Connector({ limit: 0 }) }).wsConnect(url, options);
}

/** How many sockets this process has open. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
}
