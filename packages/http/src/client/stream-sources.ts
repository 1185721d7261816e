import { Readable } from "node:stream";
import { asyncGenerator, type Coroutine, type CoroutineAsyncGenerator, type Emit, StreamReader } from "asyncio-ts";
import { type SourceReader, streamReaderFrom } from "asyncio-ts/interop";
import type { Chunk, ChunkSource } from "./upload.ts";

/** How much is read at once from what has no pieces of its own. */
export const CHUNK_SIZE = 65_536;

/** A stream of the web, by what is used of it. */
export interface WebStream {
  readonly locked: boolean;
  getReader(): object;
}

/** What has a body's pieces in it, to be read once. */
export type ChunkStream = AsyncIterable<Chunk> | Readable | WebStream | StreamReader;

/** Something that is read: a StreamReader, a file. Nothing more comes after an empty piece. */
export interface ChunkReader {
  read(size: number): Coroutine<Uint8Array | string>;
}

function isWebStream(value: object): value is WebStream {
  return "getReader" in value && typeof value.getReader === "function";
}

export function isChunkStream(value: unknown): value is ChunkStream {
  return typeof value === "object" && value !== null && (Symbol.asyncIterator in value || isWebStream(value));
}

/** Opens a stream for reading from it. Its end, and also the source's `return()`, closes it. */
export function sourceOf(stream: ChunkStream): ChunkSource {
  if (stream instanceof StreamReader) return readAll(stream);
  // Not by their own iterators: a wait for what a stream gives next could not be cancelled.
  if (stream instanceof Readable || isWebStream(stream)) return new ClosingSource(streamReaderFrom(stream));
  return stream[Symbol.asyncIterator]();
}

/** The pieces of what can be read. */
export const readAll: (reader: ChunkReader) => CoroutineAsyncGenerator<Chunk> = asyncGenerator(function* (
  emit: Emit<Chunk>,
  reader: ChunkReader,
) {
  for (;;) {
    const chunk = yield* reader.read(CHUNK_SIZE);
    if (chunk.length === 0) return;
    yield* emit(chunk);
  }
});

/** Reads from a stream of Node or the web, and destroys it when it is no longer wanted. */
class ClosingSource implements ChunkSource {
  readonly #reader: SourceReader;
  readonly #chunks: ChunkSource;

  constructor(reader: SourceReader) {
    this.#reader = reader;
    this.#chunks = readAll(reader);
  }

  next(): PromiseLike<IteratorResult<Chunk, unknown>> {
    return this.#chunks.next();
  }

  return(): Coroutine<void> {
    this.#reader.close();
    return this.#reader.waitClosed();
  }
}
