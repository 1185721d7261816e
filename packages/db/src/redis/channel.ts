import { type Coroutine, park, type Wait } from "asyncio-ts";
import type { Connection } from "./connection.ts";
import { commandError } from "./errors.ts";
import type { Outgoing } from "./request.ts";
import type { Subscription } from "./subscription.ts";

/** How channels are subscribed: by name, by pattern, or by name within a shard of a cluster. */
export type SubscriptionKind = "subscribe" | "pSubscribe" | "sSubscribe";

const INVERSE = { subscribe: "unsubscribe", pSubscribe: "pUnsubscribe", sSubscribe: "sUnsubscribe" } as const;

/** A subscription, whatever its messages hold. */
export type AnySubscription = Subscription<string> | Subscription<Buffer>;

/** One name or pattern that is subscribed on the server, for however many there are here. */
export class Channel implements Outgoing {
  readonly subscriptions: Set<AnySubscription> = new Set();
  readonly #kind: SubscriptionKind;
  readonly #name: string;
  readonly #listener: (data: Buffer, channel: Buffer) => void;
  readonly #waiting = new Set<Wait<void>>();
  #confirmed = false;

  constructor(kind: SubscriptionKind, name: string) {
    this.#kind = kind;
    this.#name = name;
    const pattern = kind === "pSubscribe" ? name : null;
    this.#listener = (data, channel) => {
      for (const subscription of this.subscriptions) subscription._receive(String(channel), pattern, data);
    };
  }

  /** Waits until the server has said that it sends the messages. */
  confirmed(): Coroutine<void> {
    return park((wait: Wait<void>) => {
      if (this.#confirmed) wait.resolve();
      else this.#waiting.add(wait);
      return () => {
        this.#waiting.delete(wait);
        return "done";
      };
    });
  }

  sendOver(connection: Connection): void {
    connection.client[this.#kind](this.#name, this.#listener, true).then(
      () => this.#confirm(),
      (error: unknown) => {
        // When the connection is lost, it is subscribed again on the next.
        if (!connection.closed) this.reject(commandError(error, this.#kind.toUpperCase(), null));
      },
    );
  }

  reject(error: unknown): void {
    for (const wait of this.#waiting) wait.reject(error);
    this.#waiting.clear();
    for (const subscription of this.subscriptions) subscription._fail(error);
  }

  /** Tells the server that nobody wants it any more; there is no need to wait for the answer. */
  unsubscribeOver(connection: Connection): void {
    connection.client[INVERSE[this.#kind]](this.#name, this.#listener, true).catch(() => {});
  }

  #confirm(): void {
    this.#confirmed = true;
    for (const wait of this.#waiting) wait.resolve();
    this.#waiting.clear();
  }
}
