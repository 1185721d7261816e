import { fstat, ftruncate, read, type Stats, write } from "node:fs";
import type { CoroutineGenerator } from "../../core/coroutine.ts";
import type { Descriptor } from "./descriptor.ts";
import { FileBuffer } from "./file-buffer.ts";
import { type Done, fsCall } from "./fs-call.ts";
import type { ParsedMode } from "./mode.ts";

/** How much is read at once, usually and at most, in bytes. A cancellation has to wait for it. */
const USUAL = 64 * 1024;
const LARGEST = 8 * 1024 * 1024;

/** What an open file is made of. */
export interface OpenedFile {
  readonly descriptor: Descriptor;
  readonly name: string | number;
  readonly mode: ParsedMode;
  /** Where it begins; null for a pipe or terminal, which has no places. */
  readonly position: number | null;
}

/**
 * The bytes of a file, and where one is in it. Places are kept here and not by the system, which offers no `lseek()` on
 * Node. One operation at a time.
 */
export class RawFile {
  readonly buffer: FileBuffer = new FileBuffer();
  readonly descriptor: Descriptor;
  readonly mode: ParsedMode;
  readonly seekable: boolean;
  /** What the file begins with, and nobody is to see. */
  readonly #preamble: Buffer | null;
  /** Where the next read begins. Where one is, is before what is buffered. */
  #position: number;
  /** Something was appended, and nobody has asked yet where that was. */
  #atEnd = false;

  constructor(opened: OpenedFile, preamble: Buffer | null) {
    this.descriptor = opened.descriptor;
    this.mode = opened.mode;
    this.seekable = opened.position !== null;
    this.#position = opened.position ?? 0;
    this.#preamble = preamble;
  }

  /** Where one is, as far as that is known without {@link tell}. */
  get place(): number {
    return this.#position - this.buffer.length;
  }

  *tell(): CoroutineGenerator<number> {
    if (this.#atEnd && this.seekable) {
      this.#position = (yield* this.stat()).size;
      this.#atEnd = false;
    }
    return this.place;
  }

  moveTo(position: number): void {
    this.buffer.clear();
    this.#atEnd = false;
    this.#position = position;
  }

  stat(): CoroutineGenerator<Stats> {
    return fsCall<Stats>((done) => fstat(this.descriptor.fd, done));
  }

  /** Reads more into the buffer, and has room for `wanted` bytes; gives how many came, 0 at the end of the file. */
  *fill(wanted: number): CoroutineGenerator<number> {
    yield* this.tell();
    const target = this.buffer.reserve(Math.max(wanted, USUAL / 2), USUAL);
    const length = Math.min(target.length, LARGEST);
    return yield* fsCall<number>((done) => {
      read(this.descriptor.fd, target, 0, length, this.seekable ? this.#position : null, (error, n) => {
        if (error === null) this.#filled(n);
        done(error, n);
      });
    });
  }

  #filled(n: number): void {
    const atBeginning = this.seekable && this.#position === 0;
    this.#position += n;
    this.buffer.added(n);
    const preamble = this.#preamble;
    if (preamble === null || !atBeginning) return;
    if (this.buffer.bytes.subarray(0, preamble.length).equals(preamble)) this.buffer.skip(preamble.length);
  }

  *write(bytes: Uint8Array): CoroutineGenerator<void> {
    if (bytes.byteLength === 0) return;
    this.#dropBuffer();
    const preamble = yield* this.#missingPreamble();
    const all = preamble === null ? bytes : Buffer.concat([preamble, bytes]);
    yield* fsCall((done) => this.#writeFrom(all, 0, done));
  }

  /** Goes on until all is written: no cancellation leaves a part. */
  #writeFrom(bytes: Uint8Array, offset: number, done: Done<void>): void {
    const { append } = this.mode;
    const position = append || !this.seekable ? null : this.#position;
    write(this.descriptor.fd, bytes, offset, bytes.byteLength - offset, position, (error, n) => {
      if (append) this.#atEnd = true;
      else if (error === null) this.#position += n;
      if (error !== null || offset + n >= bytes.byteLength) done(error);
      else this.#writeFrom(bytes, offset + n, done);
    });
  }

  *#missingPreamble(): CoroutineGenerator<Buffer | null> {
    if (this.#preamble === null || !this.seekable) return null;
    return (yield* this.tell()) === 0 ? this.#preamble : null;
  }

  *truncate(size: number | null): CoroutineGenerator<number> {
    const length = size ?? (yield* this.tell());
    this.#dropBuffer();
    yield* fsCall((done) => ftruncate(this.descriptor.fd, length, done));
    return length;
  }

  #dropBuffer(): void {
    this.#position = this.place;
    this.buffer.clear();
  }
}
