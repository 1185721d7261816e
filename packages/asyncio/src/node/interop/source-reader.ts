import type { Readable } from "node:stream";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { getEventLoop, getRunningLoop } from "../../core/current-loop.ts";
import { describeValue } from "../../core/describe.ts";
import { ConnectionResetError } from "../../core/errors.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { EventLoop, OpenResource } from "../../core/loop.ts";
import { startParked } from "../../core/park.ts";
import { StreamReader, type StreamReaderOptions } from "../../core/stream-reader.ts";
import type { ReadTransport } from "../../core/transports.ts";
import { osError } from "../os-error.ts";
import { listen, listenAll } from "./listen.ts";
import { asReadable, type WebReadable } from "./streams-of-node.ts";

/** A {@link StreamReader} of a stream of Node or of the web, which it can also close. See {@link streamReaderFrom}. */
export class SourceReader extends StreamReader implements AsyncDisposable {
  readonly #source: Readable;

  /** @internal */
  constructor(source: Readable, options: StreamReaderOptions, loop: EventLoop) {
    super({ ...options, loop });
    this.#source = source;
    new Feed(this, source, loop).begin();
  }

  /** Destroys the source. If that has not ended, who reads, then or later, gets a ConnectionResetError. */
  close(): void {
    this.#source.destroy();
  }

  /** Waits until the source has let go of what it had: its file, its connection. */
  waitClosed(): Coroutine<void> {
    return new GeneratorCoroutine(closed(this.#source), "SourceReader.waitClosed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.waitClosed();
  }
}

function* closed(source: Readable): CoroutineGenerator<void> {
  if (source.closed) return;
  yield* startParked<void>(getRunningLoop(), (wait) => {
    const remove = listen(source, "close", () => {
      remove();
      wait.resolve();
    });
    return () => {
      remove();
      return "done";
    };
  });
}

/** Feeds a reader with what comes from a stream, and pauses that when the reader has enough. */
class Feed implements OpenResource {
  readonly #reader: StreamReader;
  readonly #source: Readable;
  readonly #loop: EventLoop;
  #remove: () => void = () => {};
  #ended = false;

  constructor(reader: StreamReader, source: Readable, loop: EventLoop) {
    this.#reader = reader;
    this.#source = source;
    this.#loop = loop;
  }

  begin(): void {
    const source = this.#source;
    if (source.errored || source.destroyed || source.readableEnded) {
      this.#endAtOnce();
      return;
    }
    this.#loop._open.add(this);
    // Of a transport the reader uses these two.
    this.#reader.setTransport(this as Pick<ReadTransport, "pauseReading" | "resumeReading"> as ReadTransport);
    this.#remove = listenAll(source, [
      ["data", (data) => this.#came(data)],
      ["end", () => this.#end(null)],
      ["error", (error) => this.#end(osError(error) ?? broken())],
      ["close", () => this.#end(broken())],
    ]);
    source.resume();
  }

  pauseReading(): void {
    if (!this.#ended) this.#source.pause();
  }

  resumeReading(): void {
    if (!this.#ended) this.#source.resume();
  }

  /** @internal */
  _release(): void {
    this.#stop();
    this.#source.destroy();
  }

  #endAtOnce(): void {
    const { errored, readableEnded } = this.#source;
    if (errored) this.#reader._connectionLost(osError(errored));
    else if (readableEnded) this.#reader.feedEof();
    else this.#reader._connectionLost(broken());
  }

  #came(data: unknown): void {
    if (data instanceof Uint8Array) this.#reader.feedData(data);
    else if (typeof data === "string")
      this.#reader.feedData(Buffer.from(data, this.#source.readableEncoding ?? "utf8"));
    else this.#refuse(data);
  }

  #refuse(data: unknown): void {
    this.#end(new TypeError(`streamReaderFrom(): the stream gave ${describeValue(data)} in place of bytes`));
    this.#source.destroy();
  }

  #end(error: unknown): void {
    this.#stop();
    if (error === null) this.#reader.feedEof();
    else this.#reader._connectionLost(error);
  }

  #stop(): void {
    this.#ended = true;
    this.#remove();
    this.#loop._open.delete(this);
  }
}

function broken(): ConnectionResetError {
  return new ConnectionResetError("the stream was closed before its end", { code: "ECONNRESET" });
}

/**
 * Makes a StreamReader of a Readable of Node or a ReadableStream of the web. When more than twice the limit is buffered, the
 * source is paused.
 *
 * What the source fails with, every later read fails with, as with a connection; that it is closed before its end is a
 * ConnectionResetError. A reader that is not read to the end has to be closed, by `await using` say, or the source stays
 * open until the loop is closed.
 *
 * @throws TypeError for something else, or a stream of the web that is locked.
 * @example
 * ```ts
 * import { Readable } from "node:stream";
 * import { run } from "asyncio-ts";
 * import { streamReaderFrom } from "asyncio-ts/interop";
 *
 * await run(async () => {
 *   await using reader = streamReaderFrom(Readable.from(["one\ntw", "o\n"]));
 *   for await (const line of reader) console.log(String(line)); // one, two
 * });
 * ```
 */
export function streamReaderFrom(
  source: Readable | WebReadable,
  options: Pick<StreamReaderOptions, "limit"> = {},
): SourceReader {
  return new SourceReader(asReadable("streamReaderFrom", source), options, getEventLoop());
}
