import { type Coroutine, type CoroutineGenerator, coroutine } from "asyncio-ts";
import { Feed } from "../feed.ts";

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

/**
 * The notifications of a channel as they come, from the call of `listen()` until it is closed. A loop closes it, however it
 * ends; with `next()` alone, `await using` or {@link close} has to. The connection can do other things meanwhile.
 *
 * Its end is an OperationalError when the connection was lost, an InterfaceError when it was given back, QueueFull when too
 * many had waited.
 */
export class Notifications extends Feed<Notification> {
  readonly channel: string;
  readonly #unlisten: (closed: Notifications) => Coroutine<void>;

  /** @internal */
  constructor(channel: string, limit: number, unlisten: (closed: Notifications) => Coroutine<void>) {
    super(limit);
    this.channel = channel;
    this.#unlisten = unlisten;
  }

  /** Stops to listen. What waits to be taken is dropped, and whoever waits learns that it is the end. */
  override close(): Coroutine<void> {
    return Notifications.#close.call(this);
  }

  static readonly #close = coroutine(function* close(this: Notifications): CoroutineGenerator<void> {
    this._drop();
    yield* this.#unlisten(this);
  });
}
