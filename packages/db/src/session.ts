import { type Coroutine, type CoroutineGenerator, coroutine, park } from "asyncio-ts";
import type { Link, LinkOwner } from "./link.ts";
import { PreparedQuery } from "./prepared-query.ts";
import type { QueryOptions, QueryResult, Row, StreamOptions } from "./query.ts";
import { Queryable } from "./queryable.ts";
import { lentBy, RowStream, rowsOf } from "./row-stream.ts";
import { checkStatement, NONE } from "./statement.ts";

/** What works on one connection: the connection itself, and its transactions. */
export abstract class Session extends Queryable implements LinkOwner {
  /** The link, if it may be used; else an InterfaceError. @internal */
  abstract _link(): Link;

  /** The link, if it is there. @internal */
  abstract _linkOrNull(): Link | null;

  query<R = Row>(
    sql: string,
    parameters: readonly unknown[] = NONE,
    options?: QueryOptions,
  ): Coroutine<QueryResult<R>> {
    checkStatement("query", sql, parameters);
    return park((wait) => this._link()._query({ sql, parameters }, wait, options));
  }

  stream<R = Row>(sql: string, parameters: readonly unknown[] = NONE, options: StreamOptions = {}): RowStream<R> {
    checkStatement("stream", sql, parameters);
    return new RowStream(lentBy(this), rowsOf<R>({ sql, parameters }), options);
  }

  /**
   * Prepares a statement: it is parsed once, and run as often as wanted, on this connection.
   *
   * ```ts
   * import { createPool } from "@asyncio-ts/db";
   * import { run } from "asyncio-ts";
   *
   * await run(async () => {
   *   await using pool = await createPool("sqlite::memory:");
   *   await using connection = await pool.acquire();
   *   await using double = await connection.prepare("SELECT 2 * ?");
   *   console.log(await double.queryValue([2]), await double.queryValue([3])); // 4 6
   * });
   * ```
   *
   * @throws ProgrammingError when it is wrong.
   */
  prepare(sql: string, options?: QueryOptions): Coroutine<PreparedQuery> {
    checkStatement("prepare", sql, NONE);
    return Session.#prepare.call(this, sql, options);
  }

  static readonly #prepare = coroutine(function* prepare(
    this: Session,
    sql: string,
    options: QueryOptions | undefined,
  ): CoroutineGenerator<PreparedQuery> {
    return new PreparedQuery(this, sql, yield* this._link().prepare(sql, options));
  });
}
