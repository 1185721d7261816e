import type { Readable } from "node:stream";
import type { CoroutineGenerator } from "../../core/coroutine.ts";
import { OSError } from "../../core/errors.ts";
import type { EventLoop, OpenResource } from "../../core/loop.ts";
import type { BaseProtocol, Protocol } from "../../core/protocols.ts";
import { type ExtraInfo, ReadTransport } from "../../core/transports.ts";
import { osError } from "../os-error.ts";
import { ProtocolCalls } from "../protocol-calls.ts";

/**
 * Reads from any Readable. What the stream tells goes through the loop's queue in every case: a stream of others may call
 * back at any time and in any context.
 */
export class ReadPipeTransport extends ReadTransport implements OpenResource {
  readonly #stream: Readable;
  readonly #calls: ProtocolCalls<Protocol>;
  /** What has come and was not delivered yet. */
  #arrived: Buffer[] = [];
  #ended = false;
  /** A delivery is in the loop's queue. */
  #due = false;
  #paused = false;
  #closing = false;
  #lost = false;

  constructor(loop: EventLoop, stream: Readable, protocol: Protocol) {
    super();
    this.#stream = stream;
    this.#calls = new ProtocolCalls(loop, this, protocol);
    stream.on("error", (error) => this.#calls.soon(() => this.#fail(osError(error))));
    stream.on("close", () => this.#calls.soon(() => this.#streamClosed()));
    loop._open.add(this);
  }

  *open(): CoroutineGenerator<void> {
    yield* this.#calls.open(() => this.#begin());
  }

  #begin(): void {
    if (this.#closing) return;
    const stream = this.#stream;
    stream.on("data", (data: Buffer | string) => this.#arrive(this.#toBytes(data)));
    stream.on("end", () => this.#end());
    if (stream.readableEnded) this.#end();
    else if (this.#paused) stream.pause();
    else stream.resume();
  }

  /** A stream with an encoding gives strings. */
  #toBytes(data: Buffer | string): Buffer {
    return typeof data === "string" ? Buffer.from(data, this.#stream.readableEncoding ?? "utf8") : data;
  }

  #arrive(data: Buffer): void {
    this.#arrived.push(data);
    this.#deliverSoon();
  }

  #end(): void {
    this.#ended = true;
    this.#deliverSoon();
  }

  #deliverSoon(): void {
    if (this.#due || this.#closing) return;
    this.#due = true;
    this.#calls.soon(() => this.#deliver());
  }

  #deliver(): void {
    this.#due = false;
    while (this.isReading()) {
      const data = this.#arrived.shift();
      if (data === undefined) break;
      this.#calls.tell("dataReceived", (protocol) => protocol.dataReceived(data));
    }
    if (this.#ended && this.isReading()) this.#tellEnd();
  }

  #tellEnd(): void {
    this.#closing = true;
    this.#calls.soon(() => this.#calls.tell("eofReceived", (protocol) => protocol.eofReceived()));
    this.#calls.soon(() => this.#connectionLost(null));
  }

  isReading(): boolean {
    return !this.#paused && !this.#closing;
  }

  pauseReading(): void {
    if (!this.isReading()) return;
    this.#paused = true;
    this.#stream.pause();
  }

  resumeReading(): void {
    if (this.#closing || !this.#paused) return;
    this.#paused = false;
    this.#deliverSoon();
    this.#stream.resume();
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #fail(exception: unknown): void {
    if (this.#closing) return;
    // EIO is how a terminal says that the other side has gone.
    if (!(exception instanceof OSError && exception.code === "EIO")) {
      const message = "Fatal read error on pipe transport";
      this.#calls.loop.callExceptionHandler({ message, exception, transport: this, protocol: this.#calls.protocol });
    }
    this.#close(exception);
  }

  /** Somebody else has closed the stream, unless that is how it ends. */
  #streamClosed(): void {
    if (!this.#ended) this.close();
  }

  isClosing(): boolean {
    return this.#closing;
  }

  close(): void {
    if (!this.#closing) this.#close(null);
  }

  #close(error: unknown): void {
    this.#closing = true;
    this.#arrived = [];
    this.#stream.pause();
    this.#calls.soon(() => this.#connectionLost(error));
  }

  #connectionLost(error: unknown): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#calls.tell("connectionLost", (protocol) => protocol.connectionLost(error));
    this._release();
  }

  /** @internal */
  _release(): void {
    this.#closing = true;
    this.#calls.loop._open.delete(this);
    this.#stream.destroy();
  }

  // ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────

  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | undefined;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback?: D): ExtraInfo[K] | D | undefined {
    const extra: Partial<ExtraInfo> = { pipe: this.#stream };
    return extra[name] ?? fallback;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.#calls.protocol = protocol as Protocol;
  }

  getProtocol(): BaseProtocol {
    return this.#calls.protocol;
  }

  override toString(): string {
    return `<ReadPipeTransport ${this.#lost ? "closed" : this.#closing ? "closing" : "open"}>`;
  }
}
