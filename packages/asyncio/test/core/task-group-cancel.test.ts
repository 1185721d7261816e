import { currentTask, getRunningLoop, sleep, type Task, TaskGroup, taskGroup, timeout } from "asyncio-ts";
import { describeError, type Log, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting, type Spelling, type Steps } from "../support/spellings.ts";
import { worker } from "../support/worker.ts";

type Body<T> = (group: TaskGroup) => Steps<T>;

/** `taskGroup()` with a body in the spelling of the test. */
function groupOf<T>({ spell }: Spelling, body: Body<T>): Steps<T> {
  return awaiting(taskGroup(spell(body)));
}

/** A task that runs a group, and notes how that ended, what requests are left, and whether the next wait is cancelled. */
function startGroup(log: Log, spelling: Spelling, body: Body<unknown>): Task<void> {
  return spelling.start(function* () {
    log(yield* outcomeOf(groupOf(spelling, body)));
    log(`requests: ${currentTask()?.cancelling()}`);
    log(`next wait: ${yield* outcomeOf(awaiting(sleep(0)))}`);
  });
}

const failed = { error: new Error("failed") };

// Cancelled from outside.

testEvents(
  "taskGroup() that is cancelled in its body cancels the tasks, waits for them, and lets the cancellation through",
  function* (log, spelling) {
    const task = startGroup(log, spelling, function* (group) {
      group.createTask(worker(log, "a", 50, { cleanUp: 5 }));
      yield* awaiting(worker(log, "body", 100));
    });
    yield* awaiting(sleep(10));
    task.cancel("from outside");
    yield* awaiting(task);
  },
  [
    "10 body CancelledError(from outside)",
    "10 a CancelledError()",
    "15 a cleaned up",
    "15 CancelledError(from outside)",
    "requests: 1",
    "next wait: 15 [undefined]",
  ],
);

testEvents(
  "taskGroup() that is cancelled while it waits at its end cancels the tasks, and goes on waiting however often",
  function* (log, spelling) {
    const task = startGroup(log, spelling, function* (group) {
      group.createTask(worker(log, "a", 50, { cleanUp: 5 }));
    });
    yield* awaiting(sleep(10));
    task.cancel("from outside");
    yield* awaiting(sleep(2));
    task.cancel("once more");
    yield* awaiting(task);
  },
  [
    "10 a CancelledError()",
    "15 a cleaned up",
    "15 CancelledError(from outside)",
    "requests: 2",
    "next wait: 15 [undefined]",
  ],
);

testEvents(
  "taskGroup() that fails and is cancelled from outside raises its errors; the cancellation arrives at the next wait",
  function* (log, spelling) {
    const task = startGroup(log, spelling, function* (group) {
      group.createTask(worker(log, "a", 50, { cleanUp: 5 }));
      group.createTask(worker(log, "b", 10, failed));
      yield* awaiting(worker(log, "body", 100));
    });
    yield* awaiting(sleep(12));
    task.cancel("from outside");
    yield* awaiting(task);
  },
  [
    "10 b ends",
    "10 a CancelledError()",
    "10 body CancelledError()",
    "15 a cleaned up",
    "15 ExceptionGroup(unhandled errors in a TaskGroup)[Error(failed)]",
    "requests: 1",
    "next wait: 15 CancelledError()",
  ],
);

testEvents(
  "taskGroup() that is cancelled from outside and then fails raises its errors; the cancellation arrives at the next wait",
  function* (log, spelling) {
    const task = startGroup(log, spelling, function* (group) {
      group.createTask(worker(log, "a", 50, { cleanUp: 5, cleanUpError: new Error("in the clean-up") }));
      yield* awaiting(worker(log, "body", 100));
    });
    yield* awaiting(sleep(10));
    task.cancel("from outside");
    yield* awaiting(task);
  },
  [
    "10 body CancelledError(from outside)",
    "10 a CancelledError()",
    "15 a cleaned up",
    "15 ExceptionGroup(unhandled errors in a TaskGroup)[Error(in the clean-up)]",
    "requests: 1",
    "next wait: 15 CancelledError()",
  ],
);

testEvents(
  "taskGroup() whose body swallows the group's cancellation is still cancelled from outside",
  function* (log, spelling) {
    const task = startGroup(log, spelling, function* (group) {
      group.createTask(worker(log, "a", 10, failed));
      log(`body: ${yield* outcomeOf(awaiting(sleep(100)))}`);
      yield* awaiting(worker(log, "rest of the body", 20));
    });
    yield* awaiting(sleep(15));
    task.cancel("from outside");
    yield* awaiting(task);
  },
  [
    "10 a ends",
    "body: 10 CancelledError()",
    "15 rest of the body CancelledError(from outside)",
    "15 ExceptionGroup(unhandled errors in a TaskGroup)[Error(failed)]",
    "requests: 1",
    "next wait: 15 CancelledError()",
  ],
);

// TaskGroup.cancel().

testEvents(
  "TaskGroup.cancel() cancels the tasks and the body, and the group ends without an error or a result",
  function* (log, spelling) {
    const task = startGroup(log, spelling, function* (group) {
      getRunningLoop().callLater(10, () => group.cancel("enough"));
      group.createTask(worker(log, "a", 50, { cleanUp: 5 }));
      yield* awaiting(worker(log, "body", 100));
      return "result";
    });
    yield* awaiting(task);
  },
  [
    "10 a CancelledError(enough)",
    "10 body CancelledError(enough)",
    "15 a cleaned up",
    "15 [undefined]",
    "requests: 0",
    "next wait: 15 [undefined]",
  ],
);

testEvents(
  "TaskGroup.cancel() by one of its tasks while the group waits at its end cancels that too",
  function* (log, spelling) {
    const task = startGroup(log, spelling, function* (group) {
      group.createTask(worker(log, "a", 50));
      group.createTask(
        spelling.spell(function* () {
          yield* awaiting(sleep(10));
          group.cancel();
          yield* awaiting(worker(log, "canceller", 10));
        }),
      );
      return "result";
    });
    yield* awaiting(task);
  },
  ["10 a CancelledError()", "10 canceller CancelledError()", "10 [result]", "requests: 0", "next wait: 10 [undefined]"],
);

testEvents(
  "TaskGroup.cancel() in the body acts at its next wait; a body that waits no more has its result",
  function* (log, spelling) {
    const waiting = startGroup(log, spelling, function* (group) {
      group.createTask(worker(log, "never starts", 50));
      group.cancel();
      log("body goes on");
      yield* awaiting(worker(log, "body", 100));
    });
    yield* awaiting(waiting);
    const notWaiting = startGroup(log, spelling, function* (group) {
      group.createTask(worker(log, "never starts", 50));
      group.cancel();
      return "result";
    });
    yield* awaiting(notWaiting);
  },
  [
    "body goes on",
    "0 body CancelledError()",
    "0 [undefined]",
    "requests: 0",
    "next wait: 0 [undefined]",
    "0 [result]",
    "requests: 0",
    "next wait: 0 [undefined]",
  ],
);

testEvents(
  "TaskGroup.cancel() twice cancels once, and after the end or before the body it does nothing",
  function* (log, spelling) {
    let ended!: TaskGroup;
    const task = startGroup(log, spelling, function* (group) {
      ended = group;
      group.createTask(worker(log, "a", 50, { cleanUp: 5 }));
      getRunningLoop().callLater(10, () => group.cancel("first"));
      getRunningLoop().callLater(12, () => group.cancel("second"));
      yield* awaiting(worker(log, "body", 100));
    });
    yield* awaiting(task);
    ended.cancel();
    new TaskGroup().cancel();
    log(`afterwards: ${yield* outcomeOf(awaiting(sleep(1)))}`);
  },
  [
    "10 a CancelledError(first)",
    "10 body CancelledError(first)",
    "15 a cleaned up",
    "15 [undefined]",
    "requests: 0",
    "next wait: 15 [undefined]",
    "afterwards: 16 [undefined]",
  ],
);

testEvents(
  "TaskGroup.cancel() refuses further tasks, and raises the errors that come all the same",
  function* (log, spelling) {
    const task = startGroup(log, spelling, function* (group) {
      group.createTask(worker(log, "a", 50, { cleanUp: 5, cleanUpError: new Error("in the clean-up") }));
      yield* awaiting(sleep(10));
      group.cancel();
      try {
        group.createTask(sleep(1));
      } catch (error) {
        log(describeError(error));
      }
      yield* awaiting(sleep(100));
    });
    yield* awaiting(task);
  },
  [
    "RuntimeError(the TaskGroup is shutting down)",
    "10 a CancelledError()",
    "15 a cleaned up",
    "15 ExceptionGroup(unhandled errors in a TaskGroup)[Error(in the clean-up)]",
    "requests: 0",
    "next wait: 15 [undefined]",
  ],
);

testEvents(
  "TaskGroup.cancel() of a group that has failed already drops no error",
  function* (log, spelling) {
    const task = startGroup(log, spelling, function* (group) {
      group.createTask(worker(log, "a", 10, failed));
      group.createTask(worker(log, "b", 50, { cleanUp: 5 }));
      getRunningLoop().callLater(12, () => group.cancel());
      yield* awaiting(sleep(100));
    });
    yield* awaiting(task);
  },
  [
    "10 a ends",
    "10 b CancelledError()",
    "15 b cleaned up",
    "15 ExceptionGroup(unhandled errors in a TaskGroup)[Error(failed)]",
    "requests: 0",
    "next wait: 15 [undefined]",
  ],
);

testEvents(
  "TaskGroup.cancel() of an inner group leaves the outer one alone",
  function* (log, spelling) {
    const task = startGroup(log, spelling, function* (outer) {
      outer.createTask(worker(log, "outer", 50));
      const inner = function* (group: TaskGroup): Steps<void> {
        group.createTask(worker(log, "inner", 50));
        yield* awaiting(sleep(10));
        group.cancel();
        yield* awaiting(sleep(100));
      };
      log(`inner: ${yield* outcomeOf(groupOf(spelling, inner))}`);
      return yield* awaiting(worker(log, "rest of the body", 10));
    });
    yield* awaiting(task);
  },
  [
    "10 inner CancelledError()",
    "inner: 10 [undefined]",
    "20 rest of the body ends",
    "50 outer ends",
    "50 [rest of the body]",
    "requests: 0",
    "next wait: 50 [undefined]",
  ],
);

// A cancellation from outside that comes meanwhile is not the group's to swallow.

for (const [when, delay] of [
  ["in the same iteration", 10],
  ["while the tasks clean up", 12],
] as const) {
  testEvents(
    `TaskGroup.cancel() lets a cancellation from outside through that comes ${when}`,
    function* (log, spelling) {
      const task = startGroup(log, spelling, function* (group) {
        group.createTask(worker(log, "a", 50, { cleanUp: 5 }));
        getRunningLoop().callLater(10, () => group.cancel());
        getRunningLoop().callLater(delay, () => task.cancel("from outside"));
        yield* awaiting(sleep(100));
      });
      yield* awaiting(task);
    },
    [
      "10 a CancelledError()",
      "15 a cleaned up",
      `15 CancelledError(${delay === 10 ? "" : "from outside"})`,
      "requests: 1",
      "next wait: 15 [undefined]",
    ],
  );
}

testEvents(
  "TaskGroup.cancel() after a cancellation from outside lets that through",
  function* (log, spelling) {
    const task = startGroup(log, spelling, function* (group) {
      group.createTask(worker(log, "a", 50, { cleanUp: 5 }));
      getRunningLoop().callLater(10, () => task.cancel("from outside"));
      getRunningLoop().callLater(10, () => group.cancel());
      yield* awaiting(sleep(100));
    });
    yield* awaiting(task);
  },
  [
    "10 a CancelledError()",
    "15 a cleaned up",
    "15 CancelledError(from outside)",
    "requests: 1",
    "next wait: 15 [undefined]",
  ],
);

testEvents(
  "TaskGroup.cancel() does not swallow a timeout() around the group that expires meanwhile",
  function* (log, spelling) {
    const group = spelling.spell(() =>
      groupOf(spelling, function* (own) {
        own.createTask(worker(log, "a", 50, { cleanUp: 5 }));
        getRunningLoop().callLater(10, () => own.cancel());
        yield* awaiting(sleep(100));
      }),
    );
    log(yield* outcomeOf(awaiting(timeout(12, group))));
    log(`requests: ${currentTask()?.cancelling()}`);
  },
  ["10 a CancelledError()", "15 a cleaned up", "15 TimeoutError()", "requests: 0"],
);

testEvents(
  "TaskGroup.cancel() in a task that had swallowed a cancellation before still ends without an error",
  function* (log, spelling) {
    const task = spelling.start(function* () {
      currentTask()?.cancel("before");
      yield* outcomeOf(awaiting(sleep(1)));
      const body = function* (group: TaskGroup): Steps<void> {
        group.createTask(worker(log, "a", 50));
        yield* awaiting(sleep(10));
        group.cancel();
        yield* awaiting(sleep(100));
      };
      log(yield* outcomeOf(groupOf(spelling, body)));
      log(`requests: ${currentTask()?.cancelling()}`);
    });
    yield* awaiting(task);
  },
  ["10 a CancelledError()", "10 [undefined]", "requests: 1"],
);
