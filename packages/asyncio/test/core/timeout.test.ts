import {
  CancelledError,
  currentTask,
  ExceptionGroup,
  getRunningLoop,
  RuntimeError,
  sleep,
  type TaskGroup,
  type Timeout,
  TimeoutError,
  taskGroup,
  timeout,
  timeoutAt,
  ValueError,
} from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
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

// Another error on the way out.

testBoth(
  "timeout() puts a TimeoutError between the error of a body and the cancellation that caused it",
  function* (spelling) {
    const body = function* (): Steps<void> {
      try {
        yield* awaiting(sleep(100));
      } catch (error) {
        throw new Error("outer", { cause: new Error("inner", { cause: error }) });
      }
    };
    let raised: Error | undefined;
    try {
      yield* timeoutOf(spelling, 10, body);
    } catch (error) {
      raised = error as Error;
    }
    const chain: string[] = [];
    for (let link: unknown = raised; link instanceof Error; link = link.cause) chain.push(describeError(link));
    expect(chain).toEqual(["Error(outer)", "Error(inner)", "TimeoutError()", "CancelledError()"]);
  },
);

testBoth("timeout() puts a TimeoutError into the errors of a group", function* (spelling) {
  const { spell } = spelling;
  const child = spell(function* () {
    try {
      yield* awaiting(sleep(100));
    } catch (error) {
      throw new Error("child", { cause: error });
    }
  });
  const body = (): Steps<void> =>
    awaiting(
      taskGroup(
        spell(function* (group: TaskGroup): Steps<void> {
          group.createTask(child);
          yield* awaiting(sleep(100));
        }),
      ),
    );
  let raised: unknown;
  try {
    yield* timeoutOf(spelling, 10, body);
  } catch (error) {
    raised = error;
  }
  expect(raised).toBeInstanceOf(ExceptionGroup);
  const [error] = (raised as ExceptionGroup).exceptions as Error[];
  expect(describeError(error)).toBe("Error(child)");
  expect(error?.cause).toBeInstanceOf(TimeoutError);
});

testBoth(
  "timeout() leaves an error alone that no cancellation has caused, even if its causes form a circle",
  function* (spelling) {
    const error = new Error("failed");
    error.cause = new Error("cause", { cause: error });
    const body = function* (): Steps<void> {
      try {
        yield* awaiting(sleep(100));
      } catch {
        throw error;
      }
    };
    let raised: unknown;
    try {
      yield* timeoutOf(spelling, 10, body);
    } catch (caught) {
      raised = caught;
    }
    expect(raised).toBe(error);
  },
);

// The deadline.

testEvents(
  "timeoutAt() takes a time of the loop's clock",
  function* (log, { spell }) {
    yield* awaiting(sleep(10));
    const body = spell(function* (t: Timeout) {
      log(`deadline ${t.when()}`);
      yield* awaiting(sleep(100));
    });
    log(yield* outcomeOf(awaiting(timeoutAt(30, body))));
    log(yield* outcomeOf(awaiting(timeoutAt(20, body))));
    log(yield* outcomeOf(awaiting(timeoutAt(null, body))));
  },
  ["deadline 30", "30 TimeoutError()", "deadline 20", "30 TimeoutError()", "deadline null", "130 [undefined]"],
);

testEvents(
  "Timeout.reschedule() moves the deadline, or takes it away",
  function* (log, spelling) {
    const body = function* (t: Timeout): Steps<void> {
      log(`deadline ${t.when()}`);
      t.reschedule(now() + 20);
      yield* awaiting(sleep(15));
      t.reschedule(null);
      yield* awaiting(sleep(50));
      log(`deadline ${t.when()}`);
      t.reschedule(now() + 5);
      yield* sleepAndNote(log, 100);
    };
    log(yield* outcomeOf(timeoutOf(spelling, 10, body)));
  },
  ["deadline 10", "deadline null", "70 body: CancelledError()", "70 TimeoutError()"],
);

testEvents(
  "Timeout.reschedule() to the past expires at the next wait",
  function* (log, spelling) {
    const body = function* (t: Timeout): Steps<void> {
      t.reschedule(now() - 5);
      log(`goes on, expired: ${t.expired()}`);
      yield* sleepAndNote(log, 100);
    };
    log(yield* outcomeOf(timeoutOf(spelling, 10, body)));
  },
  ["goes on, expired: false", "0 body: CancelledError()", "0 TimeoutError()"],
);

testBoth("Timeout.reschedule() is refused once the timeout has expired or ended", function* (spelling) {
  let seen!: Timeout;
  const swallowing = function* (t: Timeout): Steps<void> {
    seen = t;
    try {
      yield* awaiting(sleep(100));
    } catch {
      expect(() => t.reschedule(null)).toThrow("Cannot change state of expiring Timeout");
      expect(() => t.reschedule(null)).toThrow(RuntimeError);
    }
  };
  yield* timeoutOf(spelling, 10, swallowing);
  expect(() => seen.reschedule(null)).toThrow("Cannot change state of expired Timeout");

  yield* timeoutOf(spelling, 10, function* (t) {
    seen = t;
  });
  expect(() => seen.reschedule(null)).toThrow("Cannot change state of finished Timeout");
});

testEvents(
  "timeout() begins to count when it is awaited",
  function* (log, { spell }) {
    const body = spell(() => sleepAndNote(log, 8));
    const waiting = timeout(10, body);
    yield* awaiting(sleep(5));
    log(yield* outcomeOf(awaiting(waiting)));
  },
  ["13 [slept]"],
);

testBoth("timeout() runs once", function* ({ spell }) {
  const waiting = timeout(
    10,
    spell(function* () {}),
  );
  yield* awaiting(waiting);
  const outcome = yield* outcomeOf(awaiting(waiting));
  expect(outcome).toMatch(/^0 RuntimeError\(cannot reuse already awaited coroutine/);
});

test("timeout() and timeoutAt() refuse what is no body and what is no time", () =>
  runVirtual(async () => {
    const body = (): Promise<void> => Promise.resolve();
    expect(() => timeout(Number.NaN, body)).toThrow(ValueError);
    expect(() => timeoutAt(Number.NaN, body)).toThrow(ValueError);
    for (const wrong of [undefined, "10", 10n] as never[]) {
      expect(() => timeout(wrong, body)).toThrow(TypeError);
      expect(() => timeoutAt(wrong, body)).toThrow(TypeError);
    }
    for (const wrong of [undefined, sleep(1), Promise.resolve()] as never[]) {
      expect(() => timeout(1, wrong)).toThrow(TypeError);
      expect(() => timeoutAt(1, wrong)).toThrow(TypeError);
    }
    await timeout(10, async (t) => {
      expect(() => t.reschedule(Number.NaN)).toThrow(ValueError);
      expect(() => t.reschedule("10" as never)).toThrow(TypeError);
    });
  }));
