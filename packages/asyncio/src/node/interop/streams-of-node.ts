import { Readable, Writable } from "node:stream";
import type { ReadableStream, WritableStream } from "node:stream/web";
import { describeValue } from "../../core/describe.ts";

/** A readable stream of the web, whosever type it has. */
export interface WebReadable {
  readonly locked: boolean;
  getReader(): object;
}

/** A writable stream of the web, whosever type it has. */
export interface WebWritable {
  readonly locked: boolean;
  getWriter(): object;
}

/** @throws TypeError for something else; also for a stream of the web that somebody else is reading. */
export function asReadable(fn: string, source: unknown): Readable {
  if (hasMethods(source, ["on", "pause", "resume", "destroy"])) return source as unknown as Readable;
  if (!hasMethods(source, ["getReader"])) {
    throw new TypeError(
      `${fn}() needs a Readable of Node or a ReadableStream of the web, got ${describeValue(source)}`,
    );
  }
  checkLock(fn, source);
  return Readable.fromWeb(source as unknown as ReadableStream);
}

/** @throws TypeError for something else; also for a stream of the web that somebody else is writing to. */
export function asWritable(fn: string, target: unknown): Writable {
  if (hasMethods(target, ["on", "write", "end", "destroy"])) return target as unknown as Writable;
  if (!hasMethods(target, ["getWriter"])) {
    throw new TypeError(
      `${fn}() needs a Writable of Node or a WritableStream of the web, got ${describeValue(target)}`,
    );
  }
  checkLock(fn, target);
  return Writable.fromWeb(target as unknown as WritableStream);
}

function checkLock(fn: string, stream: object): void {
  if ((stream as { readonly locked?: boolean }).locked) throw new TypeError(`${fn}(): the stream is locked by another`);
}

/** @throws TypeError unless `value` has the methods of a `what`. */
export function checkMethods(fn: string, what: string, value: unknown, names: readonly string[]): void {
  if (!hasMethods(value, names)) throw new TypeError(`${fn}() needs a ${what}, got ${describeValue(value)}`);
}

function hasMethods(value: unknown, names: readonly string[]): value is object {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === "function");
}
