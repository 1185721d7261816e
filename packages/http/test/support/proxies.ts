import { createServer, request as forward, type IncomingMessage, type Server } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from "node:net";

/** What a proxy in a test can be told. */
export interface ProxyBehaviour {
  /** Decides on a request; what is not null is the status of the refusal. */
  readonly refuse?: (request: IncomingMessage) => number | null;
  /** Takes a CONNECT over from the proxy. */
  readonly onConnect?: (socket: Socket) => void;
  /** Where the proxy connects to, whatever the name says. */
  readonly tls?: ServerOptions;
}

/** A proxy on the loopback interface, in which every name leads to that interface. */
export class LoopbackProxy implements AsyncDisposable {
  readonly url: string;
  /** Its clients, and what it has opened for them. */
  readonly sockets: Set<Socket> = new Set();
  /** Request lines, as they came. */
  readonly lines: string[] = [];
  readonly headers: IncomingMessage["headers"][] = [];
  accepted = 0;
  readonly #server: TcpServer;

  constructor(server: TcpServer, scheme: string) {
    this.#server = server;
    this.url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket: Socket) => {
      this.accepted++;
      this.watch(socket);
    });
  }

  watch(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket)).on("error", () => {});
  }

  note(request: IncomingMessage): void {
    this.lines.push(`${request.method} ${request.url}`);
    this.headers.push(request.headers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

async function listen<S extends TcpServer>(server: S, scheme: string): Promise<LoopbackProxy> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return new LoopbackProxy(server, scheme);
}

function tie(one: Socket, other: Socket): void {
  one.on("close", () => other.destroy());
  other.on("close", () => one.destroy());
  one.pipe(other).pipe(one);
}

/** A proxy that is sent whole URLs, and makes tunnels by CONNECT. */
export async function serveProxy(behaviour: ProxyBehaviour = {}): Promise<LoopbackProxy> {
  const server = (behaviour.tls === undefined ? createServer() : createSecureServer(behaviour.tls)) as Server;
  const proxy = await listen(server, behaviour.tls === undefined ? "http" : "https");
  server.on("request", (request, response) => {
    proxy.note(request);
    const refusal = behaviour.refuse?.(request) ?? null;
    if (refusal !== null) {
      response.writeHead(refusal).end("refused");
      return;
    }
    const { port, pathname, search } = new URL(request.url ?? "");
    const { "proxy-authorization": _, ...headers } = request.headers;
    const onward = forward({
      agent: false,
      host: "127.0.0.1",
      port,
      path: pathname + search,
      method: request.method,
      headers,
    });
    onward.on("socket", (socket) => proxy.watch(socket));
    onward.on("response", (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 0, answer.headers)));
    onward.on("error", () => response.writeHead(502).end());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  server.on("connect", (request: IncomingMessage, client: Socket) => {
    proxy.note(request);
    // What is not read is not noticed to be closed, and servers of node:http leave their half open.
    client
      .on("error", () => {})
      .on("end", () => client.end())
      .resume();
    const refusal = behaviour.refuse?.(request) ?? null;
    if (refusal !== null) {
      client.end(`HTTP/1.1 ${refusal} No\r\nProxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno`);
      return;
    }
    if (behaviour.onConnect !== undefined) {
      behaviour.onConnect(client);
      return;
    }
    const onward = connect(Number(request.url?.split(":").at(-1)), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      tie(client, onward);
    });
    proxy.watch(onward);
  });
  return proxy;
}

/** A SOCKS5 proxy; with a login it wants that, as `[login, password]`. */
export async function serveSocks(login: readonly [string, string] | null = null): Promise<LoopbackProxy> {
  const server = createTcpServer();
  const proxy = await listen(server, "socks5");
  server.on(
    "connection",
    (client: Socket) => void serveSocksClient(proxy, client, login).catch(() => client.destroy()),
  );
  return proxy;
}

async function serveSocksClient(
  proxy: LoopbackProxy,
  client: Socket,
  login: readonly [string, string] | null,
): Promise<void> {
  const take = async (size: number): Promise<Buffer> => {
    for (;;) {
      const bytes = client.read(size) as Buffer | null;
      if (bytes !== null) return bytes;
      await new Promise<void>((resolve, reject) => {
        client.once("readable", resolve).once("close", () => reject(new Error("closed")));
      });
    }
  };
  const text = async (): Promise<string> => String(await take((await take(1))[0]!));
  const [, methods] = await take(2);
  await take(methods!);
  client.write(Buffer.from([5, login === null ? 0 : 2]));
  if (login !== null) {
    await take(1);
    const given = [await text(), await text()];
    const right = given[0] === login[0] && given[1] === login[1];
    client.write(Buffer.from([1, right ? 0 : 1]));
    if (!right) throw new Error("refused");
  }
  const [, , , kind] = await take(4);
  const host = kind === 3 ? await text() : (await take(4)).join(".");
  const port = (await take(2)).readUInt16BE();
  proxy.lines.push(`CONNECT ${host}:${port}`);
  const onward = connect(port, "127.0.0.1", () => {
    client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
    tie(client, onward);
  });
  onward.on("error", () => client.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])));
  proxy.watch(onward);
}
