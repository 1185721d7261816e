import { asyncGenerator, type Coroutine, type CoroutineAsyncGenerator, type Emit } from "asyncio-ts";

/** A page of a scan. */
export interface Page<I> {
  readonly cursor: string;
  readonly items: readonly I[];
}

/**
 * Goes through the pages of a SCAN. What is there from the beginning to the end comes at least once; what comes or goes
 * meanwhile may or may not.
 */
export const scan: <I>(page: (cursor: string) => Coroutine<Page<I>>) => CoroutineAsyncGenerator<I> = asyncGenerator(
  function* (emit: Emit<unknown>, page: (cursor: string) => Coroutine<Page<unknown>>) {
    let cursor = "0";
    do {
      const next = yield* page(cursor);
      for (const item of next.items) yield* emit(item);
      cursor = next.cursor;
    } while (cursor !== "0");
  },
) as <I>(page: (cursor: string) => Coroutine<Page<I>>) => CoroutineAsyncGenerator<I>;
