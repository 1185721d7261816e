import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { ClientPayloadError } from "./errors.ts";
import type { BodySink, BodySource, ResponseBody } from "./response-body.ts";

/** The two ways to decompress: as it comes, and all at once. */
interface Codec {
  readonly stream: (first: Uint8Array) => Transform;
  readonly whole: (data: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;
}

/** Each piece is a trip to a thread and back: four times fewer than by default. */
const LARGE = { chunkSize: 65_536 };

const GZIP: Codec = { stream: () => zlib.createGunzip(LARGE), whole: zlib.gunzipSync };

/** Servers have always sent both: with the header of zlib, as the standard says, and without. */
const DEFLATE: Codec = {
  stream: (first) => (hasZlibHeader(first) ? zlib.createInflate(LARGE) : zlib.createInflateRaw(LARGE)),
  whole: (data, options) =>
    hasZlibHeader(data) ? zlib.inflateSync(data, options) : zlib.inflateRawSync(data, options),
};

/** What can be decompressed: what Accept-Encoding says, and an old name. */
const CODECS: ReadonlyMap<string, Codec> = new Map<string, Codec>([
  ["gzip", GZIP],
  ["x-gzip", GZIP],
  ["deflate", DEFLATE],
  ["br", { stream: () => zlib.createBrotliDecompress(LARGE), whole: zlib.brotliDecompressSync }],
  ["zstd", { stream: () => zlib.createZstdDecompress(LARGE), whole: zlib.zstdDecompressSync }],
]);

/** Each has memory of its own, so a server must not decide how many there are. */
const MOST_ENCODINGS = 5;

/** The most that is decompressed on the loop's own thread, in bytes: a millisecond or two. */
const MOST_AT_ONCE = 1024 * 1024;

function hasZlibHeader(data: Uint8Array): boolean {
  return ((data[0] ?? 0) & 0x0f) === 8;
}

/** The encodings of a body, the last first; none if nobody knows one of them, or they are too many: it stays as it is. */
export function encodingsOf(encoding: string): string[] {
  const names = encoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  return names.length <= MOST_ENCODINGS && names.every((name) => CODECS.has(name)) ? names.toReversed() : [];
}

/** Puts what undoes the encodings between a source and a body; gives what the source is to feed. */
export function decodeInto(body: ResponseBody, encodings: readonly string[], source: BodySource): BodySink {
  const [encoding, ...rest] = encodings;
  if (encoding === undefined) {
    body.source = source;
    return body;
  }
  const decoder = new Decoder(encoding, source, body);
  decoder.sink = decodeInto(body, rest, decoder);
  return decoder;
}

/**
 * Decompresses what comes. A small body that comes whole, in one piece with its headers, is done at once, which is many
 * times faster; all others in threads of Node's, and what comes too fast for them or for the reader has to wait.
 */
class Decoder implements BodySink, BodySource {
  sink: BodySink;
  /** zlib works in a thread. */
  readonly foreign = true;
  readonly #name: string;
  readonly #source: BodySource;
  /** What has come in this turn, while it could still be all. */
  #held: Uint8Array[] = [];
  #stream: Transform | null = null;
  #over = false;

  constructor(name: string, source: BodySource, sink: BodySink) {
    this.#name = name;
    this.#source = source;
    this.sink = sink;
  }

  push(chunk: Uint8Array): void {
    if (this.#over) return;
    if (this.#stream !== null) {
      this.#write(this.#stream, chunk);
      return;
    }
    this.#held.push(chunk);
    // The end, if it came with it, is told before that.
    if (this.#held.length === 1) {
      queueMicrotask(() => {
        if (!this.#over) this.#begin();
      });
    }
  }

  end(): void {
    if (this.#over) return;
    if (this.#stream === null && this.#tryAtOnce()) this.#finish();
    else this.#begin().end();
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#stream?.destroy();
    this.sink.fail(error);
  }

  pauseReading(): void {
    this.#stream?.pause();
  }

  resumeReading(): void {
    this.#stream?.resume();
  }

  stop(error: Error, closed?: () => void): void {
    this.fail(error);
    this.#source.stop(error, closed);
  }

  /** An empty body, of HEAD say, has nothing to decompress. False when it is too large. */
  #tryAtOnce(): boolean {
    if (this.#held.length === 0) return true;
    try {
      this.sink.push(this.#codec.whole(Buffer.concat(this.#held), { maxOutputLength: MOST_AT_ONCE }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return false;
      this.#broken(error);
    }
    return true;
  }

  #begin(): Transform {
    if (this.#stream !== null) return this.#stream;
    const held = Buffer.concat(this.#held);
    const stream = this.#codec
      .stream(held)
      .on("data", (chunk: Uint8Array) => this.sink.push(chunk))
      .on("drain", () => this.#source.resumeReading())
      .on("end", () => this.#finish())
      .on("error", (cause) => this.#broken(cause));
    this.#stream = stream;
    this.#held = [];
    this.#write(stream, held);
    return stream;
  }

  #write(stream: Transform, chunk: Uint8Array): void {
    if (!stream.write(chunk)) this.#source.pauseReading();
  }

  get #codec(): Codec {
    return CODECS.get(this.#name) as Codec;
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.sink.end();
  }

  #broken(cause: unknown): void {
    if (this.#over) return;
    const text = `the body can't be decompressed: it is no proper ${this.#name}, or was cut off`;
    this.stop(new ClientPayloadError(text, { cause }));
  }
}
