import { bytes } from "#host";
import { joined } from "./byte-buffer.ts";
import type { Suspension } from "./coroutine.ts";
import { IncompleteReadError, LimitOverrunError, ValueError } from "./errors.ts";
import { Operation } from "./operation.ts";
import { NEWLINE, type Separator } from "./separator.ts";
import type { StreamReader } from "./stream-reader.ts";

/** Reads from a stream; does not suspend when what it wants is there. */
abstract class Read extends Operation<Uint8Array> {
  protected readonly reader: StreamReader;

  constructor(reader: StreamReader) {
    super();
    this.reader = reader;
  }

  /** Whether there is too little, and more can come. */
  protected abstract mustWait(): boolean;

  protected _begin(): Suspension | null {
    this.reader._throwIfFailed();
    return this.mustWait() ? this.reader._waitForData(this.verb) : null;
  }

  protected override _again(): Suspension | null {
    this.reader._waiter = null;
    return this.mustWait() ? this.reader._waitForData(this.verb) : null;
  }

  protected override _undo(): void {
    this.reader._waiter = null;
  }

  override get name(): string {
    return `StreamReader.${this.verb}`;
  }

  protected abstract readonly verb: string;
}

/** What is there, at least one byte. */
export class ReadSome extends Read {
  readonly #most: number;

  constructor(reader: StreamReader, most: number) {
    super(reader);
    this.#most = most;
  }

  protected get verb(): string {
    return "read";
  }

  protected mustWait(): boolean {
    return this.#most > 0 && this.reader._buffer.length === 0 && !this.reader._eof;
  }

  /** Once is enough: as in asyncio, who is woken and finds that another has read everything gets nothing. */
  protected override _again(): null {
    this.reader._waiter = null;
    return null;
  }

  protected _finish(): Uint8Array {
    if (this.#most === 0) return bytes.allocate(0);
    const data = this.reader._buffer.take(this.#most);
    this.reader._resumeIfRoom();
    return data;
  }
}

/** Everything up to the end, in blocks of the reader's limit: a larger buffer would pause the transport. */
export class ReadAll extends Read {
  readonly #blocks: Uint8Array[] = [];

  protected get verb(): string {
    return "read";
  }

  protected mustWait(): boolean {
    while (this.reader._buffer.length > 0) {
      this.#takeBlock();
      this.reader._throwIfFailed();
    }
    return !this.reader._eof;
  }

  protected override _again(): Suspension | null {
    this.reader._waiter = null;
    if (this.reader._buffer.length === 0) return null;
    this.#takeBlock();
    return this._begin();
  }

  protected _finish(): Uint8Array {
    this.reader._resumeIfRoom();
    return joined(this.#blocks);
  }

  #takeBlock(): void {
    this.#blocks.push(this.reader._buffer.take(this.reader._limit));
    this.reader._resumeIfRoom();
  }
}

export class ReadExactly extends Read {
  readonly #count: number;

  constructor(reader: StreamReader, count: number) {
    super(reader);
    this.#count = count;
  }

  protected get verb(): string {
    return "readexactly";
  }

  protected mustWait(): boolean {
    return this.reader._buffer.length < this.#count && !this.reader._eof;
  }

  protected _finish(): Uint8Array {
    const buffer = this.reader._buffer;
    if (this.#count === 0) return bytes.allocate(0);
    if (buffer.length < this.#count) throw new IncompleteReadError(buffer.take(buffer.length), this.#count);
    const data = buffer.take(this.#count);
    this.reader._resumeIfRoom();
    return data;
  }
}

export class ReadUntil extends Read {
  readonly #separators: readonly Separator[];
  /** What lies before this holds no separator; the search goes on here. */
  #offset = 0;
  #matchStart = -1;
  #matchEnd = -1;
  #overrun = false;

  constructor(reader: StreamReader, separators: readonly Separator[]) {
    super(reader);
    this.#separators = separators;
  }

  protected get verb(): string {
    return "readuntil";
  }

  protected mustWait(): boolean {
    const { length } = this.reader._buffer;
    if (length - this.#offset >= (this.#separators[0] as Separator).length) {
      if (this.#search()) return false;
      this.#offset = Math.max(0, length + 1 - (this.#separators.at(-1) as Separator).length);
      this.#overrun = this.#offset > this.reader._limit;
    }
    return !this.#overrun && !this.reader._eof;
  }

  protected _finish(): Uint8Array {
    const { reader } = this;
    const buffer = reader._buffer;
    if (this.#overrun) {
      throw new LimitOverrunError("Separator is not found, and chunk exceed the limit", this.#offset);
    }
    if (this.#matchEnd < 0) throw new IncompleteReadError(buffer.take(buffer.length), null);
    if (this.#matchStart > reader._limit) {
      throw new LimitOverrunError("Separator is found, but chunk is longer than limit", this.#matchStart);
    }
    const data = buffer.take(this.#matchEnd);
    reader._resumeIfRoom();
    return data;
  }

  /** Finds the match that ends first. */
  #search(): boolean {
    for (const { needle, length } of this.#separators) {
      const start = this.reader._buffer.indexOf(needle, this.#offset);
      if (start < 0 || (this.#matchEnd >= 0 && start + length >= this.#matchEnd)) continue;
      this.#matchStart = start;
      this.#matchEnd = start + length;
    }
    return this.#matchEnd >= 0;
  }
}

export class ReadLine extends ReadUntil {
  constructor(reader: StreamReader) {
    super(reader, NEWLINE);
  }

  override get name(): string {
    return "StreamReader.readline";
  }

  protected override _finish(): Uint8Array {
    try {
      return super._finish();
    } catch (error) {
      if (error instanceof IncompleteReadError) return error.partial;
      if (!(error instanceof LimitOverrunError)) throw error;
      this.#dropLine(error.consumed);
      throw new ValueError(error.message);
    }
  }

  /** Drops the line that is too long if its end is there, else everything. */
  #dropLine(length: number): void {
    const buffer = this.reader._buffer;
    if (buffer.indexOf(10, length) === length) buffer.drop(length + 1);
    else buffer.clear();
    this.reader._resumeIfRoom();
  }
}
