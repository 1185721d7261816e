import { type Coroutine, type CoroutineGenerator, coroutine, park } from "asyncio-ts";
import { InterfaceError } from "./errors.ts";
import { firstRow, firstValue } from "./first.ts";
import type { Link, LinkOwner } from "./link.ts";
import type { QueryOptions, QueryResult, Row, StreamOptions } from "./query.ts";
import { lentBy, RowStream, rowsOf } from "./row-stream.ts";
import { checkStatement, NONE } from "./statement.ts";

/** A statement that was prepared on a connection, by its `prepare()`. */
export class PreparedQuery implements AsyncDisposable {
  readonly sql: string;
  readonly #owner: LinkOwner;
  readonly #prepared: unknown;
  #closed = false;

  /** @internal */
  constructor(owner: LinkOwner, sql: string, prepared: unknown) {
    this.#owner = owner;
    this.sql = sql;
    this.#prepared = prepared;
  }

  /** Runs it, see `Connection.query()`. */
  query<R = Row>(parameters: readonly unknown[] = NONE, options?: QueryOptions): Coroutine<QueryResult<R>> {
    checkStatement("query", this.sql, parameters);
    return park((wait) => this.#link()._query(this.#command(parameters), wait, options));
  }

  /** The first row; null when there is none. */
  queryRow<R = Row>(parameters?: readonly unknown[], options?: QueryOptions): Coroutine<R | null> {
    return firstRow(this.query<R>(parameters, options));
  }

  /** The first column of the first row; null when there is no row. */
  queryValue<V = unknown>(parameters?: readonly unknown[], options?: QueryOptions): Coroutine<V | null> {
    return firstValue(this.query(parameters, options)) as Coroutine<V | null>;
  }

  /** The rows one by one, see `Connection.stream()`. */
  stream<R = Row>(parameters: readonly unknown[] = NONE, options: StreamOptions = {}): RowStream<R> {
    checkStatement("stream", this.sql, parameters);
    this.#checkOpen();
    return new RowStream(lentBy(this.#owner), rowsOf<R>(this.#command(parameters)), options);
  }

  /** Lets go of it on the server. Doing it twice does nothing, nor does it when the connection is not there any more. */
  close(): Coroutine<void> {
    return PreparedQuery.#close.call(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For `executeMany()`. @internal */
  _many(parameterLists: Iterable<readonly unknown[]>, options?: QueryOptions): CoroutineGenerator<number> {
    return this.#link().runMany(this.#command(NONE), parameterLists, options);
  }

  #command(parameters: readonly unknown[]): { sql: string; parameters: readonly unknown[]; prepared: unknown } {
    return { sql: this.sql, parameters, prepared: this.#prepared };
  }

  #link(): Link {
    this.#checkOpen();
    return this.#owner._link();
  }

  #checkOpen(): void {
    if (this.#closed) throw new InterfaceError("the prepared query is closed: prepare it again");
  }

  static readonly #close = coroutine(function* close(this: PreparedQuery): CoroutineGenerator<void> {
    if (this.#closed) return;
    this.#closed = true;
    const link = this.#owner._linkOrNull();
    if (link !== null) yield* link.unprepare(this.#prepared);
  });
}
