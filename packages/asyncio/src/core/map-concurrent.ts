import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { ValueError } from "./errors.ts";
import { bodyOf, callBody } from "./native-call.ts";
import { Semaphore } from "./semaphore.ts";
import { isThenable } from "./source.ts";
import { currentTask, type Task } from "./task.ts";
import { taskGroup } from "./task-group.ts";

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
  const steps = stepsOf(items);
  return taskGroup(function* (group) {
    const results: R[] = [];
    const slots = limit === Number.POSITIVE_INFINITY ? null : new Semaphore(Math.floor(limit));
    try {
      for (let index = 0; ; index++) {
        if (slots !== null) yield* slots.acquire();
        const step = yield* steps.next();
        if (step.done) break;
        const keep = (result: R): void => {
          results[index] = result;
        };
        const task = group.createTask(callInTask(() => fn(step.value, index), keep));
        task.addDoneCallback(() => slots?.release());
      }
    } finally {
      yield* steps.close();
    }
    return results;
  });
}

function* callInTask<R>(call: () => unknown, keep: (result: R) => void): CoroutineGenerator<void> {
  keep(yield* bodyOf<R>(callBody(call), currentTask() as Task) as unknown as CoroutineGenerator<R>);
}

/** An iteration over `items` in steps that may wait, closed at the end unless it has ended by itself. */
interface Steps<T> {
  next(): CoroutineGenerator<IteratorResult<T>>;
  close(): CoroutineGenerator<void>;
}

function stepsOf<T>(items: Iterable<T> | AsyncIterable<T>): Steps<T> {
  const iterator = iteratorOf(items);
  let ended = false;
  return {
    *next() {
      ended = true; // also if it throws
      const step = yield* inTask<IteratorResult<T>>(() => iterator.next());
      ended = step.done === true;
      return step;
    },
    *close() {
      if (!ended && iterator.return !== undefined) yield* inTask(() => iterator.return?.());
    },
  };
}

/** Calls a step of an iterator as a part of the current task, and waits for it if it is an async one. */
function* inTask<R>(call: () => unknown): CoroutineGenerator<R> {
  const step = callBody(call);
  if (!isThenable(step)) return step as R;
  return yield* bodyOf<R>(step, currentTask() as Task) as unknown as CoroutineGenerator<R>;
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  if (typeof (items as AsyncIterable<T>)?.[Symbol.asyncIterator] === "function") {
    return (items as AsyncIterable<T>)[Symbol.asyncIterator]();
  }
  if (typeof (items as Iterable<T>)?.[Symbol.iterator] === "function" && !isThenable(items)) {
    return (items as Iterable<T>)[Symbol.iterator]();
  }
  throw new TypeError(`mapConcurrent() needs something to iterate over, got ${describeValue(items)}`);
}
