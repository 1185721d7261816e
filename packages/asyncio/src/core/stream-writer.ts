import type { Coroutine, CoroutineGenerator, Suspension } from "./coroutine.ts";
import { getEventLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { rethrowIfCancelled } from "./errors.ts";
import type { Closing, FlowControl, StreamProtocol, Waiters } from "./flow-control.ts";
import type { Future } from "./future.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import type { StartTlsOptions, TlsOptions } from "./io-options.ts";
import type { EventLoop } from "./loop.ts";
import { Operation } from "./operation.ts";
import type { StreamReader } from "./stream-reader.ts";
import type { ExtraInfo, Transport, WriteTransport } from "./transports.ts";

/** For `StreamWriter.startTls()`: whose end it is, and what has been received, the streams know. */
export type StreamTlsOptions = Omit<StartTlsOptions, "serverSide" | "received">;

/**
 * The writing end of a stream of bytes. `openConnection()` and `startServer()` make them.
 *
 * `write()` never waits; `await writer.drain()` after it keeps the writer from running ahead of the connection. Disposing of
 * it with `await using` closes the connection and waits for that, see {@link close}.
 *
 * Unlike asyncio's, a writer that is forgotten stays open: only `close()` closes it.
 */
export class StreamWriter implements AsyncDisposable {
  #transport: WriteTransport;
  readonly #protocol: StreamProtocol;
  readonly #reader: StreamReader | null;
  readonly #loop: EventLoop;

  /** For transports with a protocol of one's own. @throws TypeError when `protocol` can't be used for it. */
  constructor(
    transport: WriteTransport,
    protocol: StreamProtocol,
    reader: StreamReader | null,
    loop: EventLoop = getEventLoop(),
  ) {
    if ((protocol as Partial<StreamProtocol> | null)?._flow === undefined) {
      throw new TypeError(`StreamWriter needs a StreamReaderProtocol, got ${describeValue(protocol)}`);
    }
    this.#transport = transport;
    this.#protocol = protocol;
    this.#reader = reader;
    this.#loop = loop;
  }

  get transport(): WriteTransport {
    return this.#transport;
  }

  /**
   * Sends bytes, strings as UTF-8. Never waits: what can't be sent yet is kept, and {@link drain} says when it is too much.
   * Once the connection is lost it does nothing.
   *
   * @throws TypeError for other data; RuntimeError after {@link writeEof}.
   */
  write(data: Uint8Array | string): void {
    this.#transport.write(data);
  }

  /** As {@link write}, several at once. */
  writelines(list: Iterable<Uint8Array | string>): void {
    this.#transport.writelines(list);
  }

  /**
   * Waits until there is room for more; does not suspend when there is. Several tasks may wait.
   *
   * @throws from the wait: what the connection failed with; ConnectionResetError when it is closed.
   */
  drain(): Coroutine<void> {
    return new Drain(this.#reader, this.#transport, this.#protocol._flow);
  }

  /** Closes the connection, both directions, once what was written is sent. {@link waitClosed} waits for that. */
  close(): void {
    this.#transport.close();
  }

  /** Whether it is closed, or closing. */
  isClosing(): boolean {
    return this.#transport.isClosing();
  }

  /** Waits until the connection has ended, also by itself. @throws from the wait: what it has failed with. */
  waitClosed(): Coroutine<void> {
    return new WaitClosed(this.#protocol._closingOf(this));
  }

  /** Ends the sending side once everything is sent; reading goes on. */
  writeEof(): void {
    this.#transport.writeEof();
  }

  /** Whether {@link writeEof} is possible: with TLS it is not. */
  canWriteEof(): boolean {
    return this.#transport.canWriteEof();
  }

  /** A fact about the connection, `"peername"` say; `fallback`, by default undefined, when the transport does not know it. */
  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | undefined;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback?: D): ExtraInfo[K] | D | undefined {
    return this.#transport.getExtraInfo(name, fallback);
  }

  /**
   * Goes over to TLS: on the side of a server with its certificate, on that of a client with `serverHostname`. What was
   * written before is sent first, unencrypted. Reader and writer stay the same.
   *
   * @throws from the wait: SSLError, SSLCertVerificationError; the connection is closed then. What `drain()` throws.
   */
  startTls(sslcontext: TlsOptions, options: StreamTlsOptions = {}): Coroutine<void> {
    return new GeneratorCoroutine(this.#startTls(sslcontext, options), "StreamWriter.startTls");
  }

  *#startTls(sslcontext: TlsOptions, options: StreamTlsOptions): CoroutineGenerator<void> {
    const protocol = this.#protocol;
    yield* this.drain();
    const transport = yield* this.#loop.startTls(this.#transport as Transport, protocol, sslcontext, {
      ...options,
      serverSide: protocol._serverSide,
      // A client may begin its handshake at once. What a server has sent too early is not to be trusted, and stays outside.
      received: protocol._serverSide ? protocol._takeReceived?.() : undefined,
    });
    this.#transport = transport;
    protocol._replaceTransport?.(transport);
  }

  /**
   * Closes the connection and waits until it has ended. That it was cut, or failed, is no error here: whoever is done with a
   * connection does not mind. Ask {@link waitClosed} to know.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    try {
      await this.waitClosed();
    } catch (error) {
      rethrowIfCancelled(error);
    }
  }

  toString(): string {
    const reader = this.#reader === null ? "" : ` reader=${this.#reader.toString()}`;
    return `<StreamWriter transport=${describeValue(this.#transport)}${reader}>`;
  }
}

/** Waits in one of the lines of a protocol. */
abstract class InLine extends Operation<void> {
  protected waiter: Future<void> | null = null;

  protected abstract readonly line: Waiters;

  protected _finish(): void {
    this.#leave();
  }

  protected override _undo(): void {
    this.#leave();
  }

  #leave(): void {
    if (this.waiter !== null) this.line.leave(this.waiter);
  }
}

class Drain extends InLine {
  readonly #reader: StreamReader | null;
  readonly #transport: WriteTransport;
  readonly #flow: FlowControl;
  #yielded = false;

  constructor(reader: StreamReader | null, transport: WriteTransport, flow: FlowControl) {
    super();
    this.#reader = reader;
    this.#transport = transport;
    this.#flow = flow;
  }

  override get name(): string {
    return "StreamWriter.drain";
  }

  protected get line(): Waiters {
    return this.#flow.drainers;
  }

  protected _begin(): Suspension | null {
    this.#reader?._throwIfFailed();
    if (this.#transport.isClosing()) {
      // A turn, so that connectionLost() can be called: else a loop of write() and drain() would never see that it is closed.
      this.#yielded = true;
      return undefined;
    }
    return this.#wait();
  }

  protected override _again(): Suspension | null {
    if (!this.#yielded) return null;
    this.#yielded = false;
    return this.#wait();
  }

  #wait(): Future<void> | null {
    this.waiter = this.#flow.drain();
    return this.waiter;
  }
}

class WaitClosed extends InLine {
  readonly #closing: Closing;

  constructor(closing: Closing) {
    super();
    this.#closing = closing;
  }

  override get name(): string {
    return "StreamWriter.waitClosed";
  }

  protected get line(): Waiters {
    return this.#closing.waiters;
  }

  protected _begin(): Future<void> | null {
    this.waiter = this.#closing.wait();
    return this.waiter;
  }
}
