import { fstat, type Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { inspect } from "node:util";
import {
  abortable,
  asyncGenerator,
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  type Emit,
  RuntimeError,
  wrapFuture,
} from "asyncio-ts";
import { BinaryFile, type TextFile } from "asyncio-ts/files";
import { fromCallback } from "asyncio-ts/interop";
import { CHUNK_SIZE, type ChunkStream, isChunkStream, readAll, sourceOf } from "./stream-sources.ts";
import { StreamedBody } from "./streamed-body.ts";
import { type Chunk, type ChunkSource, close } from "./upload.ts";

/** Makes the pieces anew each time. */
export class FunctionBody extends StreamedBody {
  readonly size = null;
  readonly replayable = true;
  readonly #make: () => ChunkStream;

  constructor(make: () => ChunkStream) {
    super();
    this.#make = make;
  }

  override source(): ChunkSource {
    const stream = this.#make();
    if (isChunkStream(stream)) return sourceOf(stream);
    throw new TypeError(`data: the function must return an async iterable or a stream, got ${inspect(stream)}`);
  }
}

/** Streams that were sent. A second time nothing would come of them, and the server be sent an empty body. */
const sent = new WeakSet<ChunkStream>();

/** Can be read but once. */
export class StreamBody extends StreamedBody {
  readonly size = null;
  readonly replayable = false;
  readonly #stream: ChunkStream;

  constructor(stream: ChunkStream) {
    super();
    this.#stream = stream;
    // It can fail before anyone reads, and then whoever reads is told.
    if (stream instanceof Readable) stream.on("error", () => {});
  }

  override source(): ChunkSource {
    if (sent.has(this.#stream)) {
      throw new RuntimeError(
        `${inspect(this.#stream, { depth: 0 })} was sent as a body before, and can't be once more: give a function that returns a new one`,
      );
    }
    sent.add(this.#stream);
    return sourceOf(this.#stream);
  }

  override _discard(): CoroutineGenerator<void> | null {
    return sent.has(this.#stream) ? null : close(this.source());
  }
}

const chunksOfBlob = asyncGenerator(function* (emit: Emit<Uint8Array>, blob: Blob) {
  for (let at = 0; at < blob.size; at += CHUNK_SIZE) {
    yield* emit(new Uint8Array(yield* wrapFuture(blob.slice(at, at + CHUNK_SIZE).arrayBuffer())));
  }
});

/** A Blob or File, also one that lies on the disk. */
export class BlobBody extends StreamedBody {
  readonly replayable = true;
  readonly #blob: Blob;

  constructor(blob: Blob) {
    super();
    this.#blob = blob;
  }

  get size(): number {
    return this.#blob.size;
  }

  override source(): ChunkSource {
    return chunksOfBlob(this.#blob);
  }
}

/** An open file, from where it stands. It stays open: it is its owner's. */
export class FileBody extends StreamedBody {
  size: number | null = null;
  readonly #file: BinaryFile | TextFile;
  #start: number | null = null;

  constructor(file: BinaryFile | TextFile) {
    super();
    this.#file = file;
  }

  get replayable(): boolean {
    return this.#file.seekable();
  }

  override prepare(): Coroutine<void> | null {
    return this.replayable && this.#start === null ? this.#measure() : null;
  }

  override source(): ChunkSource {
    return this.#start === null ? readAll(this.#file) : readAllFrom(this.#file, this.#start);
  }

  readonly #measure = coroutine(function* (this: FileBody) {
    const start = yield* this.#file.tell();
    const stats = yield* fromCallback<Stats>((callback) => fstat(this.#file.fileno(), callback));
    this.#start = start;
    // The length of a text in bytes is not known before it is encoded.
    if (stats?.isFile() && this.#file instanceof BinaryFile) this.size = stats.size - start;
  });
}

const readAllFrom = asyncGenerator(function* (emit: Emit<Chunk>, file: BinaryFile | TextFile, start: number) {
  yield* file.seek(start);
  for (let chunk = yield* file.read(CHUNK_SIZE); chunk.length > 0; chunk = yield* file.read(CHUNK_SIZE)) {
    yield* emit(chunk);
  }
});

/** A file that Node's `fs.promises.open` has opened, from its beginning. It stays open. */
export class FileHandleBody extends StreamedBody {
  size: number | null = null;
  readonly replayable = true;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    super();
    this.#handle = handle;
  }

  override prepare(): Coroutine<void> | null {
    return this.size === null ? this.#measure() : null;
  }

  override source(): ChunkSource {
    return chunksOfHandle(this.#handle);
  }

  readonly #measure = coroutine(function* (this: FileHandleBody) {
    const stats = yield* abortable(() => this.#handle.stat());
    if (stats.isFile()) this.size = stats.size;
  });
}

const chunksOfHandle = asyncGenerator(function* (emit: Emit<Uint8Array>, handle: FileHandle) {
  let at = 0;
  for (;;) {
    const buffer = Buffer.allocUnsafe(CHUNK_SIZE);
    const { bytesRead } = yield* abortable(() => handle.read(buffer, 0, CHUNK_SIZE, at));
    if (bytesRead === 0) return;
    at += bytesRead;
    yield* emit(buffer.subarray(0, bytesRead));
  }
});
