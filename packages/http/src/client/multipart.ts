import { randomUUID } from "node:crypto";
import { asyncGenerator, type Coroutine, type CoroutineGenerator, coroutine, type Emit } from "asyncio-ts";
import {
  type Body,
  discardBody,
  isReplayable,
  prepareBody,
  StreamedBody,
  sizeOf,
  sourceOfBody,
} from "./streamed-body.ts";
import { type Chunk, type ChunkSource, eachChunk } from "./upload.ts";

/** One part of a multipart body. */
export interface Part {
  readonly name: string;
  readonly filename: string | null;
  readonly contentType: string | null;
  readonly body: Body;
}

/** `multipart/form-data`, sent as it is read. */
export class MultipartBody extends StreamedBody {
  readonly contentType: string;
  /** The parts, and before each and at the end what stands between them. */
  readonly #pieces: readonly Body[];

  constructor(parts: readonly Part[]) {
    super();
    const boundary = `----asyncio-ts-${randomUUID()}`;
    this.contentType = `multipart/form-data; boundary=${boundary}`;
    const pieces = parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n${headOf(part)}\r\n`), part.body, LINE_END]);
    this.#pieces = [...pieces, Buffer.from(`--${boundary}--\r\n`)];
  }

  get size(): number | null {
    const sizes = this.#pieces.map(sizeOf);
    return sizes.reduce((sum, size) => (sum === null || size === null ? null : sum + size), 0);
  }

  get replayable(): boolean {
    return this.#pieces.every(isReplayable);
  }

  override prepare(): Coroutine<void> | null {
    const waits = this.#pieces.map(prepareBody).filter((wait) => wait !== null);
    return waits.length === 0 ? null : inTurn(waits);
  }

  override _discard(): CoroutineGenerator<void> | null {
    const closing = this.#pieces.map(discardBody).filter((wait) => wait !== null);
    return closing.length === 0 ? null : allOf(closing);
  }

  override source(): ChunkSource {
    return new PiecesSource(this.#pieces.map(sourceOfBody));
  }
}

const LINE_END = Buffer.from("\r\n");

function* allOf(waits: readonly (Coroutine<void> | CoroutineGenerator<void>)[]): CoroutineGenerator<void> {
  for (const wait of waits) yield* wait;
}

const inTurn = coroutine(allOf);

/** Several sources, one after the other. All are open from the beginning, and closed together. */
class PiecesSource implements ChunkSource {
  readonly #open: Set<ChunkSource>;
  readonly #chunks: ChunkSource;

  constructor(sources: readonly ChunkSource[]) {
    this.#open = new Set(sources);
    this.#chunks = drain(this.#open);
  }

  next(): PromiseLike<IteratorResult<Chunk, unknown>> {
    return this.#chunks.next();
  }

  async return(): Promise<void> {
    for (const source of this.#open) await source.return?.();
  }
}

const drain = asyncGenerator(function* (emit: Emit<Chunk>, sources: Set<ChunkSource>) {
  for (const source of sources) {
    yield* eachChunk(source, emit);
    sources.delete(source);
  }
});

function headOf(part: Part): string {
  const filename = part.filename === null ? "" : `; filename="${escaped(part.filename)}"`;
  const type = part.contentType === null ? "" : `Content-Type: ${part.contentType}\r\n`;
  return `Content-Disposition: form-data; name="${escaped(part.name)}"${filename}\r\n${type}`;
}

/** As browsers do. */
function escaped(text: string): string {
  return text.replace(/\r\n?|\n/g, "%0D%0A").replaceAll('"', "%22");
}
