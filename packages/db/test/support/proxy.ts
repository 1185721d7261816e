import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";

/** A server in between, whose connections can be cut or stopped. */
export class Proxy implements AsyncDisposable {
  readonly #target: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #upstreams = new Set<Socket>();
  #stalled = false;
  /** For how many milliseconds a request is held back. */
  delay: (request: Buffer) => number = () => 0;
  /** Answers in the server's place, if it gives anything. */
  intercept: (request: Buffer) => Buffer | null = () => null;
  /** While true, what the server says is dropped; what it is told arrives. */
  mute = false;
  /** How many more bytes of the server's go through; then the connection is cut. */
  replyBytes = Infinity;
  /** How many connections were made. */
  connections = 0;

  private constructor(target: URL, defaultPort: number) {
    this.#target = target;
    this.#server = createServer((client) => {
      this.connections++;
      const upstream = createConnection(Number(target.port || defaultPort), target.hostname);
      this.#upstreams.add(upstream);
      upstream.once("close", () => this.#upstreams.delete(upstream));
      this.#join(client, upstream, (data) => this.#request(client, upstream, data));
      this.#join(upstream, client, (data) => this.#reply(client, data));
    });
  }

  static async to(url: string, defaultPort: number): Promise<Proxy> {
    const proxy = new Proxy(new URL(url), defaultPort);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    const url = new URL(this.#target);
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

  /** Holds back what the server says to those that are connected now, until that is called which it returns. */
  holdReplies(): () => void {
    const upstreams = [...this.#upstreams];
    for (const upstream of upstreams) upstream.pause();
    return () => {
      for (const upstream of upstreams) upstream.resume();
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #request(client: Socket, upstream: Socket, data: Buffer): void {
    const answer = this.intercept(data);
    const delay = this.delay(data);
    if (answer !== null) client.write(answer);
    else if (delay > 0) setTimeout(() => upstream.write(data), delay);
    else upstream.write(data);
  }

  #reply(client: Socket, data: Buffer): void {
    if (this.mute) return;
    const passed = data.subarray(0, this.replyBytes);
    this.replyBytes -= passed.length;
    client.write(passed, () => {
      if (passed.length < data.length) client.destroy();
    });
  }

  #join(from: Socket, to: Socket, pass: (data: Buffer) => void): void {
    this.#sockets.add(from);
    from.on("data", (data: Buffer) => {
      if (!this.#stalled) pass(data);
    });
    from.on("error", () => {});
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
