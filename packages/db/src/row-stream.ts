import { type Coroutine, type CoroutineGenerator, coroutine, shield } from "asyncio-ts";
import { InterfaceError } from "./errors.ts";
import type { Batch, Command, Cursor, Holder, Link, LinkOwner } from "./link.ts";
import type { Ending } from "./operation.ts";
import { checkWhole } from "./pool-options.ts";
import type { StreamOptions } from "./query.ts";

/** The rows of a statement, for a stream. @internal */
export function rowsOf<R>(command: Command): (link: Link) => Cursor<R> {
  return (link) => link.openCursor(command);
}

/** Where a stream gets its link from, and how it gives it back. @internal */
export interface Lender {
  borrow(): CoroutineGenerator<Link>;
  giveBack(link: Link): CoroutineGenerator<void>;
}

/** Streams of a connection have its link while they are open, and leave it as they found it. @internal */
export function lentBy(owner: LinkOwner): Lender {
  return {
    *borrow() {
      return owner._link();
    },
    *giveBack() {},
  };
}

const DEFAULT_BATCH = 100;

/**
 * The rows of a statement, fetched from the server a batch at a time as they are taken: `for await`, or {@link next}. Nothing
 * is sent before the first row is asked for. A loop closes it, however it ends; with `next()` alone, `await using` or
 * {@link close} has to.
 *
 * While it is open its connection can do nothing else; a stream of a pool has a connection of its own.
 *
 * @example
 * ```ts
 * import { createPool } from "@asyncio-ts/db";
 * import { run } from "asyncio-ts";
 *
 * await run(async () => {
 *   await using pool = await createPool("sqlite::memory:");
 *   const numbers = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT 1000) SELECT n FROM t";
 *   let sum = 0;
 *   for await (const { n } of pool.stream<{ n: number }>(numbers)) sum += n;
 *   console.log(sum); // 500500
 * });
 * ```
 */
export class RowStream<R> implements AsyncIterable<R, undefined>, AsyncDisposable {
  readonly #lender: Lender;
  readonly #open: (link: Link) => Cursor<R>;
  readonly #options: StreamOptions;
  readonly #holder: Holder = { close: () => this.close() };
  #rows: readonly R[] = [];
  #taken = 0;
  #link: Link | null = null;
  #cursor: Cursor<R> | null = null;
  /** Whether there is something to close on the server. */
  #begun = false;
  #fetching = false;
  #closed = false;

  /** @internal */
  constructor(lender: Lender, open: (link: Link) => Cursor<R>, options: StreamOptions) {
    this.#lender = lender;
    this.#open = open;
    this.#options = options;
    if (options.batchSize !== undefined) checkWhole("batchSize", options.batchSize, 1);
  }

  /**
   * The next row, as a step of an iteration: `for await` in the generator spelling. Cancelled, it closes the stream.
   *
   * @throws InterfaceError when another `next()` is waiting.
   */
  next(): Coroutine<IteratorResult<R, undefined>> {
    return RowStream.#next.call(this) as Coroutine<IteratorResult<R, undefined>>;
  }

  /** Ends it on the server and gives the connection back. Doing it twice does nothing. */
  close(): Coroutine<void> {
    return RowStream.#close.call(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<R, undefined> {
    return {
      // A row that is here already costs one promise, not a wait in the task.
      next: () => (this.#taken < this.#rows.length ? Promise.resolve(this.#take()) : this.#nextNatively()),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  async #nextNatively(): Promise<IteratorResult<R, undefined>> {
    return await this.next();
  }

  #take(): IteratorResult<R, undefined> {
    return { done: false, value: this.#rows[this.#taken++] as R };
  }

  static readonly #next = coroutine(function* next(
    this: RowStream<unknown>,
  ): CoroutineGenerator<IteratorResult<unknown, undefined>> {
    if (this.#fetching) throw new InterfaceError("next(): another next() of this stream is waiting: await it first");
    while (this.#taken === this.#rows.length) {
      if (this.#closed) return { done: true, value: undefined };
      this.#fetching = true;
      try {
        yield* this.#fetch();
      } finally {
        this.#fetching = false;
      }
    }
    return this.#take();
  });

  *#fetch(): CoroutineGenerator<void> {
    let done = true;
    try {
      const link = (this.#link ??= yield* this.#borrow());
      if (link === null) return;
      if (this.#cursor === null) {
        link.hold(this.#holder);
        this.#cursor = this.#open(link);
      }
      const batch = yield* this.#read(link, this.#cursor);
      if (!this.#closed) this.#rows = batch.rows;
      this.#taken = 0;
      done = batch.done;
    } finally {
      if (done) yield* this.#end();
    }
  }

  /** Null when the stream was closed meanwhile. */
  *#borrow(): CoroutineGenerator<Link | null> {
    const link = yield* this.#lender.borrow();
    if (!this.#closed) return link;
    yield* this.#lender.giveBack(link);
    return null;
  }

  #read(link: Link, cursor: Cursor<R>): Coroutine<Batch<R>> {
    const { batchSize = DEFAULT_BATCH, timeoutMs } = this.#options;
    return link.operation(
      "stream",
      (end) => {
        this.#begun = true;
        return cursor.read(batchSize, {
          resolve: (batch) => {
            if (batch.done) this.#begun = false;
            end.resolve(batch);
          },
          reject: (error) => {
            this.#begun = false;
            end.reject(error);
          },
        });
      },
      { timeoutMs, holder: this.#holder },
    );
  }

  static readonly #close = coroutine(function* close(this: RowStream<unknown>): CoroutineGenerator<void> {
    this.#rows = [];
    this.#taken = 0;
    yield* this.#end();
  });

  /** The cursor is closed if it is not yet, and the link is free again. */
  *#end(): CoroutineGenerator<void> {
    if (this.#closed) return;
    this.#closed = true;
    const link = this.#link;
    if (link === null) return;
    try {
      if (this.#begun) yield* shield(RowStream.#closeCursor.call(this), { withinMs: link.options.cancelGraceMs });
    } finally {
      link.letGo(this.#holder);
      yield* this.#lender.giveBack(link);
    }
  }

  static readonly #closeCursor = coroutine(function* closeCursor(this: RowStream<unknown>): CoroutineGenerator<void> {
    const link = this.#link as Link;
    const cursor = this.#cursor as Cursor<unknown>;
    try {
      yield* link.interrupt(new InterfaceError("the stream was closed while a next() of it was waiting"));
      if (!this.#begun || link.closed) return;
      const options = { timeoutMs: null, holder: this.#holder };
      yield* link.operation("close", (end: Ending<void>) => cursor.close(end), options);
    } catch {
      link.destroy("a stream could not be closed");
    }
  });
}
