import { Condition, gather, Lock, RuntimeError, sleep } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { awaiting, type Steps, testBoth } from "../support/spellings.ts";

/** Waits for a notification with the lock held, and tells what came. */
function* watch(condition: Condition, name: string, order: string[]): Steps<void> {
  yield* awaiting(condition.acquire());
  try {
    order.push(`${name} waits`);
    expect(yield* awaiting(condition.wait())).toBe(true);
    order.push(`${name} woke`);
  } catch (error) {
    const { name: kind, message } = error as Error;
    order.push(`${name} ${kind} ${message}`.trimEnd());
    throw error;
  } finally {
    expect(condition.locked()).toBe(true);
    condition.release();
  }
}

/** Calls `fn` with the lock held. */
function* holding(condition: Condition, fn: () => void): Steps<void> {
  yield* awaiting(condition.acquire());
  fn();
  condition.release();
}

testBoth("Condition.notify() wakes the first waiter, which goes on when the lock is free", function* ({ start }) {
  const condition = new Condition();
  const order: string[] = [];
  for (const name of ["a", "b"]) start(() => watch(condition, name, order));
  yield* awaiting(sleep(1));
  yield* awaiting(condition.acquire());
  condition.notify();
  order.push("notified");
  yield* awaiting(sleep(1));
  order.push("released");
  condition.release();
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a waits", "b waits", "notified", "released", "a woke"]);
});

testBoth("Condition.notify() wakes as many waiters as it is told, in order", function* ({ start }) {
  const condition = new Condition();
  const order: string[] = [];
  for (const name of ["a", "b", "c"]) start(() => watch(condition, name, order));
  yield* awaiting(sleep(1));
  yield* holding(condition, () => condition.notify(2));
  yield* awaiting(sleep(1));
  expect(order.slice(3)).toEqual(["a woke", "b woke"]);
  yield* holding(condition, () => condition.notify(2));
  yield* awaiting(sleep(1));
  expect(order.slice(3)).toEqual(["a woke", "b woke", "c woke"]);
});

testBoth("Condition.notify() counts the waiters that still wait", function* ({ start }) {
  const condition = new Condition();
  const order: string[] = [];
  for (const name of ["a", "b", "c"]) start(() => watch(condition, name, order));
  yield* awaiting(sleep(1));
  yield* holding(condition, () => {
    condition.notify();
    condition.notify();
  });
  yield* awaiting(sleep(1));
  expect(order.slice(3)).toEqual(["a woke", "b woke"]);
});

testBoth("Condition.notifyAll() wakes everybody who waits, one after the other", function* ({ start }) {
  const condition = new Condition();
  const order: string[] = [];
  for (const name of ["a", "b", "c"]) start(() => watch(condition, name, order));
  yield* awaiting(sleep(1));
  yield* holding(condition, () => condition.notifyAll());
  start(() => watch(condition, "late", order));
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a waits", "b waits", "c waits", "a woke", "b woke", "c woke", "late waits"]);
});

testBoth("Condition.wait() releases the lock while it waits", function* ({ start }) {
  const condition = new Condition();
  start(() => watch(condition, "a", []));
  yield* awaiting(sleep(0));
  expect(condition.locked()).toBe(false);
});

testBoth("Condition.wait() has the lock again before a cancellation leaves it", function* ({ start }) {
  const condition = new Condition();
  const order: string[] = [];
  const waiter = start(() => watch(condition, "a", order));
  yield* awaiting(sleep(0));
  yield* awaiting(condition.acquire());
  waiter.cancel("stop");
  yield* awaiting(sleep(1));
  order.push("released");
  condition.release();
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a waits", "released", "a CancelledError stop"]);
  expect(waiter.cancelled()).toBe(true);
});

testBoth(
  "Condition.wait() holds cancellations back while it takes the lock, and raises the last",
  function* ({ start }) {
    const condition = new Condition();
    const order: string[] = [];
    const waiter = start(() => watch(condition, "a", order));
    yield* awaiting(sleep(0));
    yield* awaiting(condition.acquire());
    for (const message of ["one", "two", "three"]) {
      waiter.cancel(message);
      yield* awaiting(sleep(1));
    }
    expect(order).toEqual(["a waits"]);
    condition.release();
    yield* awaiting(sleep(1));
    expect(order).toEqual(["a waits", "a CancelledError three"]);
  },
);

testBoth("Condition.wait() passes the notification on when it is cancelled", function* ({ start }) {
  const condition = new Condition();
  const order: string[] = [];
  const a = start(() => watch(condition, "a", order));
  start(() => watch(condition, "b", order));
  yield* awaiting(sleep(0));
  yield* holding(condition, () => condition.notify());
  a.cancel();
  yield* awaiting(sleep(1));
  expect(order.slice(2)).toEqual(["a CancelledError", "b woke"]);
});

testBoth(
  "Condition.waitFor() tests with the lock held until the predicate holds, and gives its value",
  function* ({ start }) {
    const condition = new Condition();
    const order: string[] = [];
    let stock = 0;
    start(function* () {
      yield* awaiting(condition.acquire());
      const value = yield* awaiting(
        condition.waitFor(() => {
          order.push(`test with ${stock}, locked: ${condition.locked()}`);
          return stock > 1 && `${stock} in stock`;
        }),
      );
      order.push(String(value));
      condition.release();
    });
    for (; stock < 3; stock++) {
      yield* awaiting(sleep(1));
      yield* holding(condition, () => condition.notify());
      yield* awaiting(sleep(1));
    }
    expect(order).toEqual([
      "test with 0, locked: true",
      "test with 0, locked: true",
      "test with 1, locked: true",
      "test with 2, locked: true",
      "2 in stock",
    ]);
  },
);

testBoth("Condition.waitFor() does not wait for what is true already", function* () {
  const condition = new Condition();
  expect(yield* awaiting(condition.waitFor(() => "now"))).toBe("now");
});

testBoth("Condition.waitFor() raises what the predicate throws", function* () {
  const condition = new Condition();
  yield* awaiting(condition.acquire());
  const failing = condition.waitFor(() => {
    throw new Error("no");
  });
  yield* expectError(failing, new Error("no"));
  expect(condition.locked()).toBe(true);
});

testBoth("Condition.wait() and notify() need the lock", function* () {
  const condition = new Condition();
  yield* expectError(condition.wait(), new RuntimeError("cannot wait on un-acquired lock"));
  expect(() => condition.notify()).toThrow(new RuntimeError("cannot notify on un-acquired lock"));
  expect(() => condition.notifyAll()).toThrow(new RuntimeError("cannot notify on un-acquired lock"));
  expect(() => condition.release()).toThrow(new RuntimeError("Lock is not acquired."));
});

function* expectError(operation: Parameters<typeof awaiting>[0], expected: Error): Steps<void> {
  let thrown: unknown;
  try {
    yield* awaiting(operation);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toEqual(expected);
}

testBoth("Condition can share its lock with another one", function* ({ start }) {
  const lock = new Lock();
  const notEmpty = new Condition(lock);
  const notFull = new Condition(lock);
  const order: string[] = [];
  start(() => watch(notEmpty, "consumer", order));
  start(() => watch(notFull, "producer", order));
  yield* awaiting(sleep(0));
  yield* awaiting(lock.acquire());
  expect([notEmpty.locked(), notFull.locked()]).toEqual([true, true]);
  notFull.notify();
  lock.release();
  yield* awaiting(sleep(1));
  expect(order).toEqual(["consumer waits", "producer waits", "producer woke"]);
});

test("Condition() takes nothing but a Lock, Condition.waitFor() nothing but a function", () => {
  expect(() => new Condition({} as Lock)).toThrow(TypeError);
  expect(() => new Condition().waitFor(true as never)).toThrow(TypeError);
});

test("Condition belongs to the loop in which a task first waited for it", async () => {
  const condition = new Condition();
  const waitAndNotify = async (): Promise<void> => {
    await condition.acquire();
    const notify = async (): Promise<void> => {
      await condition.acquire();
      condition.notify();
      condition.release();
    };
    await gather([condition.wait(), notify]);
    condition.release();
  };
  await runVirtual(waitAndNotify);
  await expect(runVirtual(waitAndNotify)).rejects.toThrow("is bound to a different event loop");
});
