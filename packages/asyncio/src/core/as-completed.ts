import { checkDeadline } from "./check-time.ts";
import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { getEventLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { ensureFuture } from "./ensure-future.ts";
import { timeoutError } from "./errors.ts";
import type { Future } from "./future.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import type { Handle } from "./handle.ts";
import { Queue } from "./queue.ts";
import { type Awaitable, distinct, isThenable } from "./source.ts";

/** How long {@link asCompleted} waits. */
export interface AsCompletedOptions {
  /** For all together, in milliseconds; null or nothing for no limit. */
  readonly timeout?: number | null;
}

/**
 * A future that has ended, as the iteration gives it. Not the future itself, because that can be awaited, and `for await`
 * types what it is given by what awaiting it gives.
 */
export class Completed<T> {
  /** The future or task that was given, or that was made of what was given. */
  readonly future: Future<T>;

  /** @internal */
  constructor(future: Future<T>) {
    this.future = future;
  }

  /** @throws the error it ended with. */
  result(): T {
    return this.future.result();
  }

  /** The error it ended with; null when it has a result. @throws CancelledError when it was cancelled. */
  exception(): unknown {
    return this.future.exception();
  }

  cancelled(): boolean {
    return this.future.cancelled();
  }
}

/**
 * Awaitables in the order in which they end.
 *
 * `for await` gives them as {@link Completed}; a plain `for` gives a coroutine for each, which gives or raises
 * the outcome of the next one to end.
 */
export class AsCompleted<T> implements AsyncIterable<Completed<T>>, Iterable<Coroutine<T>> {
  readonly #ended = new Queue<Future<T> | null>();
  readonly #todo: Set<Future<T>>;
  readonly #timer: Handle | undefined;
  #left: number;

  /** @internal */
  constructor(awaitables: Iterable<Awaitable<T>>, timeout: number | null) {
    const loop = getEventLoop();
    this.#todo = new Set(distinct(awaitables).map((awaitable) => ensureFuture(awaitable, { loop })));
    this.#left = this.#todo.size;
    for (const future of this.#todo) future._whenDone(this.#onDone);
    if (this.#left > 0 && timeout !== null) this.#timer = loop.callLater(timeout, () => this.#timedOut());
  }

  /** The next one to end, as a step of an iteration: `for await` in the generator spelling. */
  next(): Coroutine<IteratorResult<Completed<T>, undefined>> {
    return new GeneratorCoroutine(this.#step(), "asCompleted");
  }

  /** Stops waiting; what is not done yet goes on. */
  stop(): void {
    this.#left = 0;
    this.#timer?.cancel();
    for (const future of this.#todo) future.removeDoneCallback(this.#onDone);
  }

  [Symbol.asyncIterator](): AsyncIterator<Completed<T>, undefined> {
    return {
      next: async () => await this.next(),
      return: async () => {
        this.stop();
        return { done: true, value: undefined };
      },
    };
  }

  *[Symbol.iterator](): IterableIterator<Coroutine<T>> {
    while (this.#left > 0) {
      this.#left--;
      yield new GeneratorCoroutine(this.#nextOutcome(), "asCompleted");
    }
  }

  *#step(): CoroutineGenerator<IteratorResult<Completed<T>, undefined>> {
    if (this.#left === 0) return { done: true, value: undefined };
    this.#left--;
    return { done: false, value: new Completed(yield* this.#nextEnded()) };
  }

  *#nextEnded(): CoroutineGenerator<Future<T>> {
    const future = yield* this.#ended.get();
    if (future === null) throw timeoutError("");
    return future;
  }

  *#nextOutcome(): CoroutineGenerator<T> {
    return (yield* this.#nextEnded()).result();
  }

  readonly #onDone = (future: Future<T>): void => {
    if (!this.#todo.delete(future)) return;
    this.#ended.putNowait(future);
    if (this.#todo.size === 0) this.#timer?.cancel();
  };

  #timedOut(): void {
    for (const future of this.#todo) {
      future.removeDoneCallback(this.#onDone);
      this.#ended.putNowait(null);
    }
    this.#todo.clear();
  }
}

/**
 * Runs awaitables together and gives them in the order in which they end. Cancels none of them.
 *
 * @throws TimeoutError, from the iteration, for each that has not ended in time. TypeError when `awaitables` is no list.
 * @example
 * ```ts
 * import { asCompleted, run, sleep } from "asyncio-ts";
 *
 * await run(async () => {
 *   for await (const ended of asCompleted([sleep(3, "slow"), sleep(1, "fast")])) {
 *     console.log(ended.result()); // fast, then slow
 *   }
 * });
 * ```
 */
export function asCompleted<T>(awaitables: Iterable<Awaitable<T>>, options: AsCompletedOptions = {}): AsCompleted<T> {
  if (isThenable(awaitables) || typeof awaitables?.[Symbol.iterator] !== "function") {
    throw new TypeError(`asCompleted() needs a list of awaitables, got ${describeValue(awaitables)}`);
  }
  const { timeout = null } = options;
  checkDeadline("asCompleted", "timeout", timeout);
  return new AsCompleted(awaitables, timeout);
}
