import type { Writable } from "node:stream";
import { getEventLoop } from "../../core/current-loop.ts";
import { Closing, FlowControl, type StreamProtocol } from "../../core/flow-control.ts";
import type { EventLoop } from "../../core/loop.ts";
import { BaseProtocol } from "../../core/protocols.ts";
import { StreamWriter } from "../../core/stream-writer.ts";
import { WritePipeTransport } from "../pipes/write-pipe-transport.ts";
import { asWritable, type WebWritable } from "./streams-of-node.ts";

/** The protocol of a writer without a reader. */
class WriterProtocol extends BaseProtocol implements StreamProtocol {
  /** @internal */
  readonly _flow: FlowControl;
  /** @internal */
  readonly _serverSide = false;
  readonly #closing: Closing;

  constructor(loop: EventLoop) {
    super();
    this._flow = new FlowControl(loop);
    this.#closing = new Closing(loop);
  }

  override connectionLost(error: unknown): void {
    this.#closing.end(error);
    this._flow.connectionLost(error);
  }

  override pauseWriting(): void {
    this._flow.pause();
  }

  override resumeWriting(): void {
    this._flow.resume();
  }

  /** @internal */
  _closingOf(): Closing {
    return this.#closing;
  }
}

/**
 * Makes a StreamWriter of a Writable of Node or a WritableStream of the web. `drain()` waits while more than 64 KiB wait to
 * be written, `close()` ends the target once everything is, and `waitClosed()` waits for that.
 *
 * What the target fails with, `waitClosed()` and a `drain()` that waits fail with; a later `drain()` fails with a
 * ConnectionResetError, as that of every connection that is lost.
 *
 * @throws TypeError for something else, or a stream of the web that is locked.
 * @example
 * ```ts
 * import { PassThrough } from "node:stream";
 * import { run } from "asyncio-ts";
 * import { streamWriterTo } from "asyncio-ts/interop";
 *
 * await run(async () => {
 *   const target = new PassThrough();
 *   {
 *     await using writer = streamWriterTo(target);
 *     writer.write("hello");
 *     await writer.drain();
 *   }
 *   console.log(String(target.read()), target.writableFinished); // hello true
 * });
 * ```
 */
export function streamWriterTo(target: Writable | WebWritable): StreamWriter {
  const loop = getEventLoop();
  const stream = asWritable("streamWriterTo", target);
  const protocol = new WriterProtocol(loop);
  return new StreamWriter(new WritePipeTransport(loop, stream, protocol), protocol, null, loop);
}
