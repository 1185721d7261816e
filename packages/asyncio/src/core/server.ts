import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { CancelledError, RuntimeError } from "./errors.ts";
import { Event } from "./event.ts";
import type { Future } from "./future.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import type { EventLoop } from "./loop.ts";
import { sleep } from "./sleep.ts";
import type { SocketAddress } from "./transports.ts";

/** A socket that a {@link Server} listens on. */
export interface ListeningSocket {
  /** Where it listens. */
  getsockname(): SocketAddress;
}

/** A listening socket as the platform makes it. @internal */
export interface Listener extends ListeningSocket {
  /** Begins to accept connections, once. */
  start(): Coroutine<void>;
  /** Stops; connections that were accepted stay. */
  close(): void;
}

/** A connection of a server: a transport, or one that is on the way to becoming one. @internal */
export interface Client {
  close(): void;
  abort(): void;
}

/**
 * What listens for connections, made by `startServer()` and `EventLoop.createServer()`. Disposing of it with
 * `await using` closes it and waits until its connections have ended.
 */
export class Server implements AsyncDisposable {
  readonly #loop: EventLoop;
  #listeners: readonly Listener[] | null;
  #serving = false;
  readonly #clients = new Set<Client>();
  readonly #allGone = new Event();
  #forever: Future<never> | null = null;

  /** @internal */
  constructor(loop: EventLoop, listeners: readonly Listener[]) {
    this.#loop = loop;
    this.#listeners = listeners;
    loop._open.add(this);
  }

  getLoop(): EventLoop {
    return this.#loop;
  }

  /** The listening sockets; none before it serves, and none once it is closed. */
  get sockets(): readonly ListeningSocket[] {
    return this.#serving && this.#listeners !== null ? this.#listeners : [];
  }

  /** The port of its first socket: what the system chose, when it was asked for port 0. @throws RuntimeError when it has none. */
  get port(): number {
    const address = this.sockets[0]?.getsockname();
    if (address === undefined || typeof address === "string") throw new RuntimeError("the server listens on no port");
    return address[1];
  }

  /** Whether it accepts connections. */
  isServing(): boolean {
    return this.#serving;
  }

  /** Begins to accept connections; doing it twice does nothing. @throws OSError, from the wait, when it can't listen. */
  startServing(): Coroutine<void> {
    return new GeneratorCoroutine(this.#startServing(), "Server.startServing");
  }

  *#startServing(): CoroutineGenerator<void> {
    yield* this.#listen();
    // Whoever connects after this finds the server in place, as in CPython.
    yield* sleep(0);
  }

  *#listen(): CoroutineGenerator<void> {
    if (this.#serving) return;
    if (this.#listeners === null) throw new RuntimeError("the server is closed");
    this.#serving = true;
    try {
      for (const listener of this.#listeners) yield* listener.start();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Accepts connections until the wait is cancelled; then the server and its connections are closed.
   *
   * @throws RuntimeError, from the wait, when it is closed, or somebody does this already; CancelledError at the end.
   */
  serveForever(): Coroutine<never> {
    return new GeneratorCoroutine(this.#serveForever(), "Server.serveForever");
  }

  *#serveForever(): CoroutineGenerator<never> {
    if (this.#forever !== null) throw new RuntimeError("the server is already being awaited on serveForever()");
    if (this.#listeners === null) throw new RuntimeError("the server is closed");
    const forever = this.#loop.createFuture<never>();
    this.#forever = forever;
    try {
      yield* this.#listen();
      return yield* forever;
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
      this.close();
      this.closeClients();
      yield* this.waitClosed();
      throw error;
    } finally {
      this.#forever = null;
    }
  }

  /** Accepts no more connections, and ends a {@link serveForever}. Connections that there are stay. */
  close(): void {
    if (this.#listeners === null) return;
    const listeners = this.#listeners;
    this.#listeners = null;
    this.#serving = false;
    for (const listener of listeners) listener.close();
    this.#forever?.cancel();
    this.#endIfAllGone();
  }

  /** Closes the connections that there are: what was written to them is still sent. */
  closeClients(): void {
    for (const client of this.#clients) client.close();
  }

  /** Cuts the connections that there are. */
  abortClients(): void {
    for (const client of this.#clients) client.abort();
  }

  /** Waits until it is closed and its last connection has ended. */
  waitClosed(): Coroutine<void> {
    return new GeneratorCoroutine(this.#waitClosed(), "Server.waitClosed");
  }

  *#waitClosed(): CoroutineGenerator<void> {
    yield* this.#allGone.wait();
  }

  /**
   * Closes the server, lets its connections end by themselves for so many milliseconds, then cuts those that are left.
   * asyncio has no such method.
   */
  shutdown(graceMs: number): Coroutine<void> {
    return new GeneratorCoroutine(this.#shutdown(graceMs), "Server.shutdown");
  }

  *#shutdown(graceMs: number): CoroutineGenerator<void> {
    this.close();
    // Not timeout(), which would cancel all that a native task waits for.
    const end = this.#loop.callLater(graceMs, () => this.abortClients());
    try {
      yield* this.waitClosed();
    } finally {
      end.cancel();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.waitClosed();
  }

  /** @internal */
  _isClosed(): boolean {
    return this.#listeners === null;
  }

  /** @internal */
  _attach(client: Client): void {
    this.#clients.add(client);
  }

  /** @internal */
  _detach(client: Client): void {
    this.#clients.delete(client);
    this.#endIfAllGone();
  }

  #endIfAllGone(): void {
    if (this.#clients.size > 0 || this.#listeners !== null) return;
    this.#loop._open.delete(this);
    this.#allGone.set();
  }

  /** @internal */
  _release(): void {
    this.close();
    this.abortClients();
  }

  toString(): string {
    return `<Server ${this.sockets.map((socket) => String(socket.getsockname())).join(" ")}>`;
  }
}
