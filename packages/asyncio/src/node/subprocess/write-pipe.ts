import type { Socket } from "node:net";
import { describeValue } from "../../core/describe.ts";
import { BrokenPipeError, RuntimeError } from "../../core/errors.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { BaseProtocol } from "../../core/protocols.ts";
import { type ExtraInfo, type WriteBufferLimits, WriteTransport } from "../../core/transports.ts";
import { LoopEvent } from "../loop-event.ts";
import { osError } from "../os-error.ts";
import { WriteFlow } from "../write-flow.ts";
import type { PipeOptions } from "./read-pipe.ts";

/** What a process reads. */
export class WritePipe extends WriteTransport {
  readonly #loop: EventLoop;
  readonly #socket: Socket;
  readonly #connectionLost: LoopEvent;
  readonly #flow: WriteFlow;
  #protocol: BaseProtocol;
  #eofWritten = false;
  #closing = false;
  #lost = false;
  #error: unknown = null;

  constructor(socket: Socket, { loop, protocol, context }: PipeOptions) {
    super();
    this.#loop = loop;
    this.#socket = socket;
    this.#protocol = protocol;
    const frame = { task: null, context, scope: null };
    this.#flow = new WriteFlow(loop, this, frame);
    this.#connectionLost = new LoopEvent(loop, frame, () => this.#ended());
    socket.on("error", (error) => {
      this.#error ??= osError(error);
    });
    socket.on("close", () => loop._runEvent(this.#connectionLost));
  }

  /** The process has ended, which closes the pipe: what is not sent yet will never be. */
  processEnded(): void {
    if (this.#socket.writableLength === 0) return;
    this.#error ??= new BrokenPipeError("the process has ended without reading all its input", {
      code: "EPIPE",
      syscall: "write",
    });
  }

  write(data: Uint8Array | string): void {
    if (!(data instanceof Uint8Array) && typeof data !== "string") {
      throw new TypeError(`write(): data must be a Uint8Array or a string, got ${describeValue(data)}`);
    }
    if (this.#eofWritten) throw new RuntimeError("Cannot call write() after writeEof()");
    if (data.length === 0 || this.#closing || this.#socket.destroyed) return;
    this.#socket.write(data, this.#flow.written);
    if (this.#socket.errored === null) this.#flow.grown();
    else this.#failed(this.#socket.errored);
  }

  /** The write has failed on the spot, which Node tells later: too late for a `drain()` right after it. */
  #failed(error: Error): void {
    this.#closing = true;
    this.#error ??= osError(error);
    this.#loop._enqueue(this.#connectionLost);
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
    this.#eofWritten = true;
    this.close();
  }

  canWriteEof(): boolean {
    return true;
  }

  getWriteBufferSize(): number {
    return this.#socket.writableLength;
  }

  getWriteBufferLimits(): readonly [low: number, high: number] {
    return this.#flow.limits();
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    this.#flow.setLimits(limits);
  }

  isClosing(): boolean {
    return this.#closing || this.#socket.destroyed;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#socket.destroySoon();
  }

  abort(): void {
    this.#closing = true;
    this.#socket.destroy();
  }

  #ended(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#closing = true;
    this.#protocol.connectionLost(this.#error);
  }

  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | undefined;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback?: D): unknown {
    return name === "pipe" ? this.#socket : fallback;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.#protocol = protocol;
  }

  getProtocol(): BaseProtocol {
    return this.#protocol;
  }

  override toString(): string {
    return `<WritePipe ${this.#closing ? "closed" : "open"} buffered=${this.getWriteBufferSize()}>`;
  }
}
