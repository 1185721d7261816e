import { type Abort, type Coroutine, type EventLoop, park, RuntimeError, type Wait } from "asyncio-ts";
import { cancelledError } from "../cancelled-error.ts";
import { ContentReader } from "./content-reader.ts";
import { ClientPayloadError } from "./errors.ts";

/** Where a body comes from: it can be made to wait, and to stop. */
export interface BodySource {
  /** False where it is a task of the loop that sends. */
  readonly foreign: boolean;
  pauseReading(): void;
  resumeReading(): void;
  /** Stops it; `closed` is called when that is done. */
  stop(error: Error, closed?: () => void): void;
}

/** Where the pieces of a body go to. */
export interface BodySink {
  push(chunk: Uint8Array): void;
  end(): void;
  fail(error: Error): void;
}

const EMPTY = new Uint8Array(0);

/**
 * The body of an answer. Small ones are whole before anyone looks; a larger one waits, and its server with it, until someone
 * either gathers it or reads it by a {@link ContentReader}.
 */
export class ResponseBody implements BodySink {
  /** Where the pieces come from: the exchange, or what decompresses. */
  source: BodySource;
  /** The most that is gathered, in bytes. */
  maxSize: number | null = null;
  /** Above twice this the source has to wait. */
  readonly #bufsize: number;
  readonly #loop: EventLoop;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #ended = false;
  #paused = false;
  /** How much may still come that nobody wants. */
  #spare = 0;
  #error: Error | null = null;
  #gathering: Wait<Uint8Array> | null = null;
  #reader: ContentReader | null = null;

  constructor(source: BodySource, bufsize: number, loop: EventLoop) {
    this.source = source;
    this.#bufsize = bufsize;
    this.#loop = loop;
  }

  /** Nothing will come any more. */
  get over(): boolean {
    return this.#ended || this.#error !== null;
  }

  push(chunk: Uint8Array): void {
    if (this.over) {
      this.#spare -= chunk.length;
      if (this.#spare < 0 && this.#error !== null) this.source.stop(this.#error);
      return;
    }
    if (this.#reader !== null) {
      this.#reader.feedData(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#gathering !== null) this.#stopIfTooLarge();
    else if (this.#size > 2 * this.#bufsize) this.#pause();
  }

  end(): void {
    if (this.over) return;
    this.#ended = true;
    this.#reader?.feedEof();
    const gathering = this.#gathering;
    if (gathering === null) return;
    this.#gathering = null;
    gathering.resolve(this.#join());
  }

  fail(error: Error): void {
    if (this.over) return;
    this.#error = error;
    this.#chunks = [];
    this.#reader?.setException(error);
    this.#gathering?.reject(error);
    this.#gathering = null;
  }

  /** Gives up what has not come yet. */
  stop(error: Error): void {
    this.source.stop(error);
  }

  /** Lets it come to its end, if that takes no more than so many bytes; who reads it gets `error`. */
  discard(error: Error, spare: number): void {
    this.#spare = spare;
    this.fail(error);
    this.source.resumeReading();
  }

  /** The body read piece by piece. */
  reader(): ContentReader {
    if (this.#reader !== null) return this.#reader;
    const reader = new ContentReader(this.source, this.#bufsize, this.#loop);
    for (const chunk of this.#chunks) reader.feedData(chunk);
    this.#chunks = [];
    this.#size = 0;
    if (this.#ended) reader.feedEof();
    if (this.#error !== null) reader.setException(this.#error);
    this.#reader = reader;
    if (this.#paused && !reader._paused) this.source.resumeReading();
    this.#paused = false;
    return reader;
  }

  /** The whole body, if it is there: nothing has to be waited for. */
  atHand(): Uint8Array | null {
    return this.#ended && this.#reader === null && !this.#tooLarge ? this.#join() : null;
  }

  /** Waits for the whole body. A wait that is cancelled stops it. */
  gather(): Coroutine<Uint8Array> {
    return this.#reader?.read() ?? park((wait) => this.#gather(wait), this.source);
  }

  #gather(wait: Wait<Uint8Array>): Abort {
    if (this.#gathering !== null) throw new RuntimeError("read() called while another coroutine is already reading");
    this.#gathering = wait;
    this.#stopIfTooLarge();
    if (this.#error !== null) this.#settle((reading) => reading.reject(this.#error));
    else if (this.#ended) this.#settle((reading) => reading.resolve(this.#join()));
    else this.#resume();
    return (message) => this.#abandon(wait, message);
  }

  #abandon(wait: Wait<Uint8Array>, message: unknown): "wait" {
    this.#gathering = null;
    const closed = (): void => wait.reject(cancelledError(message));
    this.source.stop(new ClientPayloadError("reading the body was cancelled"), closed);
    return "wait";
  }

  #settle(settle: (wait: Wait<Uint8Array>) => void): void {
    const gathering = this.#gathering;
    this.#gathering = null;
    if (gathering !== null) settle(gathering);
  }

  get #tooLarge(): boolean {
    return this.maxSize !== null && this.#size > this.maxSize;
  }

  #stopIfTooLarge(): void {
    if (!this.#tooLarge) return;
    const error = new ClientPayloadError(
      `the body is larger than ${this.maxSize} bytes when decompressed. If it is to be trusted, raise maxDecompressedSize, or read it piece by piece with content`,
    );
    // Small ones have come whole before anyone has said that they are to be gathered.
    this.#ended = false;
    this.fail(error);
    this.source.stop(error);
  }

  #join(): Uint8Array {
    const chunks = this.#chunks;
    this.#chunks = [];
    if (chunks.length === 1) return chunks[0] as Uint8Array;
    return chunks.length === 0 ? EMPTY : Buffer.concat(chunks, this.#size);
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.source.pauseReading();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.source.resumeReading();
  }
}
