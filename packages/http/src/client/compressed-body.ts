import type { Transform } from "node:stream";
import { inspect } from "node:util";
import { createBrotliCompress, createDeflate, createGzip, createZstdCompress } from "node:zlib";
import { asyncGenerator, type Coroutine, type CoroutineGenerator, type Emit, park, ValueError } from "asyncio-ts";
import { type Body, discardBody, isReplayable, prepareBody, StreamedBody, sourceOfBody } from "./streamed-body.ts";
import { type Chunk, type ChunkSource, eachChunk, toBytes } from "./upload.ts";

/** How the body of a request can be compressed. */
export type ContentEncoding = "deflate" | "gzip" | "br" | "zstd";

const ENCODERS: Readonly<Record<ContentEncoding, () => Transform>> = {
  deflate: createDeflate,
  gzip: createGzip,
  br: createBrotliCompress,
  zstd: createZstdCompress,
};

/**
 * What the option `compress` asks for; true is deflate, as in aiohttp.
 *
 * @throws ValueError for something else.
 */
export function encodingOf(compress: boolean | ContentEncoding): ContentEncoding | null {
  if (compress === false) return null;
  if (compress === true) return "deflate";
  if (Object.hasOwn(ENCODERS, compress)) return compress;
  throw new ValueError(`compress must be "deflate", "gzip", "br", "zstd", true or false, got ${inspect(compress)}`);
}

/** A body that is compressed while it is sent; in chunks, since nobody knows how long it will be. */
export class CompressedBody extends StreamedBody {
  readonly size = null;
  readonly #body: Body;
  readonly #encoding: ContentEncoding;

  constructor(body: Body, encoding: ContentEncoding) {
    super();
    this.#body = body;
    this.#encoding = encoding;
  }

  get replayable(): boolean {
    return isReplayable(this.#body);
  }

  override prepare(): Coroutine<void> | null {
    return prepareBody(this.#body);
  }

  override _discard(): CoroutineGenerator<void> | null {
    return discardBody(this.#body);
  }

  override source(): ChunkSource {
    return new CompressedSource(sourceOfBody(this.#body), ENCODERS[this.#encoding]());
  }
}

class CompressedSource implements ChunkSource {
  readonly #source: ChunkSource;
  readonly #encoder: Transform;
  readonly #chunks: ChunkSource;

  constructor(source: ChunkSource, encoder: Transform) {
    this.#source = source;
    this.#encoder = encoder;
    this.#chunks = compressed(source, encoder);
  }

  next(): PromiseLike<IteratorResult<Chunk, unknown>> {
    return this.#chunks.next();
  }

  async return(): Promise<void> {
    this.#encoder.destroy();
    await this.#source.return?.();
  }
}

const compressed = asyncGenerator(function* (emit: Emit<Uint8Array>, source: ChunkSource, encoder: Transform) {
  const ready: Uint8Array[] = [];
  encoder.on("data", (piece: Uint8Array) => ready.push(piece));
  yield* eachChunk(source, function* (chunk) {
    const bytes = toBytes(chunk);
    yield* letGo((callback) => encoder.write(bytes, callback));
    for (const piece of ready.splice(0)) yield* emit(piece);
  });
  yield* letGo((callback) => encoder.once("end", callback).end());
  for (const piece of ready) yield* emit(piece);
});

/** A wait that is over when it is cancelled: the encoder is destroyed then, and its complaint of that is of no interest. */
function letGo(start: (callback: (error?: Error | null) => void) => void): Coroutine<void> {
  return park<void>((wait) => {
    start((error) => {
      if (error) wait.reject(error);
      else wait.resolve();
    });
    return () => "done";
  });
}
