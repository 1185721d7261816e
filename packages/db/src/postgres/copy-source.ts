import { type Coroutine, type CoroutineGenerator, invoke } from "asyncio-ts";
import { encodeRow } from "./copy-text.ts";

/** A piece of what is copied in: bytes or text in the format of the statement, or the values of a row, for its text format. */
export type CopyChunk = Uint8Array | string | readonly unknown[];

/** What is copied in. */
export type CopySource = Iterable<CopyChunk> | AsyncIterable<CopyChunk>;

/** Whether it can be iterated, in either way. */
export function isSource(source: unknown): source is CopySource {
  return (
    source !== null &&
    source !== undefined &&
    [Symbol.asyncIterator, Symbol.iterator].some((key) => key in Object(source))
  );
}

/** How much is sent at a time, at least. */
const PIECE = 32_768;

/** A source of either kind, in pieces that are worth sending. */
export class Pieces {
  readonly #iterator: Iterator<CopyChunk> | AsyncIterator<CopyChunk>;
  readonly #isAsync: boolean;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #ended = false;

  constructor(source: CopySource) {
    this.#isAsync = Symbol.asyncIterator in Object(source);
    this.#iterator = this.#isAsync
      ? (source as AsyncIterable<CopyChunk>)[Symbol.asyncIterator]()
      : (source as Iterable<CopyChunk>)[Symbol.iterator]();
  }

  /** Whether there is a piece to take. */
  *gather(): CoroutineGenerator<boolean> {
    while (this.#size < PIECE && !this.#ended) {
      this.#ended = true; // also if it throws
      const step = this.#isAsync ? yield* this.#next() : (this.#iterator as Iterator<CopyChunk>).next();
      this.#ended = step.done === true;
      if (step.done !== true) this.#add(bytesOf(step.value));
    }
    return this.#size > 0;
  }

  take(): Uint8Array {
    const piece = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#size = 0;
    return piece;
  }

  /** Closes the source, if it has not ended by itself. */
  *close(): CoroutineGenerator<void> {
    if (this.#ended) return;
    this.#ended = true;
    yield* invoke(async () => await this.#iterator.return?.());
  }

  /** What an asynchronous source waits for, it does as a part of the task. */
  #next(): Coroutine<IteratorResult<CopyChunk>> {
    return invoke(async () => await this.#iterator.next());
  }

  #add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }
}

function bytesOf(chunk: CopyChunk): Uint8Array {
  if (typeof chunk === "string") return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return chunk;
  if (Array.isArray(chunk)) return Buffer.from(encodeRow(chunk));
  throw new TypeError(`copyFrom(): the source must give bytes, strings or arrays of values, got ${typeof chunk}`);
}
