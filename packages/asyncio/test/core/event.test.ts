import { createTask, Event, gather, sleep } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { isCollected } from "../support/garbage.ts";
import { awaiting, type Steps, testBoth } from "../support/spellings.ts";

function* watch(event: Event, name: string, order: string[]): Steps<void> {
  order.push(`${name} waits`);
  try {
    expect(yield* awaiting(event.wait())).toBe(true);
    order.push(`${name} woke`);
  } catch (error) {
    order.push(`${name} ${(error as Error).name}`);
    throw error;
  }
}

testBoth("Event.wait() gives true at once when the event is set", function* ({ start }) {
  const event = new Event();
  const order: string[] = [];
  event.set();
  start(function* () {
    order.push("other");
  });
  yield* watch(event, "main", order);
  expect(order).toEqual(["main waits", "main woke"]);
});

testBoth("Event.set() wakes the waiters in the order in which they came", function* ({ start }) {
  const event = new Event();
  const order: string[] = [];
  for (const name of ["a", "b", "c"]) start(() => watch(event, name, order));
  yield* awaiting(sleep(1));
  event.set();
  order.push("set");
  yield* awaiting(sleep(0));
  expect(order).toEqual(["a waits", "b waits", "c waits", "set", "a woke", "b woke", "c woke"]);
});

testBoth("Event.clear() right after set() does not stop those who were woken", function* ({ start }) {
  const event = new Event();
  const order: string[] = [];
  start(() => watch(event, "a", order));
  yield* awaiting(sleep(0));
  event.set();
  event.clear();
  start(() => watch(event, "late", order));
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a waits", "a woke", "late waits"]);
  expect(event.isSet()).toBe(false);
});

testBoth("Event can be set and cleared again and again", function* ({ start }) {
  const event = new Event();
  const order: string[] = [];
  for (const name of ["first", "second"]) {
    const waiter = start(() => watch(event, name, order));
    yield* awaiting(sleep(1));
    event.set();
    event.set();
    expect(event.isSet()).toBe(true);
    event.clear();
    yield* awaiting(waiter);
  }
  expect(order).toEqual(["first waits", "first woke", "second waits", "second woke"]);
});

testBoth("Event.wait() that is cancelled leaves the others waiting", function* ({ start }) {
  const event = new Event();
  const order: string[] = [];
  const [a] = ["a", "b"].map((name) => start(() => watch(event, name, order)));
  yield* awaiting(sleep(0));
  a?.cancel();
  yield* awaiting(sleep(0));
  event.set();
  yield* awaiting(sleep(0));
  expect(order).toEqual(["a waits", "b waits", "a CancelledError", "b woke"]);
});

testBoth("Event.wait() raises a cancellation that comes between set() and the waiter's turn", function* ({ start }) {
  const event = new Event();
  const order: string[] = [];
  const waiter = start(() => watch(event, "a", order));
  yield* awaiting(sleep(0));
  event.set();
  waiter.cancel();
  yield* awaiting(sleep(0));
  expect(order).toEqual(["a waits", "a CancelledError"]);
  expect(waiter.cancelled()).toBe(true);
});

test("Event.wait() that was cancelled leaves nothing on the event", async () => {
  const event = new Event();
  const cancelled = async (): Promise<WeakRef<object>> => {
    const message = { reason: "kept by whatever was cancelled with it" };
    const waiter = createTask(event.wait());
    await sleep(0);
    waiter.cancel(message);
    await sleep(0);
    return new WeakRef(message);
  };
  expect(await isCollected(await runVirtual(cancelled))).toBe(true);
  expect(event.isSet()).toBe(false);
});

test("Event belongs to the loop in which a task first waited for it", async () => {
  const event = new Event();
  const waitAndSet = async (): Promise<void> => {
    await gather([event.wait(), async () => event.set()]);
    event.clear();
  };
  await runVirtual(waitAndSet);
  await expect(runVirtual(waitAndSet)).rejects.toThrow("the Event is bound to a different event loop");
});
