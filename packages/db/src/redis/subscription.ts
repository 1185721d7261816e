import { Feed } from "../feed.ts";

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
export class Subscription<D extends string | Buffer = string> extends Feed<Message<D>> {
  /** The names, or patterns, that were subscribed. */
  readonly channels: readonly string[];
  readonly #dropOldest: boolean;
  readonly #unsubscribe: (subscription: Subscription<D>) => void;
  readonly #convert: (data: Buffer) => D;
  #dropped = 0;
  #left = false;

  /** @internal */
  constructor(
    channels: readonly string[],
    options: SubscribeOptions,
    convert: (data: Buffer) => D,
    unsubscribe: (subscription: Subscription<D>) => void,
  ) {
    super(options.maxBuffered ?? 1_000);
    this.channels = channels;
    this.#dropOldest = options.onOverflow === "dropOldest";
    this.#convert = convert;
    this.#unsubscribe = unsubscribe;
  }

  /** How many messages were lost because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Unsubscribes. What waits is dropped, and whoever waits learns that it is the end. */
  override close(): void {
    this._drop();
    this.#leave();
  }

  /** @internal */
  _receive(channel: string, pattern: string | null, data: Buffer): void {
    if (this.#dropOldest && this._makeRoom()) this.#dropped++;
    this._came({ channel, pattern, data: this.#convert(data) });
  }

  /** @internal */
  override _fail(error: unknown): void {
    super._fail(error);
    this.#leave();
  }

  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#unsubscribe(this);
  }
}
