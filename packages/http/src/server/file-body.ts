import { createReadStream, type ReadStream } from "node:fs";

/** Which bytes of a file. */
export interface FilePart {
  readonly path: string;
  readonly start: number;
  readonly length: number;
}

/**
 * A part of a file as the body of an answer. It is opened when it is first asked for, so that an answer which nobody takes
 * costs nothing, read as fast as it is taken, and closed when nobody wants the rest.
 */
export function fileBody(part: FilePart): ReadableStream<Uint8Array> {
  let file: ReadStream | undefined;
  let pieces: NodeJS.AsyncIterator<Uint8Array> | undefined;
  let left = part.length;
  return new ReadableStream<Uint8Array>(
    {
      async pull(to) {
        file ??= createReadStream(part.path, { start: part.start, end: part.start + part.length - 1 });
        pieces ??= file[Symbol.asyncIterator]() as NodeJS.AsyncIterator<Uint8Array>;
        const { done, value } = await pieces.next();
        // Its length has been told to the client already.
        if (done) throw new Error(`${part.path} has become shorter while it was sent: ${left} bytes are missing`);
        to.enqueue(value);
        left -= value.length;
        if (left > 0) return;
        await pieces.return?.();
        to.close();
      },
      async cancel() {
        file?.destroy();
        await pieces?.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
