import type { Writable } from "node:stream";
import type { CoroutineGenerator } from "../../core/coroutine.ts";
import { BrokenPipeError, OSError } from "../../core/errors.ts";
import type { EventLoop, OpenResource } from "../../core/loop.ts";
import type { BaseProtocol } from "../../core/protocols.ts";
import { type ExtraInfo, type WriteBufferLimits, WriteTransport } from "../../core/transports.ts";
import { LostWrites } from "../lost-writes.ts";
import { osError } from "../os-error.ts";
import { ProtocolCalls } from "../protocol-calls.ts";
import { checkData } from "../write-data.ts";
import { WriteFlow } from "../write-flow.ts";

/** Writes to any Writable. Ending the writing and closing are the same. */
export class WritePipeTransport extends WriteTransport implements OpenResource {
  readonly #stream: Writable;
  readonly #calls: ProtocolCalls<BaseProtocol>;
  readonly #flow: WriteFlow;
  readonly #lostWrites: LostWrites;
  #closing = false;
  #lost = false;

  constructor(loop: EventLoop, stream: Writable, protocol: BaseProtocol) {
    super();
    this.#stream = stream;
    this.#calls = new ProtocolCalls(loop, this, protocol);
    this.#flow = new WriteFlow(loop, this, this.#calls.frame);
    this.#lostWrites = new LostWrites(loop, this, "pipe closed by peer or os.write(pipe, data) raised exception.");
    stream.on("error", this.#onError).on("close", this.#onClose);
    loop._open.add(this);
  }

  readonly #onError = (error: Error): void => this.#calls.soon(() => this.#fail(osError(error)));

  readonly #onClose = (): void => this.#calls.soon(() => this.#streamClosed());

  *open(): CoroutineGenerator<void> {
    yield* this.#calls.open(() => {});
  }

  // ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  write(data: Uint8Array | string): void {
    checkData("write()", data);
    if (data.length === 0) return;
    if (this.#closing || this.#stream.destroyed) {
      this.#lostWrites.add();
      return;
    }
    // As bytes, so that the stream counts them and not the characters.
    this.#stream.write(typeof data === "string" ? Buffer.from(data) : data, this.#flow.written);
    this.#flow.grown();
  }

  writelines(list: Iterable<Uint8Array | string>): void {
    this.#stream.cork();
    try {
      for (const data of list) this.write(data);
    } finally {
      this.#stream.uncork();
    }
  }

  getWriteBufferSize(): number {
    return this.#stream.writableLength;
  }

  getWriteBufferLimits(): readonly [low: number, high: number] {
    return this.#flow.limits();
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    this.#flow.setLimits(limits);
  }

  canWriteEof(): boolean {
    return true;
  }

  writeEof(): void {
    if (this.#closing) return;
    this.#closing = true;
    const flushed = (error?: Error | null): void => {
      if (!error) this.#calls.soon(() => this.#connectionLost(null));
    };
    // The program's own output stays open: its other parts go on printing.
    if (!this.#isShared()) this.#stream.end(flushed);
    else if (this.#stream.writableLength === 0) flushed();
    else this.#stream.write("", flushed);
  }

  #isShared(): boolean {
    return this.#stream === process.stdout || this.#stream === process.stderr;
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #fail(exception: unknown): void {
    if (this.#lost) return;
    // That the reader has gone is nothing unforeseen.
    if (!(exception instanceof OSError)) {
      const message = "Fatal write error on pipe transport";
      this.#calls.loop.callExceptionHandler({ message, exception, transport: this, protocol: this.#calls.protocol });
    }
    this.#close(exception);
  }

  /** Somebody else has closed the stream, unless that is how it ends. */
  #streamClosed(): void {
    if (this.#lost) return;
    const complete = this.#stream.writableFinished || this.#stream.writableLength === 0;
    this.#close(complete ? null : new BrokenPipeError("the pipe was closed before everything was written"));
  }

  isClosing(): boolean {
    return this.#closing;
  }

  close(): void {
    this.writeEof();
  }

  abort(): void {
    if (!this.#lost) this.#close(null);
  }

  #close(error: unknown): void {
    this.#closing = true;
    this.#calls.soon(() => this.#connectionLost(error));
    if (!this.#isShared()) this.#stream.destroy();
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
    if (this.#isShared()) this.#stream.off("error", this.#onError).off("close", this.#onClose);
    else this.#stream.destroy();
  }

  // ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────

  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | undefined;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback?: D): ExtraInfo[K] | D | undefined {
    const extra: Partial<ExtraInfo> = { pipe: this.#stream };
    return extra[name] ?? fallback;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.#calls.protocol = protocol;
  }

  getProtocol(): BaseProtocol {
    return this.#calls.protocol;
  }

  override toString(): string {
    return `<WritePipeTransport ${this.#lost ? "closed" : this.#closing ? "closing" : "open"}>`;
  }
}
