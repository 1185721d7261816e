import {
  asCompleted,
  createTask,
  DeadlockError,
  EventLoop,
  Future,
  getRunningLoop,
  sleep,
  TimeoutError,
  ValueError,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { describeError, eventsOf, now, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting } from "../support/spellings.ts";

function failAfter(delay: number) {
  return function* () {
    yield* sleep(delay);
    throw new Error(`failed after ${delay}`);
  };
}

test("asCompleted() gives what has ended, in that order, to `for await`", async () => {
  const events = await eventsOf(async (log) => {
    const task = createTask(sleep(20, "task"));
    for await (const ended of asCompleted([sleep(30, "slow"), task, async () => "at once"])) {
      log(`${now()} ${ended.result()}, the task: ${ended.future === task}`);
    }
    log(`${now()} end`);
  });
  expect(events).toEqual([
    "0 at once, the task: false",
    "20 task, the task: true",
    "30 slow, the task: false",
    "30 end",
  ]);
});

test("asCompleted() gives errors and cancellations as outcomes to `for await`", async () => {
  const events = await eventsOf(async (log) => {
    const cancelled = createTask(sleep(100));
    getRunningLoop().callLater(20, () => cancelled.cancel());
    for await (const ended of asCompleted([failAfter(10), cancelled, sleep(30, "result")])) {
      const outcome = ended.cancelled() ? "cancelled" : (ended.exception() ?? ended.result());
      log(`${now()} ${describeError(outcome)}`);
    }
  });
  expect(events).toEqual(["10 Error(failed after 10)", "20 cancelled", "30 result"]);
});

testEvents(
  "asCompleted() gives coroutines for the next outcomes to a plain `for`",
  function* (log) {
    for (const next of asCompleted([sleep(30, "slow"), failAfter(20), sleep(10, "fast")])) {
      log(yield* outcomeOf(awaiting(next)));
    }
  },
  ["10 [fast]", "20 Error(failed after 20)", "30 [slow]"],
);

testEvents(
  "asCompleted() has next() for an iteration in the generator spelling",
  function* (log) {
    const outcomes = asCompleted([sleep(20, "slow"), sleep(10, "fast")]);
    let step = yield* awaiting(outcomes.next());
    while (!step.done) {
      log(`${now()} ${step.value.result()}`);
      step = yield* awaiting(outcomes.next());
    }
  },
  ["10 fast", "20 slow"],
);

test("asCompleted() gives those that end in one iteration in the order in which they ended", async () => {
  const events = await eventsOf(async (log) => {
    const futures = ["a", "b", "c"].map(() => new Future<string>());
    getRunningLoop().callLater(10, () => {
      for (const index of [2, 0, 1]) futures[index]?.setResult(String(index));
    });
    for await (const ended of asCompleted(futures)) log(ended.result());
  });
  expect(events).toEqual(["2", "0", "1"]);
});

test("asCompleted() runs what it is given twice once, and gives it once", async () => {
  const events = await eventsOf(async (log) => {
    const [task, wait] = [createTask(sleep(1, "task")), sleep(2, "coroutine")];
    for await (const ended of asCompleted([task, wait, task, wait])) log(ended.result());
  });
  expect(events).toEqual(["task", "coroutine"]);
});

test("asCompleted() of nothing ends at once", async () => {
  const events = await eventsOf(async (log) => {
    for await (const ended of asCompleted([], { timeout: 10 })) log(String(ended));
    for (const next of asCompleted([])) log(String(next));
    log(String(now()));
  });
  expect(events).toEqual(["0"]);
});

test("asCompleted() raises a TimeoutError from `for await` when the time for all is up, and cancels none", async () => {
  const events = await eventsOf(async (log) => {
    const slow = createTask(sleep(30, "slow"));
    try {
      for await (const ended of asCompleted([slow, sleep(10, "fast"), sleep(40)], { timeout: 20 })) {
        log(`${now()} ${ended.result()}`);
      }
    } catch (error) {
      log(`${now()} ${describeError(error)}`);
    }
    log(`${await slow} at ${now()}`);
  });
  expect(events).toEqual(["10 fast", "20 TimeoutError()", "slow at 30"]);
});

testEvents(
  "asCompleted() raises a TimeoutError for each that is late from a plain `for`",
  function* (log) {
    for (const next of asCompleted([sleep(30), sleep(10, "fast"), sleep(40)], { timeout: 20 })) {
      log(yield* outcomeOf(awaiting(next)));
    }
  },
  ["10 [fast]", "20 TimeoutError()", "20 TimeoutError()"],
);

test("asCompleted() lets go of what is late: an error that comes after the timeout is reported", async () => {
  const events = await eventsOf(async (log) => {
    for (const next of asCompleted([failAfter(30)], { timeout: 10 })) {
      await expect(async () => await next).rejects.toThrow(TimeoutError);
      log(`${now()} timeout`);
    }
    await sleep(50);
  });
  expect(events).toEqual(["10 timeout", "report: Task exception was never retrieved"]);
});

test("asCompleted() that is left early lets the others go on, and reports their errors", async () => {
  const events = await eventsOf(async (log) => {
    const other = createTask(sleep(20, "other"));
    for await (const ended of asCompleted([other, sleep(10, "first"), failAfter(15)], { timeout: 1000 })) {
      log(ended.result());
      break;
    }
    log(`${await other} at ${now()}`);
  });
  expect(events).toEqual(["first", "report: Task exception was never retrieved", "other at 20"]);
});

test("AsCompleted.stop() ends the iteration", async () => {
  const events = await eventsOf(async (log) => {
    const outcomes = asCompleted([sleep(10, "first"), sleep(20, "second")]);
    for await (const ended of outcomes) {
      log(ended.result());
      outcomes.stop();
    }
    log(`${now()} ${(await outcomes.next()).done} ${[...outcomes].length}`);
  });
  expect(events).toEqual(["first", "10 true 0"]);
});

test.each(["to its end", "to a break"])("asCompleted() that is followed %s leaves no timer behind", async (end) => {
  const loop = new EventLoop({ host: new VirtualHost() });
  await loop.runUntilComplete(async () => {
    for await (const ended of asCompleted([sleep(10)], { timeout: 500 })) {
      ended.result();
      if (end === "to a break") break;
    }
  });
  await expect(loop.runForever()).rejects.toThrow(DeadlockError);
  expect(loop.time()).toBe(10);
  loop.close();
});

test("asCompleted() whose iteration is cancelled cancels none", async () => {
  const events = await eventsOf(async (log) => {
    const task = createTask(sleep(20, "task"));
    const iterating = createTask(async () => {
      for await (const ended of asCompleted([task])) log(ended.result());
    });
    await sleep(10);
    iterating.cancel("enough");
    await expect(async () => await iterating).rejects.toThrow("enough");
    log(`${await task} at ${now()}`);
  });
  expect(events).toEqual(["task at 20"]);
});

test("asCompleted() refuses what is no list, what can't be awaited, and what is no time", () =>
  runVirtual(async () => {
    for (const wrong of [undefined, null, 1, sleep(1), new Future(), Promise.resolve([])] as never[]) {
      expect(() => asCompleted(wrong)).toThrow(TypeError);
    }
    expect(() => asCompleted([1] as never)).toThrow(TypeError);
    expect(() => asCompleted([], { timeout: Number.NaN })).toThrow(ValueError);
    expect(() => asCompleted([], { timeout: "1" as never })).toThrow(TypeError);
  }));

test("asCompleted() raises a TimeoutError that is no CancelledError in the iterating task", () =>
  runVirtual(async () => {
    const [next] = asCompleted([sleep(100)], { timeout: 0 });
    await expect(async () => await next).rejects.toBeInstanceOf(TimeoutError);
  }));
