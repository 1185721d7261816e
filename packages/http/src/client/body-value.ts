import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { BinaryFile, TextFile } from "asyncio-ts/files";
import { BlobBody, FileBody, FileHandleBody, FunctionBody, StreamBody } from "./bodies.ts";
import { type ChunkStream, isChunkStream } from "./stream-sources.ts";
import { type Body, StreamedBody } from "./streamed-body.ts";
import { toBytes } from "./upload.ts";

/** What a body can be got from, and also a file of a form. */
export type BodyValue =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | BinaryFile
  | TextFile
  | FileHandle
  | StreamedBody
  | ChunkStream
  | (() => ChunkStream);

/** A body and what it says of itself. */
export interface Payload {
  readonly body: Body;
  readonly contentType: string;
  /** What the file is called, when it is one. */
  readonly filename?: string | undefined;
}

export const TEXT = "text/plain; charset=utf-8";
export const BYTES = "application/octet-stream";

/** The body that a value stands for; null when it stands for none. */
export function payloadOf(value: unknown): Payload | null {
  if (typeof value === "string") return { body: Buffer.from(value), contentType: TEXT };
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return { body: toBytes(value), contentType: BYTES };
  if (typeof value === "function") return { body: new FunctionBody(value as () => ChunkStream), contentType: BYTES };
  if (value instanceof Blob) return ofBlob(value);
  if (value instanceof StreamedBody) return { body: value, contentType: BYTES };
  if (value instanceof BinaryFile) return ofFile(value, BYTES);
  if (value instanceof TextFile) return ofFile(value, TEXT);
  if (isFileHandle(value)) return { body: new FileHandleBody(value), contentType: BYTES };
  if (isChunkStream(value)) return { body: new StreamBody(value), contentType: BYTES, filename: nameOf(value) };
  return null;
}

function ofBlob(blob: Blob): Payload {
  const filename = "name" in blob ? String(blob.name) : "blob";
  return { body: new BlobBody(blob), contentType: blob.type || BYTES, filename };
}

function ofFile(file: BinaryFile | TextFile, contentType: string): Payload {
  const filename = typeof file.name === "string" ? basename(file.name) : undefined;
  return { body: new FileBody(file), contentType, filename };
}

function isFileHandle(value: unknown): value is FileHandle {
  return typeof value === "object" && value !== null && "createReadStream" in value && "fd" in value;
}

/** What `fs.createReadStream` made knows its file. */
function nameOf(stream: ChunkStream): string | undefined {
  return "path" in stream && typeof stream.path === "string" ? basename(stream.path) : undefined;
}
