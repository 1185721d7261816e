import type { CoroutineGenerator } from "../../core/coroutine.ts";
import type { Format } from "./format.ts";
import type { RawFile } from "./raw-file.ts";

/** What nobody asks for at once: a buffer of that size is not made beforehand. */
const LARGE = 8 * 1024 * 1024;

/** Reads bytes or characters. What was read for somebody who was cancelled meanwhile stays in the buffer. */
export class Reader<D extends string | Uint8Array> {
  readonly #raw: RawFile;
  readonly #format: Format<D>;

  constructor(raw: RawFile, format: Format<D>) {
    this.#raw = raw;
    this.#format = format;
  }

  /** So much, if it is in the buffer. */
  readNow(size: number): D | undefined {
    const { buffer } = this.#raw;
    if (size > buffer.length) return undefined;
    const scan = { offset: 0, left: size };
    this.#format.scan(buffer.bytes, scan, false);
    return scan.left === 0 ? this.#take(scan.offset) : undefined;
  }

  /** A line, if it is in the buffer. */
  lineNow(): D | undefined {
    const end = this.#format.lineEnd(this.#raw.buffer.bytes, 0);
    return end < 0 ? undefined : this.#take(end);
  }

  *read(size: number): CoroutineGenerator<D> {
    const { buffer } = this.#raw;
    const scan = { offset: 0, left: size };
    for (let ended = false; ; ) {
      this.#format.scan(buffer.bytes, scan, ended);
      if (scan.left === 0 || ended) return this.#take(scan.offset);
      ended = (yield* this.#fill(scan.left)) === 0;
    }
  }

  *readAll(): CoroutineGenerator<D> {
    const position = yield* this.#raw.tell();
    const { size } = yield* this.#raw.stat();
    // One byte more, so that the end of the file is seen without new memory.
    let wanted = Math.max(size - position, 0) + 1;
    while ((yield* this.#raw.fill(wanted)) > 0) wanted = 1;
    return this.#take(this.#raw.buffer.length);
  }

  *line(): CoroutineGenerator<D> {
    const { buffer } = this.#raw;
    for (let searched = 0; ; ) {
      const end = this.#format.lineEnd(buffer.bytes, searched);
      if (end >= 0) return this.#take(end);
      searched = buffer.length;
      if ((yield* this.#fill(1)) === 0) return this.#take(buffer.length);
    }
  }

  /** A line, or its beginning of so many bytes or characters. */
  *lineUpTo(limit: number): CoroutineGenerator<D> {
    const { buffer } = this.#raw;
    const scan = { offset: 0, left: limit };
    for (let ended = false; ; ) {
      this.#format.scan(buffer.bytes, scan, ended);
      const end = this.#format.lineEnd(buffer.bytes.subarray(0, scan.offset), 0);
      if (end >= 0) return this.#take(end);
      if (scan.left === 0 || ended) return this.#take(scan.offset);
      ended = (yield* this.#fill(scan.left)) === 0;
    }
  }

  *lines(hint: number): CoroutineGenerator<D[]> {
    const lines: D[] = [];
    for (let left = hint; left > 0; ) {
      const line = yield* this.line();
      if (line.length === 0) break;
      lines.push(line);
      left -= this.#format.count(line);
    }
    return lines;
  }

  /** Fills memory; gives how much of it. */
  *into(target: Uint8Array): CoroutineGenerator<number> {
    const { buffer } = this.#raw;
    while (buffer.length < target.byteLength) {
      if ((yield* this.#fill(target.byteLength - buffer.length)) === 0) break;
    }
    const bytes = buffer.bytes.subarray(0, target.byteLength);
    target.set(bytes);
    buffer.skip(bytes.length);
    return bytes.length;
  }

  #fill(wanted: number): CoroutineGenerator<number> {
    return this.#raw.fill(Math.min(wanted, LARGE));
  }

  #take(length: number): D {
    return this.#format.take(this.#raw.buffer, length, this.#raw.place);
  }
}
