import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { getEventLoop } from "../../core/current-loop.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { StreamReader } from "../../core/stream-reader.ts";
import { callInLoop, destroyWith } from "./loop-call.ts";
import { checkMethods } from "./streams-of-node.ts";

/** How much is read at once, in bytes. */
const CHUNK = 64 * 1024;

/**
 * Makes a Readable of Node of a StreamReader. It reads only what is asked for.
 *
 * Destroying it before its end closes a reader of `streamReaderFrom()`; that of a connection only stops reading, since the
 * connection is its writer's to close.
 *
 * @throws TypeError when `reader` is none.
 * @example
 * ```ts
 * import { run, StreamReader } from "asyncio-ts";
 * import { toReadable } from "asyncio-ts/interop";
 *
 * await run(async () => {
 *   const reader = new StreamReader();
 *   reader.feedData(Buffer.from("hello"));
 *   reader.feedEof();
 *   for await (const data of toReadable(reader)) console.log(String(data)); // hello
 * });
 * ```
 */
export function toReadable(reader: StreamReader): Readable {
  checkReader("toReadable", reader);
  const pull = new Pull(reader, getEventLoop());
  return new Readable({
    read() {
      pull.next((error, data) => {
        if (error !== null) destroyWith(this, error);
        else this.push(data);
      });
    },
    destroy(error, callback) {
      pull.stop();
      callback(error);
    },
  });
}

/** As {@link toReadable}, a ReadableStream of the web. Cancelling it is what destroying is there. */
export function toReadableStream(reader: StreamReader): ReadableStream<Uint8Array> {
  checkReader("toReadableStream", reader);
  const pull = new Pull(reader, getEventLoop());
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) =>
        new Promise<void>((resolve, reject) => {
          pull.next((error, data) => {
            if (error !== null) {
              reject(error);
              return;
            }
            if (data === null) controller.close();
            else controller.enqueue(data);
            resolve();
          });
        }),
      cancel: () => pull.stop(),
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  );
}

/** Reads from a reader when it is asked to, one piece after the other. */
class Pull {
  readonly #reader: StreamReader;
  readonly #loop: EventLoop;
  #cancel: (() => void) | null = null;
  #ended = false;

  constructor(reader: StreamReader, loop: EventLoop) {
    this.#reader = reader;
    this.#loop = loop;
  }

  /** Gives the next piece, null at the end. */
  next(pulled: (error: Error | null, data: Uint8Array | null) => void): void {
    if (this.#ended || this.#cancel !== null) return;
    this.#cancel = callInLoop(this.#loop, this.#reader.read(CHUNK), (error, data) => {
      this.#cancel = null;
      if (this.#ended) return;
      this.#ended = error !== null || data === undefined || data.length === 0;
      pulled(error, this.#ended || data === undefined ? null : data);
    });
  }

  stop(): void {
    const early = !this.#ended;
    this.#ended = true;
    this.#cancel?.();
    if (early) (this.#reader as Partial<{ close(): void }>).close?.();
  }
}

function checkReader(fn: string, reader: unknown): void {
  checkMethods(fn, "StreamReader", reader, ["read", "atEof"]);
}
