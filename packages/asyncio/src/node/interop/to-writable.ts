import { Writable } from "node:stream";
import { WritableStream, type WritableStreamDefaultController } from "node:stream/web";
import { getEventLoop } from "../../core/current-loop.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { StreamWriter } from "../../core/stream-writer.ts";
import { callInLoop, destroyWith } from "./loop-call.ts";
import { checkMethods } from "./streams-of-node.ts";

/**
 * Makes a Writable of Node of a StreamWriter. A write is done when there is room for the next.
 *
 * Ending it ends the sending side of the connection, or closes it where that is not possible; reading from it goes on.
 * Destroying it before its end cuts the connection. That the connection is lost destroys it.
 *
 * @throws TypeError when `writer` is none.
 * @example
 * ```ts
 * import { PassThrough, Readable } from "node:stream";
 * import { pipeline } from "node:stream/promises";
 * import { run } from "asyncio-ts";
 * import { streamWriterTo, toWritable } from "asyncio-ts/interop";
 *
 * await run(async () => {
 *   const target = new PassThrough();
 *   const writer = streamWriterTo(target);
 *   await pipeline(Readable.from(["hel", "lo"]), toWritable(writer));
 *   await writer.waitClosed();
 *   console.log(String(target.read())); // hello
 * });
 * ```
 */
export function toWritable(writer: StreamWriter): Writable {
  checkWriter("toWritable", writer);
  const sink = new Sink(writer, getEventLoop());
  const writable = new Writable({
    decodeStrings: true,
    write: (data: Uint8Array, _encoding, callback) => sink.write([data], callback),
    writev: (list, callback) =>
      sink.write(
        list.map(({ chunk }) => chunk as Uint8Array),
        callback,
      ),
    final: (callback) => sink.end(callback),
    destroy: (error, callback) => {
      sink.stop();
      callback(error);
    },
  });
  sink.watch((error) => destroyWith(writable, error));
  return writable;
}

/** As {@link toWritable}, a WritableStream of the web, which takes bytes and strings. Aborting it is what destroying is there. */
export function toWritableStream(writer: StreamWriter): WritableStream<Uint8Array | string> {
  checkWriter("toWritableStream", writer);
  const sink = new Sink(writer, getEventLoop());
  return new WritableStream<Uint8Array | string>({
    start: (controller: WritableStreamDefaultController) => {
      sink.watch((error) => controller.error(error ?? new Error("the connection was closed")));
    },
    write: (data) => promised((done) => sink.write([data], done)),
    close: () => promised((done) => sink.end(done)),
    abort: () => sink.stop(),
  });
}

type Done = (error: Error | null) => void;

function promised(start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error === null ? resolve() : reject(error))));
}

/** Writes to a writer, one piece after the other. */
class Sink {
  readonly #writer: StreamWriter;
  readonly #loop: EventLoop;
  #cancelWrite: () => void = () => {};
  #unwatch: () => void = () => {};
  /** Called with how the connection has ended. */
  #lost: Done = () => {};
  #ended = false;

  constructor(writer: StreamWriter, loop: EventLoop) {
    this.#writer = writer;
    this.#loop = loop;
  }

  /** Calls `lost` when the connection ends before {@link end}. */
  watch(lost: Done): void {
    this.#lost = lost;
    this.#unwatch = callInLoop(this.#loop, this.#writer.waitClosed(), (error) => this.#lost(error));
  }

  write(list: readonly (Uint8Array | string)[], written: Done): void {
    try {
      this.#writer.writelines(list);
      this.#cancelWrite = callInLoop(this.#loop, this.#writer.drain(), written);
    } catch (error) {
      written(error as Error);
    }
  }

  /** No more will be written. Where that closes the connection, it is over when everything is sent. */
  end(done: Done): void {
    this.#ended = true;
    if (this.#writer.canWriteEof()) this.#writer.writeEof();
    else this.#writer.close();
    if (this.#writer.isClosing()) {
      this.#lost = done;
      return;
    }
    this.stop();
    done(null);
  }

  /** Whatever is not sent yet is lost, unless everything was written. */
  stop(): void {
    this.#lost = () => {};
    this.#unwatch();
    this.#cancelWrite();
    if (!this.#ended) this.#writer.transport.abort();
    this.#ended = true;
  }
}

function checkWriter(fn: string, writer: unknown): void {
  checkMethods(fn, "StreamWriter", writer, ["write", "drain", "writeEof"]);
}
