import { ByteBuffer } from "./byte-buffer.ts";
import type { Coroutine } from "./coroutine.ts";
import { getEventLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { RuntimeError, ValueError } from "./errors.ts";
import type { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { separatorsOf } from "./separator.ts";
import { ReadAll, ReadExactly, ReadLine, ReadSome, ReadUntil } from "./stream-reads.ts";
import type { ReadTransport } from "./transports.ts";

/** The limit of a {@link StreamReader}, in bytes, unless another is asked for. */
const DEFAULT_LIMIT = 65536;

/** For `new StreamReader()`. */
export interface StreamReaderOptions {
  /** How long a line may be, in bytes; by default 65,536. Twice as much is buffered before the transport is paused. */
  readonly limit?: number | undefined;
  /** By default the running loop. */
  readonly loop?: EventLoop | undefined;
}

/**
 * The reading end of a stream of bytes: of a connection, a pipe, or of whatever calls {@link feedData}.
 *
 * What is read is on Node a `Buffer`. One task at a time can read. `for await (const line of reader)` reads lines to the
 * end. A read that is cancelled takes nothing out of the stream (but for `read()` to the end, which loses what it had).
 *
 * @example
 * ```ts
 * import { run, StreamReader } from "asyncio-ts";
 *
 * await run(async () => {
 *   const reader = new StreamReader();
 *   reader.feedData(new TextEncoder().encode("GET /\r\nHost: here\r\n"));
 *   reader.feedEof();
 *   for await (const line of reader) console.log(new TextDecoder().decode(line).trim()); // GET /, Host: here
 * });
 * ```
 */
export class StreamReader implements AsyncIterable<Uint8Array> {
  readonly #loop: EventLoop;
  #transport: ReadTransport | null = null;
  #paused = false;
  #exception: unknown = null;
  /** Nothing can come any more: the connection has ended with the exception. */
  #lost = false;
  /** @internal */
  readonly _limit: number;
  /** @internal */
  readonly _buffer: ByteBuffer = new ByteBuffer();
  /** @internal */
  _eof = false;
  /** What the reading task waits for. @internal */
  _waiter: Future<void> | null = null;

  /** @throws TypeError or ValueError unless `limit` is a number above 0; RuntimeError when there is no loop. */
  constructor(options: StreamReaderOptions = {}) {
    this._limit = checkLimit("StreamReader", options.limit);
    this.#loop = options.loop ?? getEventLoop();
  }

  /**
   * Reads what is there, at least one byte and at most `n`, waiting for it if need be; nothing at the end of the stream.
   * Without `n`, or with -1, reads to the end.
   *
   * @throws TypeError for an `n` that is no whole number. From the wait: what the connection failed with; RuntimeError when
   * another task is reading.
   */
  read(n = -1): Coroutine<Uint8Array> {
    checkCount("read", n);
    return n < 0 ? new ReadAll(this) : new ReadSome(this, n);
  }

  /**
   * Reads a line, with its `\n`. At the end of the stream the last line may lack it, and after that comes nothing, an
   * empty array.
   *
   * @throws from the wait: ValueError when the line is longer than the limit, which drops it, or as much of it as has come;
   * what the connection failed with; RuntimeError when another task is reading.
   */
  readline(): Coroutine<Uint8Array> {
    return new ReadLine(this);
  }

  /**
   * Reads `n` bytes.
   *
   * @throws TypeError for an `n` that is no whole number, ValueError for a negative one. From the wait: IncompleteReadError
   * when the stream ends before, with what came; what the connection failed with; RuntimeError when another task is reading.
   */
  readexactly(n: number): Coroutine<Uint8Array> {
    checkCount("readexactly", n);
    if (n < 0) throw new ValueError("readexactly size can not be less than zero");
    return new ReadExactly(this, n);
  }

  /**
   * Reads up to a separator, which is part of the result. Of several the one counts that ends first.
   *
   * @throws TypeError, ValueError for an empty separator. From the wait: IncompleteReadError when the stream ends before,
   * with what came; LimitOverrunError when what comes before the separator is longer than the limit, and then nothing is
   * taken out; what the connection failed with; RuntimeError when another task is reading.
   */
  readuntil(separator: string | Uint8Array | readonly (string | Uint8Array)[] = "\n"): Coroutine<Uint8Array> {
    return new ReadUntil(this, separatorsOf(separator));
  }

  /** Whether everything was read, and nothing more will come. */
  atEof(): boolean {
    return this._eof && this._buffer.length === 0;
  }

  /** What the connection failed with; null if it has not. */
  exception(): unknown {
    return this.#exception;
  }

  /** Fails the read that waits, and all that follow. @throws TypeError when `error` is none. */
  setException(error: unknown): void {
    if (error === undefined || error === null) {
      throw new TypeError(`setException() needs an error, got ${describeValue(error)}`);
    }
    this.#exception = error;
    const waiter = this.#takeWaiter();
    if (waiter !== null) waiter.setException(error);
  }

  /** Says where the data comes from: a transport that is to be paused when too much has come. @throws RuntimeError, once it is said. */
  setTransport(transport: ReadTransport): void {
    if (this.#transport !== null) throw new RuntimeError("Transport already set");
    this.#transport = transport;
  }

  /**
   * Adds what has come to the end of the stream. The array now belongs to the reader: unlike asyncio's, it makes no copy.
   *
   * @throws TypeError when it is no Uint8Array; RuntimeError after {@link feedEof}.
   */
  feedData(data: Uint8Array): void {
    if (!(data instanceof Uint8Array)) {
      throw new TypeError(`feedData() needs a Uint8Array, got ${describeValue(data)}`);
    }
    if (this._eof) throw new RuntimeError("feedData() after feedEof()");
    if (data.length === 0) return;
    this._buffer.append(data);
    this.#takeWaiter()?.setResult();
    this.#pauseIfFull();
  }

  /** Nothing more will come. */
  feedEof(): void {
    this._eof = true;
    this.#takeWaiter()?.setResult();
  }

  /** Reads line by line, to the end. Leaving the loop ends a read that waits. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return new LineIterator(this);
  }

  toString(): string {
    const parts = ["StreamReader"];
    if (this._buffer.length > 0) parts.push(`${this._buffer.length} bytes`);
    if (this._eof) parts.push("eof");
    if (this._limit !== DEFAULT_LIMIT) parts.push(`limit=${this._limit}`);
    if (this._waiter !== null) parts.push("waiting");
    if (this.#exception !== null) parts.push(`exception=${String(this.#exception)}`);
    if (this.#paused) parts.push("paused");
    return `<${parts.join(" ")}>`;
  }

  /** @internal */
  _throwIfFailed(): void {
    if (this.#exception !== null) throw this.#exception;
  }

  /** @internal */
  _waitForData(verb: string): Future<void> {
    if (this._waiter !== null) {
      throw new RuntimeError(`${verb}() called while another coroutine is already waiting for incoming data`);
    }
    if (this.#lost) throw this.#exception;
    // A read of more than the buffer may hold would wait for ever.
    if (this.#paused) this.#resume();
    this._waiter = this.#loop.createFuture<void>();
    return this._waiter;
  }

  /** What {@link readline} would give, when it need not wait: half the price of awaiting it. @internal */
  _lineAtHand(): Uint8Array | null {
    if (this.#exception !== null) return null;
    const newline = this._buffer.indexOf(10, 0);
    if (newline < 0 || newline > this._limit) return null;
    const line = this._buffer.take(newline + 1);
    this._resumeIfRoom();
    return line;
  }

  /** @internal */
  _resumeIfRoom(): void {
    if (this.#paused && this._buffer.length <= this._limit) this.#resume();
  }

  /** As {@link setException}, and nothing will come any more: who was woken and wants more would wait for ever. @internal */
  _connectionLost(error: unknown): void {
    this.#lost = true;
    this.setException(error);
  }

  /** The connection goes on over another transport: TLS. @internal */
  _replaceTransport(transport: ReadTransport): void {
    this.#transport = transport;
    if (!this.#paused) return;
    transport.pauseReading();
    this._resumeIfRoom();
  }

  #takeWaiter(): Future<void> | null {
    const waiter = this._waiter;
    this._waiter = null;
    return waiter?.done() ? null : waiter;
  }

  #pauseIfFull(): void {
    if (this.#paused || this.#transport === null || this._buffer.length <= 2 * this._limit) return;
    if (typeof this.#transport.pauseReading !== "function") {
      // It can't be paused: everything has to be buffered.
      this.#transport = null;
      return;
    }
    this.#paused = true;
    this.#transport.pauseReading();
  }

  #resume(): void {
    this.#paused = false;
    this.#transport?.resumeReading();
  }
}

/** Written by hand: the `return()` of an async generator would queue behind a `next()` that waits for a line. */
class LineIterator implements AsyncIterableIterator<Uint8Array> {
  readonly #reader: StreamReader;
  readonly #pending = new Set<ReadLine>();
  #closed = false;

  constructor(reader: StreamReader) {
    this.#reader = reader;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#closed) return { done: true, value: undefined };
    const ready = this.#reader._lineAtHand();
    if (ready !== null) return { done: false, value: ready };
    const read = new ReadLine(this.#reader);
    this.#pending.add(read);
    try {
      const line = await read;
      return line.length === 0 ? { done: true, value: undefined } : { done: false, value: line };
    } catch (error) {
      if (this.#closed) return { done: true, value: undefined };
      throw error;
    } finally {
      this.#pending.delete(read);
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#closed = true;
    for (const read of this.#pending) read._interrupt();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** @internal */
export function checkLimit(name: string, limit: unknown = DEFAULT_LIMIT): number {
  if (typeof limit !== "number" || Number.isNaN(limit)) {
    throw new TypeError(`${name}: limit must be a number, got ${describeValue(limit)}`);
  }
  if (limit <= 0) throw new ValueError("Limit cannot be <= 0");
  return limit;
}

function checkCount(name: string, n: unknown): void {
  if (!Number.isInteger(n)) throw new TypeError(`${name}() needs a whole number, got ${describeValue(n)}`);
}
