import { createTask, EventLoop, getRunningLoop, sleep, ValueError } from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { eventsOf, now } from "../support/events.ts";
import { awaiting, testBoth } from "../support/spellings.ts";

testBoth("sleep() waits for the time given and returns its result", function* () {
  expect(yield* awaiting(sleep(10, "result"))).toBe("result");
  expect(now()).toBe(10);
  expect(yield* awaiting(sleep(0.5))).toBe(undefined);
  expect(now()).toBe(10.5);
});

testBoth("sleep() of zero or less takes exactly one iteration and no time", function* () {
  for (const delay of [0, -1, Number.NEGATIVE_INFINITY]) {
    const order: string[] = [];
    const loop = getRunningLoop();
    loop.callSoon(() => {
      order.push("next iteration");
      loop.callSoon(() => order.push("the one after"));
    });
    order.push(yield* awaiting(sleep(delay, "slept")));
    yield* awaiting(sleep(0));
    expect(order).toEqual(["next iteration", "slept", "the one after"]);
    expect(now()).toBe(0);
  }
});

testBoth("sleep() begins when it is awaited, not when it is called", function* () {
  const later = sleep(10);
  yield* awaiting(sleep(5));
  yield* awaiting(later);
  expect(now()).toBe(15);
});

testBoth(
  "sleep() wakes the sleepers of one time in the order in which they lay down, after the timers",
  function* ({ start }) {
    const order: string[] = [];
    const sleeper = (name: string, delay: number) =>
      start(function* () {
        yield* awaiting(sleep(delay));
        order.push(name);
      });
    sleeper("a", 10);
    sleeper("late", 11);
    sleeper("b", 10);
    yield* awaiting(sleep(0));
    getRunningLoop().callAt(10, () => order.push("timer"));
    yield* awaiting(sleep(20));
    expect(order).toEqual(["timer", "a", "b", "late"]);
  },
);

test("sleep() refuses NaN with a ValueError and what is no number with a TypeError", () => {
  expect(() => sleep(Number.NaN)).toThrow(ValueError);
  for (const wrong of [undefined, null, "10", 10n] as unknown as number[])
    expect(() => sleep(wrong)).toThrow(TypeError);
});

test("sleep() for ever can be cancelled", async () => {
  const events = await eventsOf(async (log) => {
    const task = createTask(() => sleep(Number.POSITIVE_INFINITY));
    await sleep(1_000_000);
    task.cancel();
    await sleep(1);
    log(`${now()} ${task.cancelled()}`);
  });
  expect(events).toEqual(["1000001 true"]);
});

test("sleep() that is cancelled leaves no timer for which the loop would wait", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const task = loop.createTask(() => sleep(1000));
  loop.callLater(10, () => task.cancel());
  await expect(loop.runForever()).rejects.toThrow("nothing can wake the program up");
  expect([loop.time(), task.cancelled()]).toEqual([10, true]);
  loop.close();
});

test("sleep() of a day takes no real time in tests", () =>
  runVirtual(async () => {
    await sleep(86_400_000);
    expect(now()).toBe(86_400_000);
  }));
