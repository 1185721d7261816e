import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { mysqlUrl } from "../../support/servers.ts";

/** A server in between, whose connections can be cut or stopped. */
export class Proxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #stalled = false;
  /** For how many milliseconds a request is held back. */
  delay: (request: Buffer) => number = () => 0;
  /** Answers in the server's place, if it gives anything. */
  intercept: (request: Buffer) => Buffer | null = () => null;
  /** How many connections were made. */
  connections = 0;

  private constructor() {
    const { hostname, port } = new URL(mysqlUrl);
    this.#server = createServer((client) => {
      this.connections++;
      const upstream = createConnection(Number(port || 3306), hostname);
      this.#join(client, upstream, (request) => {
        const answer = this.intercept(request);
        const delay = this.delay(request);
        if (answer !== null) client.write(answer);
        else if (delay > 0) setTimeout(() => upstream.write(request), delay);
        else upstream.write(request);
      });
      this.#join(upstream, client, (data) => client.write(data));
    });
  }

  static async listen(): Promise<Proxy> {
    const proxy = new Proxy();
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    const url = new URL(mysqlUrl);
    const address = this.#server.address();
    url.hostname = "127.0.0.1";
    url.port = String(typeof address === "object" ? address?.port : "");
    return url.href;
  }

  /** How many connections are there. */
  get open(): number {
    return this.#sockets.size / 2;
  }

  /** Ends all connections at once. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** From now on nothing goes through, in either direction. */
  stall(): void {
    this.#stalled = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(from: Socket, to: Socket, forward: (data: Buffer) => void): void {
    this.#sockets.add(from);
    from.on("data", (data: Buffer) => {
      if (!this.#stalled) forward(data);
    });
    from.on("error", () => {});
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
