import {
  CancelledError,
  type CancelScope,
  type CancelScopeOptions,
  type Coroutine,
  cancelScope,
  currentTask,
  ExceptionGroup,
  Future,
  getRunningLoop,
  Lock,
  park,
  sleep,
} from "asyncio-ts";
import { describeError, now, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting, type Spelling, type Steps } from "../support/spellings.ts";
import { worker } from "../support/worker.ts";

type Body<T> = (scope: CancelScope) => Steps<T>;

/** `cancelScope()` with a body in the spelling of the test. */
function scopeOf<T>({ spell }: Spelling, body: Body<T>, options?: CancelScopeOptions): Steps<T | undefined> {
  return awaiting(cancelScope(spell(body), options));
}

function flags(scope: CancelScope): string {
  return `called: ${scope.cancelCalled}, caught: ${scope.cancelledCaught}`;
}

testEvents(
  "cancelScope() gives the result of its body, or raises its error",
  function* (log, spelling) {
    let seen!: CancelScope;
    const body = function* (scope: CancelScope): Steps<string> {
      seen = scope;
      yield* awaiting(sleep(10));
      return "result";
    };
    log(yield* outcomeOf(scopeOf(spelling, body)));
    log(flags(seen));
    const failing = function* (): Steps<void> {
      yield* awaiting(sleep(10));
      throw new Error("failed");
    };
    log(yield* outcomeOf(scopeOf(spelling, failing)));
  },
  ["10 [result]", "called: false, caught: false", "20 Error(failed)"],
);

testEvents(
  "CancelScope.cancel() raises a CancelledError at the wait, which ends with the scope",
  function* (log, spelling) {
    let seen!: CancelScope;
    const body = function* (scope: CancelScope): Steps<string> {
      seen = scope;
      getRunningLoop().callLater(10, () => scope.cancel("enough"));
      yield* awaiting(worker(log, "body", 100));
      return "result";
    };
    log(yield* outcomeOf(scopeOf(spelling, body)));
    log(`${flags(seen)}, requests: ${currentTask()?.cancelling()}`);
    log(yield* outcomeOf(awaiting(sleep(5, "waits after it are not cancelled"))));
  },
  [
    "10 body CancelledError(enough)",
    "10 [undefined]",
    "called: true, caught: true, requests: 0",
    "15 [waits after it are not cancelled]",
  ],
);

testEvents(
  "CancelScope.cancel() raises a CancelledError at every wait to the end of the region",
  function* (log, spelling) {
    const body = function* (scope: CancelScope): Steps<string> {
      scope.cancel("enough");
      for (const wait of [sleep(10), sleep(0), new Future(), worker(log, "worker", 10)]) {
        log(yield* outcomeOf(awaiting(wait)));
      }
      try {
        yield* awaiting(sleep(10));
      } finally {
        log(`finally: ${yield* outcomeOf(awaiting(sleep(10)))}`);
      }
      return "result";
    };
    log(yield* outcomeOf(scopeOf(spelling, body)));
  },
  [
    "0 CancelledError(enough)",
    "0 CancelledError(enough)",
    "0 CancelledError(enough)",
    "0 worker CancelledError(enough)",
    "0 CancelledError(enough)",
    "finally: 0 CancelledError(enough)",
    "0 [undefined]",
  ],
);

testEvents(
  "CancelScope.cancel() lets a body end that does not wait, or whose waits need not be",
  function* (log, spelling) {
    let seen!: CancelScope;
    const lock = new Lock();
    const finished = new Future<string>();
    finished.setResult("finished");
    const body = function* (scope: CancelScope): Steps<string> {
      seen = scope;
      scope.cancel();
      yield* awaiting(lock.acquire());
      return yield* awaiting(finished);
    };
    log(yield* outcomeOf(scopeOf(spelling, body)));
    log(`${flags(seen)}, locked: ${lock.locked()}`);
  },
  ["0 [finished]", "called: true, caught: false, locked: true"],
);

testEvents(
  "CancelScope gives the result of a body that swallows the cancellation, and that is counted",
  function* (log, spelling) {
    let seen!: CancelScope;
    const before = getRunningLoop().swallowedCancellations;
    const body = function* (scope: CancelScope): Steps<string> {
      seen = scope;
      scope.cancel();
      yield* outcomeOf(awaiting(sleep(10)));
      return "swallowed";
    };
    log(yield* outcomeOf(scopeOf(spelling, body)));
    log(`${flags(seen)}, counted: ${getRunningLoop().swallowedCancellations - before}`);
  },
  ["0 [swallowed]", "called: true, caught: false, counted: 1"],
);

testEvents(
  "CancelScope counts a cancellation that was swallowed in a scope inside of it",
  function* (log, spelling) {
    const before = getRunningLoop().swallowedCancellations;
    const body = function* (scope: CancelScope): Steps<void> {
      scope.cancel();
      yield* scopeOf(spelling, () => outcomeOf(awaiting(sleep(10))));
    };
    yield* scopeOf(spelling, body);
    log(`counted: ${getRunningLoop().swallowedCancellations - before}`);
  },
  ["counted: 1"],
);

testEvents(
  "CancelScope counts no cancellation that nobody could see: native code in it that waits for nothing of the library",
  function* (log) {
    const before = getRunningLoop().swallowedCancellations;
    const body = async (scope: CancelScope): Promise<string> => {
      scope.cancel();
      await Promise.resolve();
      return "result";
    };
    log(yield* outcomeOf(awaiting(cancelScope(body))));
    log(`counted: ${getRunningLoop().swallowedCancellations - before}`);
  },
  ["0 [result]", "counted: 0"],
);

testEvents(
  "CancelScope keeps its cancellation to itself when an operation could not be stopped and the body ends with its result",
  function* (log, spelling) {
    const unstoppable = (): Coroutine<string> =>
      park((wait) => {
        const loop = getRunningLoop();
        loop.callSoon(() => loop.callSoon(() => wait.resolve("done")));
        return () => "wait";
      });
    const body = function* (scope: CancelScope): Steps<string> {
      getRunningLoop().callSoon(() => scope.cancel());
      return yield* awaiting(unstoppable());
    };
    log(yield* outcomeOf(scopeOf(spelling, body)));
    log(yield* outcomeOf(awaiting(sleep(1, "slept"))));
  },
  ["0 [done]", "1 [slept]"],
);

testEvents(
  "CancelScope raises another error with which the body answers to the cancellation",
  function* (log, spelling) {
    const body = function* (scope: CancelScope): Steps<void> {
      scope.cancel();
      yield* awaiting(worker(log, "body", 10, { cleanUpError: new Error("in the clean-up") }));
    };
    log(yield* outcomeOf(scopeOf(spelling, body)));
  },
  ["0 body CancelledError()", "0 Error(in the clean-up)"],
);

testEvents(
  "CancelScope lets a CancelledError through that is not its own",
  function* (log, spelling) {
    const inner = spelling.start(() => awaiting(worker(log, "inner", 100)));
    getRunningLoop().callLater(10, () => inner.cancel("inner only"));
    log(yield* outcomeOf(scopeOf(spelling, () => awaiting(inner))));
  },
  ["10 inner CancelledError(inner only)", "10 CancelledError(inner only)"],
);

testEvents(
  "CancelScope takes a group of nothing but CancelledErrors for its cancellation",
  function* (log, spelling) {
    const body = (errors: unknown[]) =>
      function* (scope: CancelScope): Steps<void> {
        scope.cancel();
        throw new ExceptionGroup("group", errors);
      };
    log(yield* outcomeOf(scopeOf(spelling, body([new CancelledError(), new CancelledError()]))));
    log(yield* outcomeOf(scopeOf(spelling, body([new CancelledError(), new Error("other")]))));
  },
  ["0 [undefined]", "0 ExceptionGroup(group)[CancelledError(), Error(other)]"],
);

testEvents(
  "CancelScope.cancel() twice keeps the first reason",
  function* (log, spelling) {
    const body = function* (scope: CancelScope): Steps<void> {
      scope.cancel("first");
      scope.cancel("second");
      yield* awaiting(worker(log, "body", 10));
    };
    log(yield* outcomeOf(scopeOf(spelling, body)));
  },
  ["0 body CancelledError(first)", "0 [undefined]"],
);

testEvents(
  "CancelScope.cancel() cancels the task for which the body waits",
  function* (log, spelling) {
    const inner = spelling.start(() => awaiting(worker(log, "task", 100, { cleanUp: 5 })));
    const body = function* (scope: CancelScope): Steps<void> {
      getRunningLoop().callLater(10, () => scope.cancel("enough"));
      yield* awaiting(inner);
    };
    log(yield* outcomeOf(scopeOf(spelling, body)));
    log(`requests: ${inner.cancelling()}`);
  },
  ["10 task CancelledError(enough)", "15 task cleaned up", "15 [undefined]", "requests: 1"],
);

testEvents(
  "CancelScope.cancel() leaves it to the awaited task what comes of it",
  function* (log, spelling) {
    const stubborn = spelling.start(function* () {
      yield* outcomeOf(awaiting(sleep(100)));
      return "swallowed";
    });
    const body = function* (scope: CancelScope): Steps<string> {
      getRunningLoop().callLater(10, () => scope.cancel());
      return yield* awaiting(stubborn);
    };
    log(yield* outcomeOf(scopeOf(spelling, body)));
  },
  ["10 [swallowed]"],
);

// Together with Task.cancel().

testEvents(
  "CancelScope lets Task.cancel() through, once, as anything else does",
  function* (log, spelling) {
    let seen!: CancelScope;
    const task = spelling.start(() =>
      scopeOf(spelling, function* (scope) {
        seen = scope;
        try {
          yield* awaiting(worker(log, "body", 100));
        } finally {
          log(`clean-up: ${yield* outcomeOf(awaiting(sleep(5)))}`);
        }
      }),
    );
    yield* awaiting(sleep(10));
    task.cancel("from outside");
    log(yield* outcomeOf(awaiting(task)));
    log(`${flags(seen)}, requests: ${task.cancelling()}`);
  },
  [
    "10 body CancelledError(from outside)",
    "clean-up: 15 [undefined]",
    "15 CancelledError(from outside)",
    "called: false, caught: false, requests: 1",
  ],
);

testEvents(
  "CancelScope that is cancelled lets Task.cancel() through that comes before, after or with it",
  function* (log, spelling) {
    for (const [scopeAt, taskAt] of [
      [10, 12],
      [12, 10],
      [10, 10],
    ] as const) {
      const started = now();
      const task = spelling.start(() =>
        scopeOf(spelling, function* (scope) {
          getRunningLoop().callAt(started + scopeAt, () => scope.cancel());
          getRunningLoop().callAt(started + taskAt, () => task.cancel());
          // A shield holds the end up until both have come.
          const cleanUp = (): Steps<void> => awaiting(sleep(5));
          try {
            yield* awaiting(sleep(100));
          } finally {
            yield* outcomeOf(scopeOf(spelling, cleanUp, { shield: true }));
          }
        }),
      );
      const outcome = yield* outcomeOf(awaiting(task));
      log(`${outcome.replace(/^\d+ /, "")}, requests: ${task.cancelling()}`);
    }
  },
  ["CancelledError(), requests: 1", "CancelledError(), requests: 1", "CancelledError(), requests: 1"],
);

testEvents(
  "CancelScope does not take a request for its own that was made before it was entered",
  function* (log, spelling) {
    const task = spelling.start(function* () {
      currentTask()?.cancel("before");
      log(describeError(yield* outcomeOf(awaiting(sleep(1)))));
      const body = function* (scope: CancelScope): Steps<void> {
        scope.cancel();
        yield* awaiting(sleep(10));
      };
      log(yield* outcomeOf(scopeOf(spelling, body)));
    });
    yield* awaiting(task);
  },
  ["0 CancelledError(before)", "0 [undefined]"],
);
