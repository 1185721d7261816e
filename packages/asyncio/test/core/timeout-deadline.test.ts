import {
  DeadlockError,
  EventLoop,
  RuntimeError,
  sleep,
  type Timeout,
  timeout,
  timeoutAt,
  ValueError,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
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

test("timeout() that ended in time leaves no timer behind", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  await loop.runUntilComplete(async () => await timeout(500, () => sleep(10)));
  await expect(loop.runForever()).rejects.toThrow(DeadlockError);
  expect(loop.time()).toBe(10);
  loop.close();
});

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
