import { type Coroutine, type CoroutineGenerator, coroutine, ValueError } from "asyncio-ts";
import type { AnySubscription, SubscriptionKind } from "./channel.ts";
import type { Subscriber } from "./subscriber.ts";
import { type SubscribeOptions, Subscription } from "./subscription.ts";

/** Makes a subscription; it is there when the server has confirmed it. */
export function subscribe(
  subscriber: Subscriber,
  kind: SubscriptionKind,
  names: readonly string[],
  options: SubscribeOptions,
): Coroutine<Subscription> {
  if (names.length === 0) throw new ValueError(`${kind}(): at least one name is needed`);
  const { maxBuffered = 1_000, onOverflow = "error" } = options;
  if (!(maxBuffered >= 1)) throw new ValueError(`${kind}(): maxBuffered must be at least 1, got ${maxBuffered}`);
  if (onOverflow !== "error" && onOverflow !== "dropOldest") {
    throw new ValueError(`${kind}(): onOverflow must be "error" or "dropOldest", got ${String(onOverflow)}`);
  }
  return confirmed(subscriber, kind, names, options) as Coroutine<Subscription>;
}

const confirmed = coroutine(function* (
  subscriber: Subscriber,
  kind: SubscriptionKind,
  names: readonly string[],
  options: SubscribeOptions,
): CoroutineGenerator<AnySubscription> {
  const unsubscribe = (subscription: AnySubscription): void => subscriber.remove(kind, subscription);
  const subscription = options.binary
    ? new Subscription<Buffer>(names, options, (data) => data, unsubscribe)
    : new Subscription<string>(names, options, String, unsubscribe);
  yield* subscriber.add(kind, subscription);
  return subscription;
});
