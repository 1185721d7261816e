export { type CallbackAbort, fromCallback, type NodeCallback } from "./from-callback.ts";
export type { EmitterLike } from "./listen.ts";
export { type EventIterator, type OnOptions, on } from "./on.ts";
export { once } from "./once.ts";
export { SourceReader, streamReaderFrom } from "./source-reader.ts";
export { streamWriterTo } from "./stream-writer-to.ts";
export type { WebReadable, WebWritable } from "./streams-of-node.ts";
export { toReadable, toReadableStream } from "./to-readable.ts";
export { toWritable, toWritableStream } from "./to-writable.ts";
