import { fsync } from "node:fs";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { getRunningLoop } from "../../core/current-loop.ts";
import { describeValue } from "../../core/describe.ts";
import { OSError, UnsupportedOperation, ValueError } from "../../core/errors.ts";
import type { Future } from "../../core/future.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { EventLoop } from "../../core/loop.ts";
import { startParked } from "../../core/park.ts";
import { closeDescriptor, dropDescriptor, unwatchForgotten, watchForgotten } from "./descriptor.ts";
import type { Format } from "./format.ts";
import { doneIn, fsCall } from "./fs-call.ts";
import { type OpenedFile, RawFile } from "./raw-file.ts";
import { Reader } from "./reader.ts";
import { ReadyOperation } from "./ready-operation.ts";
import { Turns } from "./turns.ts";

/** `seek()`: from the beginning of the file. */
export const SEEK_SET = 0;
/** `seek()`: from where one is. */
export const SEEK_CUR = 1;
/** `seek()`: from the end of the file. */
export const SEEK_END = 2;

/** From where `seek()` counts. */
export type Whence = typeof SEEK_SET | typeof SEEK_CUR | typeof SEEK_END;

/**
 * An open file, for bytes or for text. Its operations run one after the other, in the order in which they are awaited,
 * whatever tasks they come from.
 *
 * Cancelling an operation that has begun waits until the system is done with it: nothing of what was read is lost, a
 * write is a whole one, and {@link tell} is exact. One that has not begun is cancelled at once, without effect.
 */
export abstract class FileBase<D extends string | Uint8Array> implements AsyncIterable<D>, AsyncDisposable {
  /** What was opened: the path, or the file descriptor. */
  readonly name: string | number;
  /** @internal */
  readonly _reader: Reader<D>;
  readonly #raw: RawFile;
  readonly #format: Format<D>;
  readonly #turns = new Turns();
  #closing: Future<void> | null = null;

  /** @internal */
  constructor(opened: OpenedFile, format: Format<D>) {
    const { descriptor } = opened;
    this.name = opened.name;
    this.#format = format;
    this.#raw = new RawFile(opened, format.preamble);
    this._reader = new Reader(this.#raw, format);
    if (!descriptor.owned) return;
    watchForgotten(this, `unclosed file ${descriptor.label}`, () => dropDescriptor(descriptor));
  }

  /** As it was given to `openFile()`. */
  get mode(): string {
    return this.#raw.mode.text;
  }

  /** Whether {@link close} was begun. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /** The file descriptor. @throws ValueError when the file is closed. */
  fileno(): number {
    this.#checkOpen();
    return this.#raw.descriptor.fd;
  }

  readable(): boolean {
    return this.#raw.mode.readable;
  }

  writable(): boolean {
    return this.#raw.mode.writable;
  }

  /** Whether it has places to go to: pipes and terminals have none. */
  seekable(): boolean {
    return this.#raw.seekable;
  }

  /**
   * Reads `size` bytes, or characters of a text file; fewer only at the end of the file, where it gives an empty value.
   * Without a size, or with a negative one, it reads all there is.
   *
   * @throws UnsupportedOperation when the file is open for writing only; ValueError when it is closed;
   * UnicodeDecodeError.
   */
  read(size: number | null = -1): Coroutine<D> {
    const wanted = checkSize("read", size);
    return new ReadyOperation(
      this.#nameOf("read"),
      () => (this.#isReady ? this._reader.readNow(wanted) : undefined),
      () => this._reading(() => (wanted === Infinity ? this._reader.readAll() : this._reader.read(wanted))),
    );
  }

  /**
   * Reads a line with its newline; the last one may lack it, and an empty value is the end of the file. With a limit it
   * gives at most so many bytes or characters of it.
   *
   * @throws as {@link read}.
   */
  readline(limit: number | null = -1): Coroutine<D> {
    const most = checkSize("readline", limit);
    return new ReadyOperation(
      this.#nameOf("readline"),
      () => (this.#isReady && most === Infinity ? this._reader.lineNow() : undefined),
      () => this._reading(() => (most === Infinity ? this._reader.line() : this._reader.lineUpTo(most))),
    );
  }

  /** Reads all lines; with a positive `hint` no more after as many bytes or characters. @throws as {@link read}. */
  readlines(hint: number | null = -1): Coroutine<D[]> {
    const most = checkSize("readlines", hint === 0 ? -1 : hint);
    return this._operation("readlines", () => this._reading(() => this._reader.lines(most)));
  }

  /**
   * Writes, and gives how many bytes, or characters of a text file, that were. When it ends the system has them: nothing is
   * kept back. The data must not be changed before.
   *
   * @throws TypeError for the wrong type of data; UnsupportedOperation when the file is open for reading only; ValueError
   * when it is closed; OSError, with the code ENOSPC say; UnicodeEncodeError.
   */
  write(data: D): Coroutine<number> {
    this.#format.check(data);
    return this._operation("write", () => this.#writing(data));
  }

  /** Writes one after the other in one go, without adding newlines. @throws as {@link write}. */
  writelines(lines: Iterable<D>): Coroutine<void> {
    const list = [...lines];
    for (const line of list) this.#format.check(line);
    return this._operation("writelines", () => this.#writinglines(list));
  }

  /**
   * Goes to another place in the file, and gives it, counted in bytes. A text file can go to 0, to its end
   * (`seek(0, SEEK_END)`), and to what {@link tell} gave.
   *
   * @throws UnsupportedOperation when the file has no places, or a text file can't go there; ValueError or OSError for a
   * place that there is not.
   */
  seek(offset: number, whence: Whence = SEEK_SET): Coroutine<number> {
    checkInteger("seek", "offset", offset);
    if (![SEEK_SET, SEEK_CUR, SEEK_END].includes(whence)) {
      throw new ValueError(`invalid whence (${String(whence)}, should be 0, 1 or 2)`);
    }
    return this._operation("seek", () => this.#inTurn(() => this.#seek(offset, whence)));
  }

  /** Where one is, in bytes. @throws UnsupportedOperation when the file has no places. */
  tell(): Coroutine<number> {
    return this._operation("tell", () => this.#inTurn(() => this.#tell()));
  }

  /** Makes the file as long as `size`, by default up to where one is; gives its length. One stays where one is. */
  truncate(size: number | null = null): Coroutine<number> {
    if (size !== null) checkInteger("truncate", "size", size);
    return this._operation("truncate", () => this.#inTurn(() => this.#truncate(size)));
  }

  /** Waits until what was written before is with the system. */
  flush(): Coroutine<void> {
    return this._operation("flush", () => this.#inTurn(nothing));
  }

  /** Waits until what was written before is on the disk. What `os.fsync()` is. */
  sync(): Coroutine<void> {
    const { fd } = this.#raw.descriptor;
    return this._operation("sync", () => this.#inTurn(() => fsCall((done) => fsync(fd, done))));
  }

  /**
   * Closes the file, after the operations that were begun before; later ones fail. Closing again does nothing. It can't
   * be cancelled.
   */
  close(): Coroutine<void> {
    return this._operation("close", () => this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The lines, each with its newline. Leaving the loop does not close the file. */
  [Symbol.asyncIterator](): AsyncIterator<D, undefined> {
    return {
      next: async () => {
        const ready = this.#isReady ? this._reader.lineNow() : undefined;
        const line = ready ?? (await this.readline());
        return line.length === 0 ? { done: true, value: undefined } : { done: false, value: line };
      },
    };
  }

  toString(): string {
    return `<${this.constructor.name} ${this.#raw.descriptor.label}${this.closed ? " closed" : ""}>`;
  }

  /** @internal */
  _operation<T>(method: string, steps: () => CoroutineGenerator<T>): Coroutine<T> {
    return new GeneratorCoroutine(steps(), this.#nameOf(method));
  }

  /** @internal */
  *_reading<T>(work: () => CoroutineGenerator<T>): CoroutineGenerator<T> {
    this.#checkOpen();
    if (!this.readable()) throw new UnsupportedOperation("not readable");
    return yield* this.#inTurn(work);
  }

  #nameOf(method: string): string {
    return `${this.constructor.name}.${method}`;
  }

  /** Whether a reader can be served at once, from the buffer. */
  get #isReady(): boolean {
    return !this.#turns.busy && this.#closing === null && this.#raw.mode.readable;
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new ValueError("I/O operation on closed file.");
  }

  *#inTurn<T>(work: () => CoroutineGenerator<T>): CoroutineGenerator<T> {
    this.#checkOpen();
    yield* this.#turns.enter(getRunningLoop());
    try {
      return yield* work();
    } finally {
      this.#turns.leave();
    }
  }

  *#writing(data: D): CoroutineGenerator<number> {
    this.#checkOpen();
    if (!this.writable()) throw new UnsupportedOperation("not writable");
    const bytes = this.#format.encode(data);
    yield* this.#inTurn(() => this.#raw.write(bytes));
    return this.#format.count(data);
  }

  *#writinglines(list: readonly D[]): CoroutineGenerator<void> {
    yield* this.#writing(this.#format.join(list));
  }

  *#tell(): CoroutineGenerator<number> {
    this.#checkSeekable();
    return yield* this.#raw.tell();
  }

  *#seek(offset: number, whence: Whence): CoroutineGenerator<number> {
    this.#checkSeekable();
    this._checkSeek(offset, whence);
    const position = offset + (yield* this.#base(whence));
    if (position < 0) throw invalid("lseek");
    this.#raw.moveTo(position);
    return position;
  }

  *#base(whence: Whence): CoroutineGenerator<number> {
    if (whence === SEEK_SET) return 0;
    return whence === SEEK_CUR ? yield* this.#raw.tell() : (yield* this.#raw.stat()).size;
  }

  /** Where a text file can't go. @internal */
  _checkSeek(_offset: number, _whence: Whence): void {}

  *#truncate(size: number | null): CoroutineGenerator<number> {
    if (!this.writable()) throw new UnsupportedOperation("truncate");
    if (size !== null && size < 0) throw invalid("ftruncate");
    if (size === null) this.#checkSeekable();
    return yield* this.#raw.truncate(size);
  }

  #checkSeekable(): void {
    if (!this.seekable()) throw new UnsupportedOperation("underlying stream is not seekable");
  }

  *#close(): CoroutineGenerator<void> {
    if (this.#closing?.done()) return;
    this.#closing ??= this.#beginClose(getRunningLoop());
    yield* this.#closing;
  }

  /** Takes its turn by itself: who asked for it may be gone by then. */
  #beginClose(loop: EventLoop): Future<void> {
    unwatchForgotten(this);
    return startParked<void>(loop, (wait) => {
      const done = doneIn(loop, wait);
      this.#turns.enterLast(loop, () => {
        loop._outside(() => closeDescriptor(this.#raw.descriptor, (error) => done(error)));
      });
      return () => "wait";
    });
  }
}

function* nothing(): CoroutineGenerator<void> {}

function invalid(syscall: string): OSError {
  return new OSError(`EINVAL: invalid argument, ${syscall}`, { code: "EINVAL", syscall });
}

function checkInteger(method: string, name: string, value: unknown): void {
  if (Number.isInteger(value)) return;
  throw new TypeError(`${method}(): ${name} must be an integer, got ${describeValue(value)}`);
}

/** How much is wanted: everything when it is negative or null. */
function checkSize(method: string, size: number | null): number {
  if (size === null) return Infinity;
  checkInteger(method, "size", size);
  return size < 0 ? Infinity : size;
}
