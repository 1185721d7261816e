import { asyncGenerator, type Coroutine, type CoroutineGenerator, type Emit } from "asyncio-ts";
import { type ChunkSource, Upload } from "./upload.ts";

/** A body that is sent piece by piece. Extend it for one that knows more than an async iterable does. */
export abstract class StreamedBody {
  /** How many bytes; null when nobody knows, then it is sent in chunks. */
  abstract readonly size: number | null;
  /** Whether it can be sent once more: for a redirect, or another try. */
  abstract readonly replayable: boolean;

  /**
   * The pieces, from the first.
   *
   * @throws RuntimeError when it is not replayable, and was sent before.
   */
  abstract source(): ChunkSource;

  /** What has to be found out before it is sent, if that takes a wait: the size of a file. */
  prepare(): Coroutine<void> | null {
    return null;
  }

  /** Closes what can be sent but once, and will never be; null when there is nothing to close. @internal */
  _discard(): CoroutineGenerator<void> | null {
    return null;
  }

  /** Begins to send it. @internal */
  _open(): Upload {
    return new Upload(this);
  }
}

/** What can be sent. */
export type Body = Uint8Array | StreamedBody;

export function sizeOf(body: Body): number | null {
  return body instanceof Uint8Array ? body.length : body.size;
}

export function isReplayable(body: Body): boolean {
  return body instanceof Uint8Array || body.replayable;
}

export function discardBody(body: Body | null): CoroutineGenerator<void> | null {
  return body instanceof StreamedBody ? body._discard() : null;
}

export function prepareBody(body: Body): Coroutine<void> | null {
  return body instanceof Uint8Array ? null : body.prepare();
}

/** The pieces of a body, as of any other when it is all in memory. */
export function sourceOfBody(body: Body): ChunkSource {
  return body instanceof Uint8Array ? onePiece(body) : body.source();
}

const onePiece = asyncGenerator(function* (emit: Emit<Uint8Array>, bytes: Uint8Array) {
  yield* emit(bytes);
});
