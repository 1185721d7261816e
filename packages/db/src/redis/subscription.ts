import { type Coroutine, type CoroutineGenerator, coroutine, Queue, QueueFull, QueueShutDown } from "asyncio-ts";

/** A message that was published. */
export interface Message<D extends string | Buffer = string> {
  readonly channel: string;
  /** The pattern that the channel matches; null when it was subscribed by its name. */
  readonly pattern: string | null;
  readonly data: D;
}

/** For `subscribe()`, `pSubscribe()` and `sSubscribe()`. */
export interface SubscribeOptions {
  /** Gives the messages as bytes. */
  readonly binary?: boolean | undefined;
  /** How many messages may wait to be taken; by default 1,000. */
  readonly maxBuffered?: number | undefined;
  /**
   * What becomes of one more: with `"error"`, the default, the subscription ends, and its iteration raises QueueFull once what
   * came before was taken; with `"dropOldest"` the oldest is lost, and counted in `dropped`.
   */
  readonly onOverflow?: "error" | "dropOldest" | undefined;
}

/**
 * Messages, as they come. `for await` unsubscribes when it ends, however it does; with {@link next} alone `await using`, or
 * {@link close}, has to.
 *
 * When the connection is lost it is made again, and everything subscribed again: what was published in between is lost, and
 * nobody can say what that was. If it can't be made again, the iteration raises an OperationalError.
 */
export class Subscription<D extends string | Buffer = string> implements AsyncIterable<Message<D>>, AsyncDisposable {
  /** The names, or patterns, that were subscribed. */
  readonly channels: readonly string[];
  readonly #queue: Queue<Message<D>>;
  readonly #dropOldest: boolean;
  readonly #unsubscribe: (subscription: Subscription<D>) => void;
  readonly #convert: (data: Buffer) => D;
  #dropped = 0;
  #closed = false;
  #error: unknown = null;

  /** @internal */
  constructor(
    channels: readonly string[],
    options: SubscribeOptions,
    convert: (data: Buffer) => D,
    unsubscribe: (subscription: Subscription<D>) => void,
  ) {
    this.channels = channels;
    this.#queue = new Queue(options.maxBuffered ?? 1_000);
    this.#dropOldest = options.onOverflow === "dropOldest";
    this.#convert = convert;
    this.#unsubscribe = unsubscribe;
  }

  /** How many messages were lost because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The next message, as a step of an iteration: `for await` in the generator spelling. Cancelling it loses none. */
  next(): Coroutine<IteratorResult<Message<D>, undefined>> {
    return Subscription.#next.call(this as unknown as Subscription) as Coroutine<IteratorResult<Message<D>, undefined>>;
  }

  /** Unsubscribes. What waits is dropped, and whoever waits learns that it is the end. */
  close(): void {
    this.#end(null, true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message<D>, undefined> {
    return {
      next: async () => {
        let ended = true;
        try {
          const step = await this.next();
          ended = step.done === true;
          return step;
        } finally {
          // A loop whose step has failed, or was cancelled, never says that it is over.
          if (ended) this.close();
        }
      },
      return: async () => {
        this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** @internal */
  _receive(channel: string, pattern: string | null, data: Buffer): void {
    if (this.#closed) return;
    if (this.#queue.full()) {
      if (!this.#dropOldest) {
        this._fail(new QueueFull(`more than ${this.#queue.maxsize} messages wait to be taken`));
        return;
      }
      this.#queue.getNowait();
      this.#dropped++;
    }
    this.#queue.putNowait({ channel, pattern, data: this.#convert(data) });
  }

  /** Ends with an error, once what came before was taken. @internal */
  _fail(error: unknown): void {
    this.#end(error, false);
  }

  #end(error: unknown, immediate: boolean): void {
    this.#queue.shutdown({ immediate });
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    this.#unsubscribe(this);
  }

  static readonly #next = coroutine(function* next(
    this: Subscription,
  ): CoroutineGenerator<IteratorResult<Message, undefined>> {
    try {
      return { done: false, value: yield* this.#queue.get() };
    } catch (error) {
      if (!(error instanceof QueueShutDown)) throw error;
      const failure = this.#error;
      this.#error = null;
      if (failure !== null) throw failure;
      return { done: true, value: undefined };
    }
  });
}
