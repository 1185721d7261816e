import {
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  Queue,
  QueueFull,
  QueueShutDown,
  shield,
} from "asyncio-ts";

/**
 * What a server sends by itself, as it comes: `for await`, or {@link next}. A loop closes it, however it ends; with `next()`
 * alone, `await using` or `close()` has to.
 */
export abstract class Feed<T> implements AsyncIterable<T, undefined>, AsyncDisposable {
  readonly #items: Queue<T>;
  #ended = false;
  /** What is raised when all that had come was taken. */
  #error: unknown = null;

  /** @internal */
  constructor(limit: number) {
    this.#items = new Queue(limit);
  }

  /** Ends it. What waits to be taken is dropped, and whoever waits learns that it is the end. */
  abstract close(): Coroutine<void> | void;

  /** The next one, as a step of an iteration: `for await` in the generator spelling. Cancelling it loses none. */
  next(): Coroutine<IteratorResult<T, undefined>> {
    return Feed.#next.call(this) as Coroutine<IteratorResult<T, undefined>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: async () => {
        let ended = true;
        try {
          const step = await this.next();
          ended = step.done === true;
          return step;
        } finally {
          // A loop whose step has failed, or was cancelled, never says that it is over.
          const closing = ended ? this.close() : undefined;
          if (closing !== undefined) await shield(closing);
        }
      },
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** @internal */
  _came(item: T): void {
    if (this.#ended) return;
    if (this.#items.full()) this._fail(new QueueFull(`more than ${this.#items.maxsize} wait to be taken`));
    else this.#items.putNowait(item);
  }

  /** Drops the oldest if there is no room for another one. Returns whether it had to. @internal */
  _makeRoom(): boolean {
    if (this.#ended || !this.#items.full()) return false;
    this.#items.getNowait();
    return true;
  }

  /** What has come can still be taken; after that it ends with `error`. @internal */
  _fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#items.shutdown();
  }

  /** @internal */
  _drop(): void {
    this.#ended = true;
    this.#error = null;
    this.#items.shutdown({ immediate: true });
  }

  static readonly #next = coroutine(function* next(
    this: Feed<unknown>,
  ): CoroutineGenerator<IteratorResult<unknown, undefined>> {
    try {
      return { done: false, value: yield* this.#items.get() };
    } catch (error) {
      if (!(error instanceof QueueShutDown)) throw error;
      const failure = this.#error;
      this.#error = null;
      if (failure !== null) throw failure;
      return { done: true, value: undefined };
    }
  });
}
