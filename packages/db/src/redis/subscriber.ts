import { type Coroutine, type CoroutineGenerator, coroutine } from "asyncio-ts";
import { type AnySubscription, Channel, type SubscriptionKind } from "./channel.ts";
import type { Settings } from "./options.ts";
import { SharedConnection } from "./shared-connection.ts";

/**
 * The connection of all subscriptions of a client: there while there are any. A channel is subscribed on the server once,
 * and unsubscribed when the last one here that wants it has gone.
 */
export class Subscriber {
  readonly #connection: SharedConnection;
  readonly #channels = new Map<string, Channel>();

  constructor(settings: Settings) {
    this.#connection = new SharedConnection({ ...settings, maxQueued: Infinity });
    this.#connection.onLost = () => {
      for (const channel of this.#channels.values()) this.#connection.send(channel);
    };
  }

  /** Subscribes; ends when the server has confirmed it. */
  readonly add: (kind: SubscriptionKind, subscription: AnySubscription) => Coroutine<void> = coroutine(
    this.#add.bind(this),
  );

  /** Unsubscribes. The last one closes the connection. */
  remove(kind: SubscriptionKind, subscription: AnySubscription): void {
    for (const name of subscription.channels) {
      const key = keyOf(kind, name);
      const channel = this.#channels.get(key);
      if (channel === undefined || !channel.subscriptions.delete(subscription)) continue;
      if (channel.subscriptions.size > 0) continue;
      this.#channels.delete(key);
      this.#connection.withdraw(channel);
      this.#connection.ifConnected((connection) => channel.unsubscribeOver(connection));
    }
    if (this.#channels.size === 0) this.#connection.disconnect("nobody is subscribed any more");
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const channel of this.#channels.values()) {
      for (const subscription of channel.subscriptions) subscription.close();
    }
    this.#connection.destroy("the Redis client is closed");
  }

  *#add(kind: SubscriptionKind, subscription: AnySubscription): CoroutineGenerator<void> {
    try {
      const channels = subscription.channels.map((name) => this.#join(kind, name, subscription));
      for (const channel of channels) yield* channel.confirmed();
    } catch (error) {
      subscription.close();
      throw error;
    }
  }

  #join(kind: SubscriptionKind, name: string, subscription: AnySubscription): Channel {
    const key = keyOf(kind, name);
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      channel = new Channel(kind, name);
      this.#channels.set(key, channel);
      this.#connection.send(channel);
    }
    channel.subscriptions.add(subscription);
    return channel;
  }
}

function keyOf(kind: SubscriptionKind, name: string): string {
  return `${kind} ${name}`;
}
