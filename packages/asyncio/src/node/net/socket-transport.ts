import type { Socket } from "node:net";
import type { CoroutineGenerator } from "../../core/coroutine.ts";
import { ConnectionResetError, OSError, RuntimeError } from "../../core/errors.ts";
import { current } from "../../core/frame.ts";
import type { EventLoop, OpenResource } from "../../core/loop.ts";
import type { BaseProtocol, BufferedProtocol, Protocol } from "../../core/protocols.ts";
import type { Server } from "../../core/server.ts";
import { sleep } from "../../core/sleep.ts";
import { type ExtraInfo, type SocketAddress, Transport, type WriteBufferLimits } from "../../core/transports.ts";
import { LoopEvent } from "../loop-event.ts";
import { LostWrites } from "../lost-writes.ts";
import { osError } from "../os-error.ts";
import { checkData } from "../write-data.ts";
import { DEFAULT_LOW, WriteFlow } from "../write-flow.ts";
import { peernameOf, socknameOf } from "./addresses.ts";
import type { ConnectionFrame } from "./connection-frame.ts";
import { flushed } from "./flushed.ts";
import { readByEvents, readDirectly } from "./read-buffer.ts";
import { Received } from "./received.ts";

const NOTHING: Partial<ExtraInfo> = {};

/** The transport of a socket, for the listeners of its events. */
const CARRIED: unique symbol = Symbol("transport");

interface Carrier extends Socket {
  [CARRIED]: SocketTransport;
}

function onData(this: Socket, data: Buffer): void {
  (this as Carrier)[CARRIED]._onData(data);
}

function onEnd(this: Socket): void {
  (this as Carrier)[CARRIED]._onEnd();
}

function onError(this: Socket, error: Error): void {
  (this as Carrier)[CARRIED]._onError(error);
}

function onClose(this: Socket): void {
  (this as Carrier)[CARRIED]._onClose();
}

/** How a {@link SocketTransport} is made. */
export interface SocketTransportOptions {
  readonly loop: EventLoop;
  readonly protocol: BaseProtocol;
  /** In which the protocol is called. */
  readonly frame: ConnectionFrame;
  readonly server?: Server | undefined;
  readonly extra?: Partial<ExtraInfo> | undefined;
  /** The socket is nobody else's: it may be wrapped anew, for faster reading. */
  readonly owned?: boolean | undefined;
}

/**
 * A transport over a connected `net.Socket`.
 *
 * It reads into one buffer for all sockets (see read-buffer.ts) where it can; other sockets (of users, of TLS) it reads by
 * their `data` events. It writes through the socket, whose `writableLength` is its write buffer.
 */
export class SocketTransport extends Transport implements OpenResource {
  protected readonly loop: EventLoop;
  readonly #socket: Socket;
  readonly #frame: ConnectionFrame;
  /** Made when there is too much to write, or somebody changes its limits: for most connections never. */
  #flow: WriteFlow | null = null;
  readonly #server: Server | undefined;
  readonly #extra: Partial<ExtraInfo>;
  #sockname: SocketAddress | undefined;
  /** It reads past the stream. */
  readonly #direct: boolean;
  #protocol: BaseProtocol;
  #reading = false;
  #paused = false;
  #closing = false;
  #eofWritten = false;
  #lost = false;
  #error: unknown = null;
  /** What came while reading was paused, and is to be delivered before anything else. */
  #held: Buffer[] | null = null;
  /** The end came while reading was paused. */
  #endHeld = false;
  #lostWrites: LostWrites | null = null;

  constructor(socket: Socket, options: SocketTransportOptions) {
    super();
    this.loop = options.loop;
    this.#frame = options.frame;
    this.#protocol = options.protocol;
    this.#server = options.server;
    socket.allowHalfOpen = true;
    this.#socket =
      options.owned === true ? readDirectly(socket, (buffer, length) => this.#arrived(buffer, length, true)) : socket;
    this.#direct = this.#socket !== socket;
    this.#extra = options.extra ?? NOTHING;
    // Node remembers it; of a connection that has been cut it can't be asked any more.
    void this.#socket.remoteAddress;
    this.#listen();
    if (this.#server === undefined) this.loop._open.add(this);
    else this.#server._attach(this);
  }

  /** The functions are the same for all sockets: a closure for each listener is a good part of an idle connection. */
  #listen(): void {
    const socket = this.#socket as Carrier;
    socket[CARRIED] = this;
    if (!this.#direct) socket.on("data", onData);
    socket.on("end", onEnd).on("error", onError).on("close", onClose);
  }

  #unlisten(): void {
    this.#socket.off("data", onData).off("end", onEnd).off("error", onError).off("close", onClose);
  }

  /** @internal */
  _onData(data: Buffer): void {
    this.#arrived(data, data.length, false);
  }

  /** @internal */
  _onEnd(): void {
    this.#event(() => this.#ended());
  }

  /** @internal */
  _onError(error: unknown): void {
    this.#error ??= osError(error);
  }

  /** @internal */
  _onClose(): void {
    this.#event(() => this.lost());
  }

  #event(fn: () => void): void {
    this.loop._runEvent(new LoopEvent(this.loop, this.#frame, fn));
  }

  #soon(fn: () => void): void {
    if (!this.loop.isClosed()) this.loop._enqueue(new LoopEvent(this.loop, this.#frame, fn));
  }

  /** Tells the protocol, begins to read, then calls `opened`: in the next iteration, as CPython does. */
  open(opened: () => void): void {
    this.#soon(() => {
      try {
        this.#protocol.connectionMade(this);
      } finally {
        this.begin();
        opened();
      }
    });
  }

  /** Begins to read. */
  begin(): void {
    this.#reading = true;
    if (this.#socket.closed) {
      // Before there was this transport: nobody will tell.
      this._onError(this.#socket.errored);
      this._onClose();
    }
    if (!this.#paused && !this.#closing) this.#socket.resume();
  }

  /**
   * Gives the connection up, without a word to the protocol, for another transport to take over: the socket, with what
   * was sent gone out, and `received` (and what was held back) put back into it.
   */
  *release(
    received?: Uint8Array,
  ): CoroutineGenerator<{ readonly socket: Socket; readonly server: Server | undefined }> {
    if (this.#closing) throw new RuntimeError("the transport is closing");
    this.pauseReading();
    // What has come, and waits for its turn, is held back.
    yield* sleep(0);
    if (this.#socket.writableLength > 0) yield* flushed(this.#socket);
    if (this.#closing) throw this.#error ?? new ConnectionResetError("Connection lost", { code: "ECONNRESET" });
    this.#closing = true;
    this.#lost = true;
    this.loop._open.delete(this);
    this.#unlisten();
    const socket = this.#direct ? readByEvents(this.#socket) : this.#socket.pause();
    for (const data of (this.#held ?? []).toReversed()) socket.unshift(data);
    if (received !== undefined && received.length > 0) socket.unshift(received);
    return { socket, server: this.#server };
  }

  // ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #arrived(buffer: Buffer, length: number, shared: boolean): void {
    const received = new Received(this, buffer, length, shared);
    this.loop._runEvent(received);
    received.keep();
  }

  /** @internal */
  _receive(received: Received): void {
    if (this.#closing) return;
    if (this.#paused || this.#held !== null) {
      (this.#held ??= []).push(received.own());
      return;
    }
    const previous = current.frame;
    current.frame = this.#frame;
    try {
      this.#deliver(received);
    } finally {
      current.frame = previous;
    }
    this.loop._needsDrain = true;
  }

  #deliver(received: Received): void {
    const protocol = this.#protocol as Protocol | BufferedProtocol;
    if ("getBuffer" in protocol) {
      this.#fill(protocol, received);
      return;
    }
    try {
      protocol.dataReceived(received.own());
    } catch (error) {
      this.#fail("Fatal error: protocol.data_received() call failed.", error);
    }
  }

  /** Piece by piece, as long as this protocol wants it. */
  #fill(protocol: BufferedProtocol, received: Received): void {
    while (received.length > 0 && !this.#closing) {
      if (this.#paused) {
        (this.#held ??= []).unshift(received.own());
        return;
      }
      if (this.#protocol !== protocol) {
        this.#deliver(received);
        return;
      }
      let method = "get_buffer";
      try {
        const n = received.copyTo(protocol.getBuffer(received.length));
        method = "buffer_updated";
        protocol.bufferUpdated(n);
      } catch (error) {
        this.#fail(`Fatal error: protocol.${method}() call failed.`, error);
      }
    }
  }

  #ended(): void {
    if (this.#closing || this.#lost) return;
    if (this.#paused || this.#held !== null) {
      this.#endHeld = true;
      return;
    }
    let keepOpen: boolean | void;
    try {
      keepOpen = (this.#protocol as Protocol).eofReceived();
    } catch (error) {
      this.#fail("Fatal error: protocol.eof_received() call failed.", error);
      return;
    }
    if (keepOpen !== true || !this.canWriteEof()) this.close();
  }

  isReading(): boolean {
    return !this.#closing && !this.#paused;
  }

  pauseReading(): void {
    if (!this.isReading()) return;
    this.#paused = true;
    if (this.#reading) this.#socket.pause();
  }

  resumeReading(): void {
    if (this.#closing || !this.#paused) return;
    this.#paused = false;
    if (this.#held !== null || this.#endHeld) this.#soon(() => this.#catchUp());
    if (this.#reading) this.#socket.resume();
  }

  /** Delivers what was held back, as far as the protocol wants it. */
  #catchUp(): void {
    while (this.#held !== null && !this.#paused && !this.#closing) {
      const data = this.#held.shift();
      if (data === undefined) this.#held = null;
      else this.#deliver(new Received(this, data, data.length, false));
    }
    if (!this.#endHeld || this.#paused) return;
    this.#endHeld = false;
    this.#ended();
  }

  // ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  write(data: Uint8Array | string): void {
    checkData("write()", data);
    if (this.#eofWritten) throw new RuntimeError("Cannot call write() after write_eof()");
    if (data.length === 0) return;
    if (this.#closing || this.#socket.destroyed) {
      this.#lostWrites ??= new LostWrites(this.loop, this, "socket.send() raised exception.");
      this.#lostWrites.add();
      return;
    }
    const socket = this.#socket;
    // Of strings a socket counts the characters.
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    // Only what may fill the buffer needs to be told when it is sent.
    if (socket.writableLength + bytes.length <= (this.#flow?.low ?? DEFAULT_LOW)) {
      socket.write(bytes);
      return;
    }
    const flow = this.#writeFlow();
    socket.write(bytes, flow.written);
    flow.grown();
  }

  #writeFlow(): WriteFlow {
    this.#flow ??= new WriteFlow(this.loop, this, this.#frame);
    return this.#flow;
  }

  writelines(list: Iterable<Uint8Array | string>): void {
    this.#socket.cork();
    try {
      for (const data of list) this.write(data);
    } finally {
      this.#socket.uncork();
    }
  }

  writeEof(): void {
    if (this.#closing || this.#eofWritten) return;
    this.#eofWritten = true;
    this.#socket.end();
  }

  canWriteEof(): boolean {
    return true;
  }

  getWriteBufferSize(): number {
    return this.#socket.writableLength;
  }

  /** Node calls back what was on its way as if it had been sent. */
  isCut(): boolean {
    return this.#socket.destroyed;
  }

  /** Whether the protocol was told to pause writing. */
  get writingPaused(): boolean {
    return this.#flow?.paused ?? false;
  }

  getWriteBufferLimits(): readonly [low: number, high: number] {
    return this.#writeFlow().limits();
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    const flow = this.#writeFlow();
    const wasPaused = flow.paused;
    flow.setLimits(limits);
    // What was written with the old limits does not tell when it is sent.
    if (!wasPaused && flow.paused && this.#socket.writable) this.#socket.write("", flow.written);
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

  isClosing(): boolean {
    return this.#closing;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#ownAddress();
    this.end(this.#socket);
  }

  /** Sends what is left, and closes the socket. */
  protected end(socket: Socket): void {
    socket.pause();
    socket.destroySoon();
  }

  abort(): void {
    this.#closing = true;
    this.#ownAddress();
    this.#socket.destroy();
  }

  /** Remembered, since a socket that is closed has none. */
  #ownAddress(): SocketAddress | undefined {
    this.#sockname ??= socknameOf(this.#socket);
    return this.#sockname;
  }

  /** Something unforeseen: reported, unless the network is to blame, and the connection is cut. */
  #fail(message: string, exception: unknown): void {
    if (!(exception instanceof OSError)) {
      this.loop.callExceptionHandler({ message, exception, transport: this, protocol: this.#protocol });
    }
    this.cut(exception);
  }

  /** Closes it at once, with an error for the protocol. */
  protected cut(error: unknown): void {
    this.#error ??= error;
    this.abort();
  }

  /** Called once, when all is over. */
  protected lost(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#closing = true;
    this.#held = null;
    this.loop._open.delete(this);
    try {
      this.#protocol.connectionLost(this.#error);
    } finally {
      this.#server?._detach(this);
    }
  }

  /** @internal */
  _release(): void {
    this.abort();
  }

  // ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────

  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | undefined;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback?: D): ExtraInfo[K] | D | undefined {
    const value = name in this.#extra ? this.#extra[name] : this.#fact(name);
    return value === undefined ? fallback : (value as ExtraInfo[K]);
  }

  #fact(name: keyof ExtraInfo): unknown {
    if (name === "socket") return this.#socket;
    if (name === "peername") return peernameOf(this.#socket);
    return name === "sockname" ? this.#ownAddress() : undefined;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.#protocol = protocol;
  }

  getProtocol(): BaseProtocol {
    return this.#protocol;
  }

  override toString(): string {
    const state = this.#lost ? "closed" : this.#closing ? "closing" : "open";
    return `<SocketTransport ${state}>`;
  }
}
