import {
  CancelledError,
  ContextVar,
  createTask,
  currentTask,
  Future,
  getRunningLoop,
  sleep,
  TimeoutError,
  ValueError,
  waitFor,
} from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { eventsOf, now, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting, type Steps, testBoth } from "../support/spellings.ts";

/** Cleans up for a while when it is cancelled, then ends as it is told. */
function* stubborn(end: (error: unknown) => string): Steps<string> {
  try {
    yield* awaiting(sleep(100));
    return "slept";
  } catch (error) {
    yield* awaiting(sleep(5));
    return end(error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}

testEvents(
  "waitFor() gives the result, when it comes in time or there is no limit",
  function* (log, { spell }) {
    log(yield* outcomeOf(awaiting(waitFor(sleep(10, "a coroutine"), 20))));
    log(yield* outcomeOf(awaiting(waitFor(createTask(sleep(10, "a task")), 20))));
    log(yield* outcomeOf(awaiting(waitFor(sleep(1000, "no limit"), null))));
    const fn = spell(function* () {
      yield* awaiting(sleep(10));
      return "a function";
    });
    log(yield* outcomeOf(awaiting(waitFor(fn, 20))));
    log(yield* outcomeOf(awaiting(waitFor(Promise.resolve("a promise"), 20))));
  },
  ["10 [a coroutine]", "20 [a task]", "1020 [no limit]", "1030 [a function]", "1030 [a promise]"],
);

testEvents(
  "waitFor() raises a TimeoutError when the time is up, and cancels what it waits for",
  function* (log, { spell }) {
    const task = createTask(sleep(100));
    const future = new Future();
    log(yield* outcomeOf(awaiting(waitFor(task, 10))));
    log(yield* outcomeOf(awaiting(waitFor(future, 10))));
    log(yield* outcomeOf(awaiting(waitFor(sleep(100), 10))));
    const fn = spell(function* () {
      yield* awaiting(sleep(100));
    });
    log(yield* outcomeOf(awaiting(waitFor(fn, 10))));
    log(`task: ${task.cancelled()}, future: ${future.cancelled()}, requests: ${currentTask()?.cancelling()}`);
  },
  [
    "10 TimeoutError()",
    "20 TimeoutError()",
    "30 TimeoutError()",
    "40 TimeoutError()",
    "task: true, future: true, requests: 0",
  ],
);

testBoth("waitFor() raises a TimeoutError whose cause is the CancelledError", function* () {
  for (const delay of [10, 0]) {
    let raised: unknown;
    try {
      yield* awaiting(waitFor(sleep(100), delay));
    } catch (error) {
      raised = error;
    }
    expect(raised).toBeInstanceOf(TimeoutError);
    expect((raised as TimeoutError).cause).toBeInstanceOf(CancelledError);
  }
});

testEvents(
  "waitFor() waits until what it has cancelled has ended",
  function* (log, { start }) {
    const task = start(() => stubborn(rethrow));
    log(yield* outcomeOf(awaiting(waitFor(task, 10))));
    log(`ended: ${task.done()}`);
  },
  ["15 TimeoutError()", "ended: true"],
);

testEvents(
  "waitFor() gives the result of what swallows the cancellation, or raises its error",
  function* (log, { start, spell }) {
    const late = (): Steps<string> => stubborn(() => "late");
    const failing = (): Steps<string> => stubborn(() => rethrow(new Error("in the clean-up")));
    log(yield* outcomeOf(awaiting(waitFor(start(late), 10))));
    log(yield* outcomeOf(awaiting(waitFor(spell(late), 10))));
    log(yield* outcomeOf(awaiting(waitFor(start(failing), 10))));
    log(`requests: ${currentTask()?.cancelling()}`);
  },
  ["15 [late]", "30 [late]", "45 Error(in the clean-up)", "requests: 0"],
);

testEvents(
  "waitFor() raises a TimeoutError of the callee as it is",
  function* (log, { spell }) {
    const fn = spell(function* () {
      yield* awaiting(sleep(5));
      throw new TimeoutError("of the callee");
    });
    log(yield* outcomeOf(awaiting(waitFor(fn, 10))));
  },
  ["5 TimeoutError(of the callee)"],
);

testBoth("waitFor() runs a coroutine in the task and the context of its caller", function* ({ spell }) {
  const user = new ContextVar("user", { default: "nobody" });
  const caller = currentTask();
  const fn = spell(function* () {
    yield* awaiting(sleep(1));
    user.set("set by the callee");
    return currentTask() === caller;
  });
  expect(yield* awaiting(waitFor(fn, 10))).toBe(true);
  expect(user.get()).toBe("set by the callee");
});

testEvents(
  "waitFor() that is cancelled cancels what it waits for",
  function* (log, { start }) {
    const task = start(() => stubborn(rethrow));
    const waiting = start(function* () {
      yield* awaiting(waitFor(task, 100));
    });
    yield* awaiting(sleep(10));
    waiting.cancel("enough");
    log(yield* outcomeOf(awaiting(waiting)));
    log(`requests: ${waiting.cancelling()} ${task.cancelling()}, cancelled: ${task.cancelled()}`);
  },
  ["15 CancelledError(enough)", "requests: 1 1, cancelled: true"],
);

// No time at all.

testEvents(
  "waitFor() with no time left gives the result of what is done",
  function* (log) {
    const [finished, failed] = [new Future<string>(), new Future<string>()];
    finished.setResult("done");
    failed.setException(new Error("no"));
    getRunningLoop().callSoon(log, { args: ["next iteration"] });
    log(yield* outcomeOf(awaiting(waitFor(finished, 0))));
    log(yield* outcomeOf(awaiting(waitFor(failed, -1))));
  },
  ["0 [done]", "0 Error(no)", "next iteration"],
);

testEvents(
  "waitFor() with no time left does not start a coroutine",
  function* (log, { spell }) {
    const fn = spell(function* () {
      log("started");
    });
    log(yield* outcomeOf(awaiting(waitFor(fn, 0))));
    log(yield* outcomeOf(awaiting(waitFor(fn, -1))));
  },
  ["0 TimeoutError()", "0 TimeoutError()"],
);

testEvents(
  "waitFor() with no time left cancels a task, waits for its end, and gives what that gives",
  function* (log, { start }) {
    const outcome = function* (end: (error: unknown) => string): Steps<string> {
      const task = start(() => stubborn(end));
      yield* awaiting(sleep(0));
      return yield* outcomeOf(awaiting(waitFor(task, 0)));
    };
    log(yield* outcome(rethrow));
    log(yield* outcome(() => "late"));
    log(yield* outcome(() => rethrow(new Error("in the clean-up"))));
  },
  ["5 TimeoutError()", "10 [late]", "15 Error(in the clean-up)"],
);

testEvents(
  "waitFor() with no time left can itself be cancelled while it waits for the end",
  function* (log, { start }) {
    const task = start(() => stubborn(() => "late"));
    const waiting = start(function* () {
      yield* awaiting(sleep(0));
      yield* awaiting(waitFor(task, 0));
    });
    yield* awaiting(sleep(2));
    waiting.cancel("enough");
    log(yield* outcomeOf(awaiting(waiting)));
    log(yield* outcomeOf(awaiting(task)));
  },
  ["2 CancelledError(enough)", "5 [late]"],
);

test("waitFor() begins to count when it is awaited", async () => {
  const events = await eventsOf(async (log) => {
    const waiting = waitFor(sleep(8, "slept"), 10);
    await sleep(5);
    log(`${await waiting} at ${now()}`);
  });
  expect(events).toEqual(["slept at 13"]);
});

test("waitFor() refuses what can't be awaited, and what is no time", () =>
  runVirtual(async () => {
    for (const wrong of [undefined, null, 42, "text", {}] as never[]) {
      expect(() => waitFor(wrong, 10)).toThrow(TypeError);
    }
    expect(() => waitFor(new Future(), Number.NaN)).toThrow(ValueError);
    for (const wrong of [undefined, "10"] as never[]) expect(() => waitFor(new Future(), wrong)).toThrow(TypeError);
  }));
