import { type Coroutine, type CoroutineGenerator, coroutine, park, QueueFull, shield, type Wait } from "asyncio-ts";

/** What `NOTIFY` sent. */
export interface Notification {
  readonly channel: string;
  readonly payload: string;
  /** The process of the server that sent it. */
  readonly processId: number;
}

/** For `listen()`. */
export interface ListenOptions {
  /** How many notifications may wait to be taken; one more ends the iteration with QueueFull. By default 1,000. */
  readonly limit?: number | undefined;
}

type End = { readonly error: unknown } | "orderly";

/**
 * The notifications of a channel as they come, from the call of `listen()` until it is closed. A loop closes it, however it
 * ends; with {@link next} alone, `await using` or {@link close} has to. The connection can do other things meanwhile.
 */
export class Notifications implements AsyncIterable<Notification, undefined>, AsyncDisposable {
  readonly channel: string;
  readonly #limit: number;
  readonly #unlisten: (closed: Notifications) => Coroutine<void>;
  readonly #waiting = new Set<Wait<void>>();
  #events: Notification[] = [];
  #end: End | null = null;

  /** @internal */
  constructor(channel: string, limit: number, unlisten: (closed: Notifications) => Coroutine<void>) {
    this.channel = channel;
    this.#limit = limit;
    this.#unlisten = unlisten;
  }

  /**
   * The next one. Cancelling it loses none.
   *
   * @throws OperationalError when the connection was lost, InterfaceError when it was given back; QueueFull when too many
   * had waited.
   */
  next(): Coroutine<IteratorResult<Notification, undefined>> {
    return Notifications.#next.call(this);
  }

  /** Stops to listen. What waits to be taken is dropped, and whoever waits learns that it is the end. */
  close(): Coroutine<void> {
    return Notifications.#close.call(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Notification, undefined> {
    return {
      next: async () => {
        let ended = true;
        try {
          const step = await this.next();
          ended = step.done === true;
          return step;
        } finally {
          // A loop whose step has failed, or was cancelled, never says that it is over.
          if (ended) await shield(this.close());
        }
      },
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** @internal */
  _came(notification: Notification): void {
    if (this.#end !== null) return;
    if (this.#events.length >= this.#limit) {
      this._fail(new QueueFull(`listen(): more than ${this.#limit} notifications wait to be taken`));
      return;
    }
    this.#events.push(notification);
    this.#wake();
  }

  /** What has come can still be taken; after that it ends with `error`. @internal */
  _fail(error: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  #wake(): void {
    for (const wait of this.#waiting) wait.resolve();
    this.#waiting.clear();
  }

  static readonly #close = coroutine(function* close(this: Notifications): CoroutineGenerator<void> {
    this.#events = [];
    this.#end = "orderly";
    this.#wake();
    yield* this.#unlisten(this);
  });

  static readonly #next = coroutine(function* next(
    this: Notifications,
  ): CoroutineGenerator<IteratorResult<Notification, undefined>> {
    while (this.#events.length === 0) {
      const end = this.#end;
      if (end !== null) {
        this.#end = "orderly";
        if (end === "orderly") return { done: true, value: undefined };
        throw end.error;
      }
      yield* park<void>((wait) => {
        this.#waiting.add(wait);
        return () => {
          this.#waiting.delete(wait);
          return "done";
        };
      });
    }
    return { done: false, value: this.#events.shift() as Notification };
  });
}
