import { type Coroutine, type CoroutineGenerator, coroutine } from "asyncio-ts";
import type { QueryResult } from "./query.ts";

/** The first row of a result; null when there is none. */
export const firstRow: <R>(query: Coroutine<QueryResult<R>>) => Coroutine<R | null> = coroutine(function* queryRow<R>(
  query: Coroutine<QueryResult<R>>,
): CoroutineGenerator<R | null> {
  return (yield* query).rows[0] ?? null;
});

/** The first column of the first row; null when there is no row. */
export const firstValue: (query: Coroutine<QueryResult>) => Coroutine<unknown> = coroutine(function* queryValue(
  query: Coroutine<QueryResult>,
): CoroutineGenerator<unknown> {
  const { rows, fields } = yield* query;
  const row = rows[0];
  const field = fields[0];
  return row === undefined || field === undefined ? null : row[field.name];
});
