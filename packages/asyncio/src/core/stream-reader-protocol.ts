import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { getEventLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { Closing, FlowControl, type StreamProtocol } from "./flow-control.ts";
import type { EventLoop } from "./loop.ts";
import { Protocol } from "./protocols.ts";
import { iscoroutine, iscoroutinefunction, isThenable } from "./source.ts";
import type { StreamReader } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import type { Task } from "./task.ts";
import type { BaseTransport, Transport } from "./transports.ts";

/** What a server does with a connection: an async or generator function, which runs as a task, or a plain function. */
export type ClientConnectedCallback = (
  reader: StreamReader,
  writer: StreamWriter,
) => PromiseLike<unknown> | Coroutine<unknown> | CoroutineGenerator<unknown> | void;

/** For `new StreamReaderProtocol()`. */
export interface StreamReaderProtocolOptions {
  /** By default the running loop. */
  readonly loop?: EventLoop | undefined;
}

/**
 * The protocol under the streams: feeds what a transport receives to a {@link StreamReader}, and makes
 * {@link StreamWriter.drain} wait while the transport can take no more. Only needed to put streams over a transport of
 * one's own.
 */
export class StreamReaderProtocol extends Protocol implements StreamProtocol {
  readonly #reader: StreamReader;
  readonly #loop: EventLoop;
  readonly #onConnection: ClientConnectedCallback | null;
  readonly #closing: Closing;
  #overTls = false;
  /** @internal */
  readonly _flow: FlowControl;

  /**
   * With `clientConnectedCb` it is a server's: that is called with reader and writer once the connection is made.
   *
   * @throws TypeError when `clientConnectedCb` is no function; RuntimeError when there is no loop.
   */
  constructor(
    streamReader: StreamReader,
    clientConnectedCb: ClientConnectedCallback | null = null,
    options: StreamReaderProtocolOptions = {},
  ) {
    super();
    if (clientConnectedCb !== null) checkCallback("StreamReaderProtocol", clientConnectedCb);
    this.#reader = streamReader;
    this.#loop = options.loop ?? getEventLoop();
    this.#onConnection = clientConnectedCb;
    this.#closing = new Closing(this.#loop);
    this._flow = new FlowControl(this.#loop);
  }

  override connectionMade(transport: BaseTransport): void {
    const connection = transport as Transport;
    this.#reader.setTransport(connection);
    this.#overTls = isTls(connection);
    if (this.#onConnection !== null) this.#serve(this.#onConnection, connection);
  }

  override connectionLost(error: unknown): void {
    if (error === null) this.#reader.feedEof();
    else this.#reader._connectionLost(error);
    this.#closing.end(error);
    this._flow.connectionLost(error);
  }

  override pauseWriting(): void {
    this._flow.pause();
  }

  override resumeWriting(): void {
    this._flow.resume();
  }

  override dataReceived(data: Uint8Array): void {
    this.#reader.feedData(data);
  }

  /** The connection stays open for writing, but under TLS, which can't do that. */
  override eofReceived(): boolean {
    this.#reader.feedEof();
    return !this.#overTls;
  }

  /** @internal */
  get _serverSide(): boolean {
    return this.#onConnection !== null;
  }

  /** @internal */
  _closingOf(): Closing {
    return this.#closing;
  }

  /** @internal */
  _replaceTransport(transport: Transport): void {
    this.#reader._replaceTransport(transport);
    this.#overTls = isTls(transport);
  }

  /** @internal */
  _takeReceived(): Uint8Array {
    return this.#reader._buffer.take(this.#reader._buffer.length);
  }

  #serve(callback: ClientConnectedCallback, transport: Transport): void {
    const writer = new StreamWriter(transport, this, this.#reader, this.#loop);
    const call = () => callback(this.#reader, writer);
    const task = iscoroutinefunction(callback)
      ? this.#loop.createTask(call as () => PromiseLike<unknown>)
      : this.#callNow(call);
    if (task.done()) this.#served(task, transport);
    else task._whenDone((done) => this.#served(done, transport));
  }

  /**
   * A function of which nothing can be seen before the call: `(reader, writer) => handle(reader, writer)` gives a promise, whose
   * code must run in a task, so the call itself is the first step of one.
   */
  #callNow(call: () => unknown): Task<unknown> {
    const source = () => {
      const result = call();
      return isThenable(result) || iscoroutine(result) ? result : this.#done();
    };
    return this.#loop.createTask(source, { eagerStart: true });
  }

  #done(): PromiseLike<void> {
    const future = this.#loop.createFuture<void>();
    future.setResult();
    return future;
  }

  #served(task: Task<unknown>, transport: Transport): void {
    if (task.cancelled()) {
      transport.close();
      return;
    }
    if (!task._failed()) return;
    this.#loop.callExceptionHandler({
      message: "Unhandled exception in client_connected_cb",
      exception: task.exception(),
      transport,
    });
    transport.close();
  }
}

function isTls(transport: BaseTransport): boolean {
  return transport.getExtraInfo("sslcontext", null) !== null;
}

/** @internal */
export function checkCallback(name: string, callback: unknown): void {
  if (typeof callback === "function") return;
  throw new TypeError(`${name}() needs a function that is called for each connection, got ${describeValue(callback)}`);
}
