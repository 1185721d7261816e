import { ValueError } from "../core/errors.ts";
import { type Frame, inFrame } from "../core/frame.ts";
import type { ReadyEntry } from "../core/handle.ts";
import type { EventLoop } from "../core/loop.ts";
import type { BaseProtocol } from "../core/protocols.ts";
import type { BaseTransport, WriteBufferLimits } from "../core/transports.ts";

/** The default high-water mark, in bytes. */
const HIGH = 64 * 1024;
/** What lies between the marks where only one is given. */
const RATIO = 4;

/** The default low-water mark, in bytes: below it nothing has to be looked after. */
export const DEFAULT_LOW: number = HIGH / RATIO;

/** A transport whose writes are counted. The size has to be exact at any time: `stream.writableLength`. */
export interface FlowTransport extends BaseTransport {
  getWriteBufferSize(): number;
  /** What is left is not going to be sent any more: its end is no reason to go on. By default only failed writes say so. */
  isCut?(): boolean;
}

/**
 * The flow control of a transport's writes: tells the protocol to pause when the buffer has grown above the high-water
 * mark, and to go on when it has drained to the low-water mark, strictly in turns.
 *
 * ```ts no-run
 * stream.write(data, flow.written);
 * flow.grown();
 * ```
 */
export class WriteFlow implements ReadyEntry {
  readonly #loop: EventLoop;
  readonly #transport: FlowTransport;
  readonly #frame: Frame;
  #low = DEFAULT_LOW;
  #high = HIGH;
  #paused = false;

  /** `frame` is where the protocol's `resumeWriting()` runs; `pauseWriting()` runs where the write is. */
  constructor(loop: EventLoop, transport: FlowTransport, frame: Frame) {
    this.#loop = loop;
    this.#transport = transport;
    this.#frame = frame;
  }

  /**
   * The callback of each write to the stream. That it is the same one each time matters: Node calls equal callbacks of
   * writes that ended together in one go. After a failed write nothing resumes, the connection is lost.
   *
   * It runs in the asynchronous context of whoever wrote, so the loop's turn can't begin in here.
   */
  readonly written = (error?: Error | null): void => {
    if (this.#paused && !error && this.#hasDrained() && !this.#loop.isClosed()) this.#loop._enqueue(this);
  };

  /** The buffer has grown. */
  grown(): void {
    if (this.#paused || this.#transport.getWriteBufferSize() <= this.#high) return;
    this.#paused = true;
    this.#tell("pause_writing", (protocol) => protocol.pauseWriting());
  }

  /** The buffer has shrunk, and this is a turn of the loop; {@link written} does it by itself. */
  shrunk(): void {
    if (!this.#paused || !this.#hasDrained()) return;
    this.#paused = false;
    this.#tell("resume_writing", (protocol) => protocol.resumeWriting());
  }

  get paused(): boolean {
    return this.#paused;
  }

  get low(): number {
    return this.#low;
  }

  limits(): readonly [low: number, high: number] {
    return [this.#low, this.#high];
  }

  /** As `WriteTransport.setWriteBufferLimits()`. */
  setLimits({ low: givenLow, high: givenHigh }: WriteBufferLimits = {}): void {
    const high = givenHigh ?? (givenLow === undefined ? HIGH : RATIO * givenLow);
    const low = givenLow ?? Math.floor(high / RATIO);
    if (!(high >= low && low >= 0)) throw new ValueError(`high (${high}) must be >= low (${low}) must be >= 0`);
    this.#high = high;
    this.#low = low;
    this.grown();
  }

  /** @internal */
  _run(): void {
    inFrame(this.#frame, () => this.shrunk());
    this.#loop._needsDrain = true;
  }

  toString(): string {
    return `resumeWriting() of ${this.#transport}`;
  }

  #hasDrained(): boolean {
    return this.#transport.getWriteBufferSize() <= this.#low && this.#transport.isCut?.() !== true;
  }

  #tell(method: string, call: (protocol: BaseProtocol) => void): void {
    const transport = this.#transport;
    const protocol = transport.getProtocol();
    try {
      call(protocol);
    } catch (exception) {
      this.#loop.callExceptionHandler({ message: `protocol.${method}() failed`, exception, transport, protocol });
    }
  }
}
