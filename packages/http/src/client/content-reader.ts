import { type Coroutine, coroutine, type EventLoop, type ReadTransport, StreamReader } from "asyncio-ts";
import type { BodySource } from "./response-body.ts";

const ALL_THERE_IS = Number.MAX_SAFE_INTEGER;
const DONE: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined };

/**
 * The body of an answer, to be read piece by piece: asyncio-ts's StreamReader, with what aiohttp's has beside. Decompressed,
 * unless the request said otherwise.
 *
 * `for await (const line of response.content)` gives lines, as in aiohttp; {@link iterChunked} and {@link iterAny} give
 * pieces. A read that is cancelled takes nothing out, and reading can go on; who does not want to disposes of the response.
 */
export class ContentReader extends StreamReader {
  /** The server has been made to wait. @internal */
  _paused = false;

  /** @internal */
  constructor(source: BodySource, bufsize: number, loop: EventLoop) {
    super({ limit: bufsize, loop });
    const transport: Pick<ReadTransport, "pauseReading" | "resumeReading"> = {
      pauseReading: () => {
        this._paused = true;
        source.pauseReading();
      },
      resumeReading: () => {
        this._paused = false;
        source.resumeReading();
      },
    };
    // Of a transport the reader uses these two.
    this.setTransport(transport as ReadTransport);
  }

  /** What is there, at least one byte, waiting for it if need be; nothing at the end. */
  readany(): Coroutine<Uint8Array> {
    return this.read(ALL_THERE_IS);
  }

  /**
   * The body in pieces of at most `n` bytes, as they come.
   *
   * @throws TypeError for an `n` that is no whole number above 0.
   */
  iterChunked(n: number): ContentPieces {
    if (!Number.isInteger(n) || n <= 0)
      throw new TypeError(`iterChunked() needs a whole number above 0, got ${String(n)}`);
    return new ContentPieces(this, n);
  }

  /** The body in pieces as they come, of any size. */
  iterAny(): ContentPieces {
    return new ContentPieces(this, ALL_THERE_IS);
  }
}

const nextPiece = coroutine(function* next(reader: StreamReader, n: number) {
  const piece = yield* reader.read(n);
  return piece.length === 0 ? DONE : { done: false as const, value: piece };
});

/** Pieces of a body: for `for await`, or step by step with `next()`. */
export class ContentPieces implements AsyncIterable<Uint8Array> {
  readonly #reader: StreamReader;
  readonly #most: number;

  /** @internal */
  constructor(reader: StreamReader, most: number) {
    this.#reader = reader;
    this.#most = most;
  }

  /** The next piece, as a step of an iteration: `for await` in the generator spelling. */
  next(): Coroutine<IteratorResult<Uint8Array, undefined>> {
    return nextPiece(this.#reader, this.#most);
  }

  /** Leaving the loop leaves the rest where it is: it can be read in another way, or is disposed of with the response. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return { next: async () => await this.next() };
  }
}
