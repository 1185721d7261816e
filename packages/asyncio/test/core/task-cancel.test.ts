import {
  CancelledError,
  createTask,
  currentTask,
  Future,
  getRunningLoop,
  rethrowIfCancelled,
  sleep,
  type Task,
} from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { describeError } from "../support/events.ts";
import { awaiting, type Steps, testBoth } from "../support/spellings.ts";

/** Sleeps, and notes how that ended. */
function* sleepAndNote(order: string[], delay = 100): Steps<string> {
  try {
    yield* awaiting(sleep(delay));
    order.push("slept");
    return "slept";
  } catch (error) {
    order.push(describeError(error));
    throw error;
  }
}

/** What awaiting the task raises. */
function* errorOf(task: Task<unknown> | Future<unknown>): Steps<unknown> {
  try {
    yield* awaiting(task);
  } catch (error) {
    return error;
  }
  throw new Error("the task has not failed");
}

testBoth(
  "Task.cancel() throws a CancelledError with the message at the wait, in the iteration after",
  function* ({ start }) {
    const order: string[] = [];
    const task = start(() => sleepAndNote(order));
    yield* awaiting(sleep(10));
    getRunningLoop().callSoon(() => order.push("was ready before"));
    expect(task.cancel("enough")).toBe(true);
    order.push(`cancelled: ${task.cancelled()}, done: ${task.done()}`);
    expect(String(task)).toMatch(/^<Task cancelling /);

    expect(describeError(yield* errorOf(task))).toBe("CancelledError(enough)");
    expect(order).toEqual(["cancelled: false, done: false", "was ready before", "CancelledError(enough)"]);
    expect([task.cancelled(), task.cancelling(), getRunningLoop().time()]).toEqual([true, 1, 10]);
    expect(String(task)).toMatch(/^<Task cancelled /);
  },
);

testBoth("Task.cancel() runs the finally blocks, which may wait", function* ({ start }) {
  const order: string[] = [];
  const task = start(function* () {
    try {
      yield* sleepAndNote(order);
    } finally {
      yield* awaiting(sleep(5));
      order.push(`cleaned up at ${getRunningLoop().time()}`);
    }
  });
  yield* awaiting(sleep(10));
  task.cancel();
  yield* errorOf(task);
  expect(order).toEqual(["CancelledError()", "cleaned up at 15"]);
});

testBoth("Task.cancel() of a task that is done says no and changes nothing", function* ({ start }) {
  const task = start(function* () {
    return "result";
  });
  yield* awaiting(task);
  expect([task.cancel(), task.cancelled(), task.cancelling(), task.result()]).toEqual([false, false, 0, "result"]);
});

testBoth(
  "Task.cancel() goes down to the innermost wait, and the error comes up again, always the same",
  function* ({ start }) {
    const order: string[] = [];
    const errors: unknown[] = [];
    const future = new Future();
    const level = (name: string, wait: () => Future<unknown>) =>
      start(
        function* () {
          try {
            yield* awaiting(wait());
          } catch (error) {
            order.push(`${name} ${describeError(error)}`);
            errors.push(error);
            throw error;
          }
        },
        { name },
      );
    const inner = level("inner", () => future);
    const middle = level("middle", () => inner);
    const outer = level("outer", () => middle);
    yield* awaiting(sleep(10));
    outer.cancel("enough");
    expect([future.cancelled(), inner.cancelled()]).toEqual([true, false]);

    errors.push(yield* errorOf(outer));
    expect(order).toEqual([
      "inner CancelledError(enough)",
      "middle CancelledError(enough)",
      "outer CancelledError(enough)",
    ]);
    expect([inner, middle, outer].map((task) => [task.cancelled(), task.cancelling()])).toEqual([
      [true, 1],
      [true, 1],
      [true, 1],
    ]);
    for (const error of errors) expect(error).toBe(errors[0]);
  },
);

testBoth("Task.cancel() before the first step: no part of the coroutine runs", function* ({ start }) {
  const order: string[] = [];
  const task = start(function* () {
    try {
      order.push("body");
      yield* awaiting(sleep(1));
    } finally {
      order.push("finally");
    }
  });
  task.cancel("too early");
  expect(describeError(yield* errorOf(task))).toBe("CancelledError(too early)");
  expect([order, task.cancelled()]).toEqual([[], true]);
});

testBoth(
  "Task.cancel() after the awaited thing is done takes the place of its result, which is lost",
  function* ({ start }) {
    const future = new Future<string>();
    const order: string[] = [];
    const task = start(function* () {
      try {
        order.push(yield* awaiting(future));
      } catch (error) {
        order.push(describeError(error));
      }
    });
    yield* awaiting(sleep(10));
    future.setResult("result");
    expect(task.cancel("in between")).toBe(true);
    yield* awaiting(task);
    expect(order).toEqual(["CancelledError(in between)"]);
  },
);

testBoth(
  "Task.cancel() after the awaited thing failed takes the place of its error, unless that is a CancelledError",
  function* ({ start }) {
    const outcomeOf = function* (end: (future: Future<unknown>) => void): Steps<string> {
      const future = new Future<unknown>();
      const task = start(() => errorOf(future));
      yield* awaiting(sleep(10));
      end(future);
      task.cancel("from the task");
      return describeError(yield* awaiting(task));
    };
    expect(yield* outcomeOf((future) => future.setException(new Error("failed")))).toBe(
      "CancelledError(from the task)",
    );
    expect(yield* outcomeOf((future) => future.cancel("from the future"))).toBe("CancelledError(from the future)");
  },
);

testBoth(
  "Task.cancel() by the task itself arrives at its next wait, whether that takes time or not",
  function* ({ start }) {
    for (const delay of [0, 5]) {
      const order: string[] = [];
      const task = start(function* () {
        const loop = getRunningLoop();
        loop.callSoon(() => {
          order.push("next iteration");
          loop.callSoon(() => order.push("the one after"));
        });
        currentTask()?.cancel("myself");
        order.push("goes on");
        yield* sleepAndNote(order, delay);
      });
      yield* errorOf(task);
      yield* awaiting(sleep(0));
      expect(order).toEqual(["goes on", "next iteration", "CancelledError(myself)", "the one after"]);
      expect(getRunningLoop().time()).toBe(0);
    }
  },
);

testBoth("Task.cancel() by the task itself, which then waits no more, loses its result", function* ({ start }) {
  const task = start(function* () {
    currentTask()?.cancel("too late");
    return "result";
  });
  expect(describeError(yield* errorOf(task))).toBe("CancelledError(too late)");
  expect(task.cancelled()).toBe(true);
});

testBoth("Task.cancel() by the task itself, which then fails, leaves the error", function* ({ start }) {
  const task = start(function* () {
    currentTask()?.cancel("too late");
    throw new Error("failed");
  });
  expect(describeError(yield* errorOf(task))).toBe("Error(failed)");
  expect(task.cancelled()).toBe(false);
});

testBoth("Task.cancel() twice in one iteration is one CancelledError, with the first message", function* ({ start }) {
  const order: string[] = [];
  const task = start(function* () {
    for (const delay of [100, 5]) {
      try {
        yield* sleepAndNote(order, delay);
      } catch {}
    }
  });
  yield* awaiting(sleep(10));
  task.cancel("first");
  task.cancel("second");
  expect(task.cancelling()).toBe(2);
  yield* awaiting(task);
  expect(order).toEqual(["CancelledError(first)", "slept"]);
  expect([task.cancelled(), task.cancelling()]).toEqual([false, 2]);
});

testBoth("Task.cancel() is one CancelledError: a coroutine that catches it goes on undisturbed", function* ({ start }) {
  const order: string[] = [];
  const task = start(function* () {
    try {
      yield* sleepAndNote(order);
    } catch {}
    yield* sleepAndNote(order, 5);
    return "result";
  });
  yield* awaiting(sleep(10));
  task.cancel();
  expect(yield* awaiting(task)).toBe("result");
  expect(order).toEqual(["CancelledError()", "slept"]);
  expect([task.cancelled(), task.cancelling()]).toEqual([false, 1]);
});

testBoth("Task.cancel() in two iterations is two CancelledErrors", function* ({ start }) {
  const order: string[] = [];
  const task = start(function* () {
    try {
      yield* sleepAndNote(order);
    } finally {
      yield* sleepAndNote(order);
    }
  });
  yield* awaiting(sleep(10));
  task.cancel("first");
  yield* awaiting(sleep(0));
  yield* awaiting(sleep(0));
  task.cancel("second");
  expect(describeError(yield* errorOf(task))).toBe("CancelledError(second)");
  expect(order).toEqual(["CancelledError(first)", "CancelledError(second)"]);
});

testBoth(
  "Task that awaits a task which is cancelled gets its CancelledError, and has no request itself",
  function* ({ start }) {
    const inner = start(() => sleepAndNote([]));
    const outer = start(() => errorOf(inner));
    yield* awaiting(sleep(10));
    inner.cancel("inner only");
    expect(describeError(yield* awaiting(outer))).toBe("CancelledError(inner only)");
    expect([inner.cancelling(), outer.cancelling(), outer.cancelled()]).toEqual([1, 0, false]);
  },
);

testBoth(
  "Task.cancel() of a task that awaits one which swallows it: the awaiter goes on, with a request",
  function* ({ start }) {
    const inner = start(function* () {
      yield* errorOf(new Future());
      return "swallowed";
    });
    const outer = start(function* () {
      return yield* awaiting(inner);
    });
    yield* awaiting(sleep(10));
    outer.cancel();
    expect(yield* awaiting(outer)).toBe("swallowed");
    expect([inner.cancelling(), outer.cancelling(), outer.cancelled()]).toEqual([1, 1, false]);
  },
);

testBoth("Task.uncancel() takes requests back one by one, not below zero", function* ({ start }) {
  const task = start(() => errorOf(new Future()));
  yield* awaiting(sleep(10));
  task.cancel();
  task.cancel();
  expect([task.uncancel(), task.uncancel(), task.uncancel(), task.cancelling()]).toEqual([1, 0, 0, 0]);
  yield* awaiting(task);
});

testBoth("Task.uncancel() of the last request drops a CancelledError that was not thrown yet", function* ({ start }) {
  const afterRequests = function* (requests: number): Steps<string> {
    for (let i = 0; i < requests; i++) currentTask()?.cancel();
    currentTask()?.uncancel();
    return yield* sleepAndNote([], 1);
  };
  expect(yield* awaiting(start(() => afterRequests(1)))).toBe("slept");
  expect(describeError(yield* errorOf(start(() => afterRequests(2))))).toBe("CancelledError()");
});

testBoth("Task.uncancel() does not take back a cancellation that is on its way to the wait", function* ({ start }) {
  const task = start(() => errorOf(new Future()));
  yield* awaiting(sleep(10));
  task.cancel("on its way");
  expect(task.uncancel()).toBe(0);
  expect(describeError(yield* awaiting(task))).toBe("CancelledError(on its way)");
});

testBoth("Task.result() of a cancelled one throws its coroutine's error once, later a new one", function* ({ start }) {
  const errors: unknown[] = [];
  const task = start(function* () {
    try {
      yield* awaiting(sleep(100));
    } catch (error) {
      errors.push(error);
      throw error;
    }
  });
  yield* awaiting(sleep(10));
  task.cancel("enough");
  yield* awaiting(sleep(10));
  for (const ask of [() => task.result(), () => task.exception(), () => task.result()]) {
    try {
      ask();
    } catch (error) {
      errors.push(error);
    }
  }
  expect(errors.map((error) => error instanceof CancelledError)).toEqual([true, true, true, true]);
  expect(errors[1]).toBe(errors[0]);
  expect(new Set(errors).size).toBe(3);
});

testBoth(
  "EventLoop.swallowedCancellations counts the tasks that end normally in spite of a request",
  function* ({ start }) {
    const loop = getRunningLoop();
    const outcome = function* (end: () => void): Steps<number> {
      const before = loop.swallowedCancellations;
      const task = start(function* () {
        const error = yield* errorOf(new Future());
        end();
        return error;
      });
      yield* awaiting(sleep(10));
      task.cancel();
      yield* awaiting(sleep(10));
      return loop.swallowedCancellations - before;
    };
    const rethrow = (): void => rethrowIfCancelled(new CancelledError());
    expect(yield* outcome(() => {})).toBe(1);
    expect(yield* outcome(rethrow)).toBe(0);
    expect(yield* outcome(() => currentTask()?.uncancel())).toBe(0);
  },
);

test("Task.cancel() takes any message", () =>
  runVirtual(async () => {
    const messages: unknown[] = [undefined, null, "text", 42, { toString: () => "an object" }];
    const texts: string[] = [];
    for (const message of messages) {
      const task = createTask(() => sleep(10));
      await sleep(1);
      task.cancel(message);
      await sleep(1);
      try {
        task.result();
      } catch (error) {
        texts.push(describeError(error));
      }
    }
    expect(texts).toEqual(["", "", "text", "42", "an object"].map((text) => `CancelledError(${text})`));
  }));
