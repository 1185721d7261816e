import type { Body, Coroutine, CoroutineGenerator } from "asyncio-ts";
import { firstRow, firstValue } from "./first.ts";
import type { QueryOptions, QueryResult, Row, StreamOptions, TransactionOptions } from "./query.ts";
import type { RowStream } from "./row-stream.ts";
import type { Transaction } from "./transaction.ts";

/** What statements can be given to: a pool, a connection, a transaction. */
export abstract class Queryable {
  /**
   * Runs a statement and gives all of its rows. The placeholders are the database's own: `$1` in PostgreSQL, `?` in MySQL
   * and SQLite.
   *
   * Cancelled, or when it takes longer than `timeoutMs`, the statement is stopped on the server; the wait ends when it
   * has ended.
   *
   * @throws DatabaseError, of the class that tells what kind. TimeoutError. TypeError for a wrong argument.
   */
  abstract query<R = Row>(
    sql: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Coroutine<QueryResult<R>>;

  /** The rows of a statement one by one, for results too large to be held at once. */
  abstract stream<R = Row>(sql: string, parameters?: readonly unknown[], options?: StreamOptions): RowStream<R>;

  /**
   * Runs `body` in a transaction: committed when it returns, rolled back when it fails or is cancelled. In a transaction
   * it is a savepoint.
   *
   * The roll-back itself is not cancelled. If it does not end in time the connection is destroyed, which rolls back too.
   * A body that ignores that one of its statements failed, where the database then refuses the whole, is an InternalError.
   *
   * @throws what the body throws; InterfaceError when a nested one, or a statement, has not ended with it; ValueError for an
   * unknown isolation level.
   * @example
   * ```ts
   * import { createPool } from "@asyncio-ts/db";
   * import { run } from "asyncio-ts";
   *
   * await run(async () => {
   *   await using pool = await createPool("sqlite::memory:");
   *   await pool.query("CREATE TABLE accounts (name TEXT, balance INTEGER)");
   *   await pool.executeMany("INSERT INTO accounts VALUES (?, ?)", [["Ada", 5], ["Bob", 0]]);
   *   await pool.transaction(async (tx) => {
   *     await tx.query("UPDATE accounts SET balance = balance - 1 WHERE name = 'Ada'");
   *     await tx.query("UPDATE accounts SET balance = balance + 1 WHERE name = 'Bob'");
   *   });
   *   console.log(await pool.queryValue("SELECT balance FROM accounts WHERE name = 'Bob'")); // 1
   * });
   * ```
   */
  abstract transaction<T>(body: Body<Transaction, T>, options?: TransactionOptions): Coroutine<T>;

  /** The first row; null when there is none. */
  queryRow<R = Row>(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Coroutine<R | null> {
    return firstRow(this.query<R>(sql, parameters, options));
  }

  /** The first column of the first row; null when there is no row. */
  queryValue<V = unknown>(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Coroutine<V | null> {
    return firstValue(this.query(sql, parameters, options)) as Coroutine<V | null>;
  }

  /**
   * Runs a statement once for each list of parameters, prepared once, in a transaction: all of them or none.
   *
   * @returns how many rows were changed altogether.
   */
  executeMany(sql: string, parameterLists: Iterable<readonly unknown[]>, options?: QueryOptions): Coroutine<number> {
    return this.transaction(function* (tx): CoroutineGenerator<number> {
      const prepared = yield* tx.prepare(sql, options);
      try {
        return yield* prepared._many(parameterLists, options);
      } finally {
        yield* prepared.close();
      }
    });
  }
}
