import type { FileBuffer } from "./file-buffer.ts";

/** How far a piece of a file goes that is being looked for. */
export interface Scan {
  /** The bytes so far. */
  offset: number;
  /** How many units (bytes, characters) are still wanted. */
  left: number;
}

/** What the bytes of a file stand for: bytes, or text in some encoding. */
export interface Format<D> {
  /** What such a file begins with, and nobody is to see: a byte order mark. */
  readonly preamble: Buffer | null;
  /** Where the line that begins at 0 ends, behind its newline; -1 when that is not to be seen from `from` on. */
  lineEnd(bytes: Buffer, from: number): number;
  /** Goes on with the search; `ended` when no more bytes are to come. */
  scan(bytes: Buffer, scan: Scan, ended: boolean): void;
  /** Takes so many bytes out of the buffer; they begin at `position` in the file. */
  take(buffer: FileBuffer, length: number, position: number): D;
  encode(data: D): Uint8Array;
  /** How many units `data` has. */
  count(data: D): number;
  /** @throws TypeError unless `data` can be written to such a file. */
  check(data: unknown): void;
  join(list: readonly D[]): D;
}

const NEWLINE = 10;

/** Bytes as they are. */
export const bytesFormat: Format<Uint8Array> = {
  preamble: null,
  lineEnd: (bytes, from) => bytes.indexOf(NEWLINE, from) + 1 || -1,
  scan(bytes, scan) {
    const step = Math.min(scan.left, bytes.length - scan.offset);
    scan.offset += step;
    scan.left -= step;
  },
  take: (buffer, length) => buffer.take(length),
  encode: (data) => data,
  count: (data) => data.byteLength,
  check(data) {
    if (data instanceof Uint8Array) return;
    const type = typeof data === "string" ? "str" : typeof data;
    throw new TypeError(`a bytes-like object (Uint8Array) is required, not '${type}'`);
  },
  join: (list) => Buffer.concat(list),
};
