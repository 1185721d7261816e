import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";

/** A server on the loopback interface, at a port of its own. */
export class Loopback implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The connections that are open now. */
  readonly sockets: Set<Socket> = new Set();
  /** How many there have been. */
  accepted = 0;
  readonly #server: TcpServer;

  constructor(server: TcpServer, scheme: string) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `${scheme}://127.0.0.1:${this.port}/`;
  }

  /** @internal */
  watch(socket: Socket): void {
    this.accepted++;
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket)).on("error", () => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

async function listening<S extends TcpServer>(server: S, scheme: string): Promise<Loopback> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const loopback = new Loopback(server, scheme);
  server.on("connection", (socket) => loopback.watch(socket));
  return loopback;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server of node:http, for well-behaved answers. */
export function serveHttp(answer: Answer): Promise<Loopback> {
  return listening(
    createServer({ keepAliveTimeout: 60_000 }, (request, response) => void answer(request, response)),
    "http",
  );
}

/** The same, with TLS. */
export function serveHttps(options: ServerOptions, answer: Answer): Promise<Loopback> {
  const listener = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response);
  return listening(
    createSecureServer({ keepAliveTimeout: 60_000, ...options }, listener) as unknown as TcpServer,
    "https",
  );
}

/** A server that writes whatever it likes: `onRequest` is called with each head that has come, up to its empty line. */
export function serveRaw(onRequest: (socket: Socket, head: string) => void): Promise<Loopback> {
  const server = createTcpServer((socket) => {
    let text = "";
    socket.on("data", (data) => {
      text += data.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        const head = text.slice(0, end + 4);
        text = text.slice(end + 4);
        onRequest(socket, head);
      }
    });
  });
  return listening(server, "http");
}

/** A server that accepts connections and says nothing. */
export function serveSilence(): Promise<Loopback> {
  return serveRaw(() => {});
}

/** What was sent, as text; of a client that goes away, as much as has come. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  try {
    for await (const chunk of request) body += String(chunk);
  } catch {}
  return body;
}
