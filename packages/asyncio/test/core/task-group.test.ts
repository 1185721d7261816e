import { ContextVar, copyContext, createTask, RuntimeError, sleep, TaskGroup, taskGroup, timeout } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { describeError, eventsOf, now, outcomeOf, testEvents } from "../support/events.ts";
import { isCollected } from "../support/garbage.ts";
import { awaiting, type Spelling, type Steps, testBoth } from "../support/spellings.ts";
import { worker } from "../support/worker.ts";

/** `taskGroup()` with a body in the spelling of the test. */
function groupOf<T>({ spell }: Spelling, body: (group: TaskGroup) => Steps<T>): Steps<T> {
  return awaiting(taskGroup(spell(body)));
}

const failed = { error: new Error("failed") };

testEvents(
  "taskGroup() waits for all its tasks, and gives the result of the body",
  function* (log, spelling) {
    const body = function* (group: TaskGroup): Steps<string> {
      group.createTask(worker(log, "a", 20));
      const b = group.createTask(worker(log, "b", 10));
      log(`${yield* awaiting(b)} was awaited`);
      return "result";
    };
    log(yield* outcomeOf(groupOf(spelling, body)));
  },
  ["10 b ends", "b was awaited", "20 a ends", "20 [result]"],
);

testEvents(
  "taskGroup() without tasks, or whose tasks have ended, takes no turn of the loop at its end",
  function* (log, spelling) {
    createTask(async () => log("other task"));
    log(yield* outcomeOf(groupOf(spelling, function* () {})));
    const body = function* (group: TaskGroup): Steps<void> {
      group.createTask(worker(log, "a", 0));
      yield* awaiting(sleep(1));
      createTask(async () => log("another task"));
    };
    log(yield* outcomeOf(groupOf(spelling, body)));
  },
  ["0 [undefined]", "other task", "0 a ends", "1 [undefined]", "another task"],
);

testEvents(
  "TaskGroup.createTask() also serves the tasks of the group, while it waits for them",
  function* (log, spelling) {
    const body = function* (group: TaskGroup): Steps<void> {
      group.createTask(
        spelling.spell(function* () {
          yield* awaiting(sleep(10));
          group.createTask(worker(log, "grandchild", 10));
          log(`${now()} child ends`);
        }),
      );
    };
    log(yield* outcomeOf(groupOf(spelling, body)));
  },
  ["10 child ends", "20 grandchild ends", "20 [undefined]"],
);

testBoth("TaskGroup.createTask() takes the options of every task", function* (spelling) {
  const user = new ContextVar("user", { default: "nobody" });
  const context = copyContext();
  const body = function* (group: TaskGroup): Steps<string> {
    const child = spelling.spell(function* () {
      user.set("child");
      return "eager";
    });
    const task = group.createTask(child, { name: "named", context, eagerStart: true });
    expect(context.get(user)).toBe("child");
    return `${task.getName()} ${yield* awaiting(task)}`;
  };
  expect(yield* groupOf(spelling, body)).toBe("named eager");
  expect(user.get()).toBe("nobody");
});

// Failures.

testEvents(
  "taskGroup() cancels the other tasks and the body at the first failure, waits for them, and raises all errors",
  function* (log, spelling) {
    const body = function* (group: TaskGroup): Steps<void> {
      group.createTask(worker(log, "a", 50, { cleanUp: 5, cleanUpError: new Error("in the clean-up") }));
      group.createTask(worker(log, "b", 10, failed));
      yield* awaiting(worker(log, "body", 100));
    };
    log(yield* outcomeOf(groupOf(spelling, body)));
    log(yield* outcomeOf(awaiting(sleep(1, "the next wait is not cancelled"))));
  },
  [
    "10 b ends",
    "10 a CancelledError()",
    "10 body CancelledError()",
    "15 a cleaned up",
    "15 ExceptionGroup(unhandled errors in a TaskGroup)[Error(failed), Error(in the clean-up)]",
    "16 [the next wait is not cancelled]",
  ],
);

testEvents(
  "taskGroup() whose task fails while the group waits at its end does not let the parent feel it",
  function* (log, spelling) {
    const task = spelling.start(function* () {
      const body = function* (group: TaskGroup): Steps<void> {
        group.createTask(worker(log, "a", 50, { cleanUp: 5 }));
        group.createTask(worker(log, "b", 10, failed));
      };
      log(yield* outcomeOf(groupOf(spelling, body)));
      return yield* outcomeOf(awaiting(sleep(1, "the next wait is not cancelled")));
    });
    log(yield* awaiting(task));
    log(`requests: ${task.cancelling()}`);
  },
  [
    "10 b ends",
    "10 a CancelledError()",
    "15 a cleaned up",
    "15 ExceptionGroup(unhandled errors in a TaskGroup)[Error(failed)]",
    "16 [the next wait is not cancelled]",
    "requests: 0",
  ],
);

testEvents(
  "taskGroup() has the errors in the order in which they happened, and that of the body last",
  function* (log, spelling) {
    const body = function* (group: TaskGroup): Steps<void> {
      group.createTask(worker(log, "a", 50, { cleanUp: 10, cleanUpError: new Error("a") }));
      group.createTask(worker(log, "b", 50, { cleanUp: 5, cleanUpError: new Error("b") }));
      yield* awaiting(worker(log, "body", 10, { error: new Error("body") }));
    };
    log(yield* outcomeOf(groupOf(spelling, body)));
  },
  [
    "10 body ends",
    "10 a CancelledError()",
    "10 b CancelledError()",
    "15 b cleaned up",
    "20 a cleaned up",
    "20 ExceptionGroup(unhandled errors in a TaskGroup)[Error(b), Error(a), Error(body)]",
  ],
);

testEvents(
  "taskGroup() ignores a task that was cancelled, by others or of its own accord",
  function* (log, spelling) {
    const body = function* (group: TaskGroup): Steps<string> {
      const cancelled = group.createTask(worker(log, "cancelled", 50));
      group.createTask(worker(log, "other", 20));
      yield* awaiting(sleep(10));
      cancelled.cancel("enough");
      return "result";
    };
    log(yield* outcomeOf(groupOf(spelling, body)));
  },
  ["10 cancelled CancelledError(enough)", "20 other ends", "20 [result]"],
);

testEvents(
  "taskGroup() raises the error of a task also when the body had awaited it",
  function* (log, spelling) {
    const body = function* (group: TaskGroup): Steps<void> {
      const task = group.createTask(worker(log, "a", 10, failed));
      log(`body: ${yield* outcomeOf(awaiting(task))}`);
    };
    log(yield* outcomeOf(groupOf(spelling, body)));
  },
  ["10 a ends", "body: 10 CancelledError()", "10 ExceptionGroup(unhandled errors in a TaskGroup)[Error(failed)]"],
);

testEvents(
  "taskGroup() whose body swallows the cancellation waits for it, and raises the errors then",
  function* (log, spelling) {
    const body = function* (group: TaskGroup): Steps<void> {
      group.createTask(worker(log, "a", 10, failed));
      log(`body: ${yield* outcomeOf(awaiting(sleep(100)))}`);
      yield* awaiting(worker(log, "rest of the body", 20));
    };
    log(yield* outcomeOf(groupOf(spelling, body)));
  },
  [
    "10 a ends",
    "body: 10 CancelledError()",
    "30 rest of the body ends",
    "30 ExceptionGroup(unhandled errors in a TaskGroup)[Error(failed)]",
  ],
);

testEvents(
  "taskGroup() inside another: its errors fail the outer one, as a group",
  function* (log, spelling) {
    const inner = (group: TaskGroup): Steps<void> => {
      group.createTask(worker(log, "inner", 10, failed));
      return awaiting(sleep(100));
    };
    const outer = function* (group: TaskGroup): Steps<void> {
      group.createTask(worker(log, "outer", 50));
      yield* groupOf(spelling, inner);
    };
    log(yield* outcomeOf(groupOf(spelling, outer)));
  },
  [
    "10 inner ends",
    "10 outer CancelledError()",
    "10 ExceptionGroup(unhandled errors in a TaskGroup)[ExceptionGroup(unhandled errors in a TaskGroup)[Error(failed)]]",
  ],
);

// Where tasks are refused.

testBoth(
  "TaskGroup.createTask() is refused before the body, while the group shuts down and after its end",
  function* (spelling) {
    const refusals: string[] = [];
    const refused = (group: TaskGroup) => {
      const wait = sleep(1);
      try {
        group.createTask(wait);
      } catch (error) {
        expect(error).toBeInstanceOf(RuntimeError);
        refusals.push(describeError(error));
      }
      return wait;
    };
    const waits = [refused(new TaskGroup())];
    let ended!: TaskGroup;
    const body = function* (group: TaskGroup): Steps<void> {
      ended = group;
      group.createTask(worker(() => {}, "a", 10, failed));
      group.createTask(worker(() => {}, "slow", 50, { cleanUp: 5 }));
      try {
        yield* awaiting(sleep(100));
      } finally {
        waits.push(refused(group));
      }
    };
    expect(yield* outcomeOf(groupOf(spelling, body))).toMatch(/^15 ExceptionGroup/);
    waits.push(refused(ended));

    expect(refusals).toEqual([
      "RuntimeError(the TaskGroup has not been entered)",
      "RuntimeError(the TaskGroup is shutting down)",
      "RuntimeError(the TaskGroup is finished)",
    ]);
    // What was refused is closed: it can't be awaited any more.
    for (const wait of waits) expect(yield* outcomeOf(awaiting(wait))).toMatch(/RuntimeError/);
  },
);

test("TaskGroup.createTask() closes a generator that it refuses", () => {
  const generator = (function* () {
    yield* sleep(1);
  })();
  expect(() => new TaskGroup().createTask(generator)).toThrow("has not been entered");
  expect(generator.next()).toEqual({ done: true, value: undefined });
});

test("TaskGroup.createTask() of what is no coroutine is refused, and does not hold the group up", async () => {
  const events = await eventsOf(async (log) => {
    await taskGroup(async (group) => {
      expect(() => group.createTask(Promise.resolve() as never)).toThrow(TypeError);
      expect(() => group.createTask(undefined as never)).toThrow(TypeError);
      group.createTask(worker(log, "a", 1));
    });
  });
  expect(events).toEqual(["1 a ends"]);
});

test("taskGroup() refuses what is no body, and runs once", () =>
  runVirtual(async () => {
    for (const wrong of [undefined, sleep(1), Promise.resolve()] as never[]) {
      expect(() => taskGroup(wrong)).toThrow(TypeError);
    }
    const group = taskGroup(async () => {});
    await group;
    await expect(async () => await group).rejects.toThrow("cannot reuse already awaited coroutine");
  }));

test("TaskGroup lets go of errors and tasks at its end", async () => {
  let kept!: TaskGroup;
  const references: WeakRef<object>[] = [];
  const fail = async (): Promise<never> => {
    const error = new Error("failed");
    references.push(new WeakRef(error));
    throw error;
  };
  await runVirtual(async () => {
    await taskGroup(async (group) => {
      kept = group;
      references.push(new WeakRef(group.createTask(fail)));
      await sleep(10);
    }).then(undefined, () => {});
  });
  expect(references).toHaveLength(2);
  for (const reference of references) expect(await isCollected(reference)).toBe(true);
  expect(() => kept.createTask(fail)).toThrow("is finished");
});

testEvents(
  "taskGroup() inside of timeout() cancels its tasks when the time is up",
  function* (log, spelling) {
    const group = spelling.spell(() =>
      groupOf(spelling, function* (own) {
        own.createTask(worker(log, "a", 100, { cleanUp: 5 }));
        yield* awaiting(worker(log, "body", 100));
      }),
    );
    log(yield* outcomeOf(awaiting(timeout(10, group))));
  },
  ["10 body CancelledError()", "10 a CancelledError()", "15 a cleaned up", "15 TimeoutError()"],
);
