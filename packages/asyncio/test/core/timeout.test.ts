import { CancelledError, currentTask, getRunningLoop, sleep, type Timeout, TimeoutError, timeout } from "asyncio-ts";
import { expect } from "vitest";
import { describeError, type Log, now, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting, type Spelling, type Steps, testBoth } from "../support/spellings.ts";

/** `timeout()` with a body in the spelling of the test. */
function timeoutOf<T>({ spell }: Spelling, delay: number | null, body: (t: Timeout) => Steps<T>): Steps<T> {
  return awaiting(timeout(delay, spell(body)));
}

/** Sleeps, and notes the error with which that ended. */
function* sleepAndNote(log: Log, delay: number): Steps<string> {
  try {
    yield* awaiting(sleep(delay));
    return "slept";
  } catch (error) {
    log(`${now()} body: ${describeError(error)}`);
    throw error;
  }
}

function requests(): number | undefined {
  return currentTask()?.cancelling();
}

testEvents(
  "timeout() gives the result of a body that ends in time, or its error",
  function* (log, spelling) {
    log(yield* outcomeOf(timeoutOf(spelling, 20, () => sleepAndNote(log, 10))));
    const failing = function* (): Steps<never> {
      yield* awaiting(sleep(10));
      throw new Error("failed");
    };
    log(yield* outcomeOf(timeoutOf(spelling, 20, failing)));
    log(yield* outcomeOf(timeoutOf(spelling, null, () => sleepAndNote(log, 500))));
  },
  ["10 [slept]", "20 Error(failed)", "520 [slept]"],
);

testEvents(
  "timeout() cancels the body at the deadline, and turns that CancelledError into a TimeoutError",
  function* (log, spelling) {
    log(yield* outcomeOf(timeoutOf(spelling, 10, () => sleepAndNote(log, 100))));
    log(`requests: ${requests()}`);
    log(yield* outcomeOf(sleepAndNote(log, 5)));
  },
  ["10 body: CancelledError()", "10 TimeoutError()", "requests: 0", "15 [slept]"],
);

testBoth("timeout() raises a TimeoutError whose cause is the CancelledError of the body", function* (spelling) {
  let inBody: unknown;
  try {
    yield* timeoutOf(spelling, 10, function* () {
      try {
        yield* awaiting(sleep(100));
      } catch (error) {
        inBody = error;
        throw error;
      }
    });
  } catch (error) {
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).not.toBeInstanceOf(CancelledError);
    expect((error as TimeoutError).cause).toBe(inBody);
  }
  expect(inBody).toBeInstanceOf(CancelledError);
});

testEvents(
  "timeout() waits for the clean-up of the body",
  function* (log, spelling) {
    const body = function* (): Steps<void> {
      try {
        yield* awaiting(sleep(100));
      } finally {
        yield* awaiting(sleep(5));
        log(`${now()} cleaned up`);
      }
    };
    log(yield* outcomeOf(timeoutOf(spelling, 10, body)));
  },
  ["15 cleaned up", "15 TimeoutError()"],
);

testEvents(
  "timeout() that is over already lets the body run to its first wait",
  function* (log, spelling) {
    for (const delay of [0, -5]) {
      const body = function* (): Steps<void> {
        log("body");
        getRunningLoop().callSoon(log, { args: ["next iteration"] });
        yield* awaiting(sleep(0));
        log("never");
      };
      log(yield* outcomeOf(timeoutOf(spelling, delay, body)));
    }
  },
  ["body", "next iteration", "0 TimeoutError()", "body", "next iteration", "0 TimeoutError()"],
);

testEvents(
  "timeout() never expires around a body that does not wait",
  function* (log, spelling) {
    let seen: Timeout | undefined;
    const body = function* (t: Timeout): Steps<string> {
      seen = t;
      return "no wait";
    };
    log(yield* outcomeOf(timeoutOf(spelling, -1, body)));
    yield* awaiting(sleep(10));
    log(`expired: ${seen?.expired()}, requests: ${requests()}`);
  },
  ["0 [no wait]", "expired: false, requests: 0"],
);

testEvents(
  "timeout() leaves a body alone that swallows the cancellation, and expired() tells",
  function* (log, spelling) {
    const body = function* (t: Timeout): Steps<string> {
      try {
        yield* sleepAndNote(log, 100);
      } catch {
        log(`expired: ${t.expired()}, requests: ${requests()}`);
      }
      const slept = yield* sleepAndNote(log, 50);
      return `${slept}, expired: ${t.expired()}`;
    };
    log(yield* outcomeOf(timeoutOf(spelling, 10, body)));
    log(`requests: ${requests()}`);
  },
  ["10 body: CancelledError()", "expired: true, requests: 1", "60 [slept, expired: true]", "requests: 0"],
);

testEvents(
  "timeout() cancels the task for which the body waits; if that swallows it the body goes on",
  function* (log, spelling) {
    const stubborn = spelling.start(function* () {
      try {
        yield* awaiting(sleep(100));
      } catch {}
      return "swallowed";
    });
    const body = function* (): Steps<string> {
      const result = yield* awaiting(stubborn);
      return `${result}, ${yield* sleepAndNote(log, 50)}`;
    };
    log(yield* outcomeOf(timeoutOf(spelling, 10, body)));
    log(`requests: ${requests()} ${stubborn.cancelling()}`);
  },
  ["60 [swallowed, slept]", "requests: 0 1"],
);

// Together with other requests.

testEvents(
  "timeout() lets a cancellation from outside through",
  function* (log, spelling) {
    const task = spelling.start(() => timeoutOf(spelling, 50, () => sleepAndNote(log, 100)));
    yield* awaiting(sleep(10));
    task.cancel("from outside");
    log(yield* outcomeOf(awaiting(task)));
    log(`requests: ${task.cancelling()}`);
  },
  ["10 body: CancelledError(from outside)", "10 CancelledError(from outside)", "requests: 1"],
);

testEvents(
  "timeout() lets a cancellation through that comes in the iteration of its own, before or after it",
  function* (log, spelling) {
    for (const outsideFirst of [true, false]) {
      let expired: boolean | undefined;
      const body = function* (t: Timeout): Steps<void> {
        if (!outsideFirst) getRunningLoop().callLater(10, () => task.cancel("from outside"));
        try {
          yield* awaiting(sleep(100));
        } finally {
          expired = t.expired();
        }
      };
      const task = spelling.start(function* () {
        if (outsideFirst) getRunningLoop().callLater(10, () => task.cancel("from outside"));
        yield* timeoutOf(spelling, 10, body);
      });
      log(yield* outcomeOf(awaiting(task)));
      log(`expired: ${expired}, requests: ${task.cancelling()}`);
    }
  },
  [
    "10 CancelledError(from outside)",
    "expired: true, requests: 1",
    "20 CancelledError()",
    "expired: true, requests: 1",
  ],
);

testEvents(
  "timeout() counts from the requests that there were when it was entered",
  function* (log, spelling) {
    const task = spelling.start(function* () {
      currentTask()?.cancel("before");
      log(yield* outcomeOf(awaiting(sleep(1))));
      log(yield* outcomeOf(timeoutOf(spelling, 10, () => sleepAndNote(log, 100))));
      return currentTask()?.cancelling();
    });
    log(`requests: ${yield* awaiting(task)}`);
  },
  ["0 CancelledError(before)", "10 body: CancelledError()", "10 TimeoutError()", "requests: 1"],
);

// Nested.

testEvents(
  "timeout() inside another: the outer one expires through the inner, which does not",
  function* (log, spelling) {
    let inner: Timeout | undefined;
    const body = function* (): Steps<void> {
      const innerBody = function* (t: Timeout): Steps<void> {
        inner = t;
        yield* sleepAndNote(log, 100);
      };
      const outcome = yield* outcomeOf(timeoutOf(spelling, 50, innerBody));
      log(`inner: ${outcome}`);
      throw new CancelledError();
    };
    log(`outer: ${yield* outcomeOf(timeoutOf(spelling, 10, body))}`);
    log(`inner expired: ${inner?.expired()}`);
  },
  ["10 body: CancelledError()", "inner: 10 CancelledError()", "outer: 10 TimeoutError()", "inner expired: false"],
);

testEvents(
  "timeout() inside another: the inner one expires alone, and its TimeoutError passes through the outer",
  function* (log, spelling) {
    let outer: Timeout | undefined;
    const body = function* (t: Timeout): Steps<void> {
      outer = t;
      yield* timeoutOf(spelling, 10, () => sleepAndNote(log, 100));
    };
    log(yield* outcomeOf(timeoutOf(spelling, 50, body)));
    log(`outer expired: ${outer?.expired()}`);
  },
  ["10 body: CancelledError()", "10 TimeoutError()", "outer expired: false"],
);

testEvents(
  "timeout() inside another, both due at once: both have expired, and the outer one raises",
  function* (log, spelling) {
    const seen: Timeout[] = [];
    const body = function* (t: Timeout): Steps<void> {
      seen.push(t);
      const innerBody = function* (own: Timeout): Steps<void> {
        seen.push(own);
        yield* awaiting(sleep(100));
      };
      try {
        yield* timeoutOf(spelling, 10, innerBody);
      } catch (error) {
        log(`inner: ${describeError(error)}`);
        throw error;
      }
    };
    log(`outer: ${yield* outcomeOf(timeoutOf(spelling, 10, body))}`);
    log(`${seen.map((t) => t.expired()).join()}, requests: ${requests()}`);
  },
  ["inner: CancelledError()", "outer: 10 TimeoutError()", "true,true, requests: 0"],
);
