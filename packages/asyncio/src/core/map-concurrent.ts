import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { ValueError } from "./errors.ts";
import { bodyOf, callBody } from "./native-call.ts";
import { Semaphore } from "./semaphore.ts";
import { isThenable } from "./source.ts";
import { currentTask, type Task } from "./task.ts";
import { taskGroup } from "./task-group.ts";
import { wrapFuture } from "./wrap-future.ts";

/** How {@link mapConcurrent} runs. */
export interface MapConcurrentOptions {
  /** How many calls may be under way at a time; by default all. */
  readonly limit?: number;
}

type Mapper<T, R> = (item: T, index: number) => PromiseLike<R> | Coroutine<R> | CoroutineGenerator<R>;

/**
 * Calls `fn` for every item, each in a task of its own, at most `limit` at a time, and gives the results in the order of
 * the items. An item is taken from `items` only when its call can begin. The first error cancels the rest.
 *
 * @throws ExceptionGroup, from the wait, as `taskGroup()`. TypeError or ValueError for wrong arguments.
 * @example
 * ```ts
 * import { mapConcurrent, run, sleep } from "asyncio-ts";
 *
 * const doubled = await run(mapConcurrent([1, 2, 3], (n) => sleep(1, 2 * n), { limit: 2 }));
 * console.log(doubled); // [ 2, 4, 6 ]
 * ```
 */
export function mapConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: Mapper<T, R>,
  options: MapConcurrentOptions = {},
): Coroutine<R[]> {
  const { limit = Number.POSITIVE_INFINITY } = options;
  if (typeof fn !== "function") throw new TypeError(`mapConcurrent() needs a function, got ${describeValue(fn)}`);
  if (typeof limit !== "number") {
    throw new TypeError(`mapConcurrent(): the limit must be a number, got ${describeValue(limit)}`);
  }
  if (!(limit >= 1)) throw new ValueError(`mapConcurrent(): the limit must be 1 or more, got ${limit}`);
  const next = nextOf(items);
  return taskGroup(function* (group) {
    const results: R[] = [];
    const slots = limit === Number.POSITIVE_INFINITY ? null : new Semaphore(Math.floor(limit));
    try {
      for (let index = 0; ; index++) {
        if (slots !== null) yield* slots.acquire();
        const step = yield* next.next();
        if (step.done) break;
        const keep = (result: R): void => {
          results[index] = result;
        };
        const task = group.createTask(callInTask(() => fn(step.value, index), keep));
        task.addDoneCallback(() => slots?.release());
      }
    } finally {
      yield* next.close();
    }
    return results;
  });
}

function* callInTask<R>(call: () => unknown, keep: (result: R) => void): CoroutineGenerator<void> {
  keep(yield* bodyOf<R>(callBody(call), currentTask() as Task) as unknown as CoroutineGenerator<R>);
}

interface Steps<T> {
  next(): CoroutineGenerator<IteratorResult<T>>;
  close(): CoroutineGenerator<void>;
}

function nextOf<T>(items: Iterable<T> | AsyncIterable<T>): Steps<T> {
  if (typeof (items as AsyncIterable<T>)?.[Symbol.asyncIterator] === "function") {
    const iterator = (items as AsyncIterable<T>)[Symbol.asyncIterator]();
    let ended = false;
    return {
      *next() {
        const step = yield* wrapFuture(iterator.next());
        ended = step.done === true;
        return step;
      },
      *close() {
        if (!ended && iterator.return !== undefined) yield* wrapFuture(iterator.return());
      },
    };
  }
  if (isThenable(items) || typeof (items as Iterable<T>)?.[Symbol.iterator] !== "function") {
    throw new TypeError(`mapConcurrent() needs something to iterate over, got ${describeValue(items)}`);
  }
  const iterator = (items as Iterable<T>)[Symbol.iterator]();
  let ended = false;
  return {
    *next() {
      const step = iterator.next();
      ended = step.done === true;
      return step;
    },
    *close() {
      if (!ended) iterator.return?.();
    },
  };
}
