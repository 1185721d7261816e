import type { Socket } from "node:net";
import type { Context } from "../../core/context.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { BaseProtocol, Protocol } from "../../core/protocols.ts";
import { type ExtraInfo, ReadTransport } from "../../core/transports.ts";
import { LoopEvent } from "../loop-event.ts";
import { osError } from "../os-error.ts";

/** How the transport of a pipe is made. */
export interface PipeOptions {
  readonly loop: EventLoop;
  readonly protocol: BaseProtocol;
  /** In which the protocol is called. */
  readonly context: Context;
}

/**
 * What a process writes.
 *
 * It reads by `readable` events, and not by `data`: when the process has ended Node makes each of its streams flow, paused
 * or not.
 */
export class ReadPipe extends ReadTransport {
  readonly #loop: EventLoop;
  readonly #socket: Socket;
  /** Reads what is there; the same object each time, since there is no need for more than one in the ready queue. */
  readonly #reads: LoopEvent;
  #queued = false;
  #protocol: BaseProtocol;
  #started = false;
  #paused = false;
  #closing = false;
  #error: unknown = null;

  constructor(socket: Socket, { loop, protocol, context }: PipeOptions) {
    super();
    this.#loop = loop;
    this.#socket = socket;
    this.#protocol = protocol;
    const frame = { task: null, context, scope: null };
    this.#reads = new LoopEvent(loop, frame, () => this.#read());
    const lost = new LoopEvent(loop, frame, () => this.#lost());
    socket.on("readable", () => this.#readable());
    socket.on("end", () => this.close());
    socket.on("error", (error) => {
      this.#error ??= osError(error);
    });
    socket.on("close", () => loop._runEvent(lost));
  }

  /** Begins to read. */
  start(): void {
    this.#started = true;
    this.#readable();
  }

  #readable(): void {
    if (this.#loop.isClosed()) this.#socket.destroy();
    if (this.#queued || !this.#started || !this.isReading()) return;
    this.#queued = true;
    this.#loop._runEvent(this.#reads);
  }

  #read(): void {
    this.#queued = false;
    while (this.isReading()) {
      const data = this.#socket.read() as Buffer | null;
      if (data === null) return;
      this.#deliver(data);
    }
  }

  #deliver(data: Buffer): void {
    try {
      (this.#protocol as Protocol).dataReceived(data);
    } catch (exception) {
      const message = "Fatal error: protocol.dataReceived() call failed.";
      this.#loop.callExceptionHandler({ message, exception, transport: this, protocol: this.#protocol });
      this.#error ??= exception;
      this.close();
    }
  }

  isReading(): boolean {
    return !this.#paused && !this.#closing;
  }

  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#readable();
  }

  isClosing(): boolean {
    return this.#closing;
  }

  close(): void {
    this.#closing = true;
    this.#socket.destroy();
  }

  #lost(): void {
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
    return `<ReadPipe ${this.#closing ? "closed" : this.#paused ? "paused" : "reading"}>`;
  }
}
