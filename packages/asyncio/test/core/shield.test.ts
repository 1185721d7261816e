import {
  CancelledError,
  type CoroutineGenerator,
  createTask,
  currentTask,
  DeadlockError,
  EventLoop,
  Future,
  shield,
  sleep,
  type Task,
  ValueError,
  waitFor,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { describeError, type Log, now, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting, type Spelling, type Steps } from "../support/spellings.ts";

/** A task that waits for the shield of `inner`, as a test's victim. */
function startWaiting({ start }: Spelling, inner: Task<string>, withinMs?: number): Task<string> {
  return start(function* () {
    return yield* awaiting(withinMs === undefined ? shield(inner) : shield(inner, { withinMs }));
  });
}

testEvents(
  "shield() gives the result or raises the error of what it waits for",
  function* (log) {
    log(yield* outcomeOf(awaiting(shield(sleep(10, "result")))));
    const failing = function* () {
      yield* sleep(10);
      throw new Error("failed");
    };
    log(yield* outcomeOf(awaiting(shield(failing))));
  },
  ["10 [result]", "20 Error(failed)"],
);

testEvents(
  "shield() whose wait is cancelled raises a CancelledError in the waiter, and what it waited for goes on",
  function* (log, spelling) {
    const inner = createTask(sleep(20, "inner"));
    const waiting = startWaiting(spelling, inner);
    yield* awaiting(sleep(10));
    waiting.cancel("enough");
    log(yield* outcomeOf(awaiting(waiting)));
    log(yield* outcomeOf(awaiting(inner)));
    log(`requests: ${inner.cancelling()}`);
  },
  ["10 CancelledError(enough)", "20 [inner]", "requests: 0"],
);

testEvents(
  "shield() inside of waitFor() ends with that, and what it protects goes on",
  function* (log) {
    const inner = createTask(sleep(20, "inner"));
    log(yield* outcomeOf(awaiting(waitFor(shield(inner), 10))));
    log(yield* outcomeOf(awaiting(inner)));
  },
  ["10 TimeoutError()", "20 [inner]"],
);

testEvents(
  "shield() ends as cancelled when what it waits for is cancelled",
  function* (log) {
    const inner = createTask(sleep(20));
    const outer = shield(inner);
    yield* awaiting(sleep(10));
    inner.cancel("inner only");
    log(yield* outcomeOf(awaiting(outer)));
    log(`cancelled: ${outer.cancelled()}, requests: ${currentTask()?.cancelling()}`);
  },
  ["10 CancelledError()", "cancelled: true, requests: 0"],
);

testEvents(
  "shield() of which the wait was cancelled lets go of the inner cancellation in silence",
  function* (log, spelling) {
    const inner = createTask(sleep(20, "inner"));
    const waiting = startWaiting(spelling, inner);
    yield* awaiting(sleep(10));
    waiting.cancel();
    yield* awaiting(sleep(1));
    inner.cancel();
    yield* awaiting(sleep(1));
    log(`${waiting.cancelled()} ${inner.cancelled()}`);
  },
  ["true true"],
);

testEvents(
  "shield() reports an error that comes after the wait was cancelled",
  function* (log, { start }) {
    const inner = start(function* () {
      yield* awaiting(sleep(20));
      throw new RangeError("too late");
    });
    const waiting = start(function* () {
      yield* awaiting(shield(inner));
    });
    yield* awaiting(sleep(10));
    waiting.cancel();
    log(yield* outcomeOf(awaiting(waiting)));
  },
  ["10 CancelledError()", "report: RangeError exception in shielded future"],
);

testEvents(
  "shield() twice: the error goes to the wait that is left, and is reported for the cancelled one",
  function* (log, { start }) {
    const inner = start(function* () {
      yield* awaiting(sleep(20));
      throw new RangeError("too late");
    });
    const [cancelled, left] = [shield(inner), shield(inner)];
    yield* awaiting(sleep(10));
    cancelled.cancel();
    log(yield* outcomeOf(awaiting(left)));
  },
  ["report: RangeError exception in shielded future", "20 RangeError(too late)"],
);

testEvents(
  "shield() twice, both waits cancelled: the error is reported once",
  function* (log, { start }) {
    const inner = start(function* () {
      yield* awaiting(sleep(20));
      throw new RangeError("too late");
    });
    const waits = [shield(inner), shield(inner)];
    yield* awaiting(sleep(10));
    for (const wait of waits) log(`accepted: ${wait.cancel()}`);
  },
  ["accepted: true", "accepted: true", "report: RangeError exception in shielded future"],
);

testEvents(
  "shield() that is cancelled in the very iteration in which the inner one ends stays cancelled",
  function* (log) {
    const inner = new Future<string>();
    const outer = shield(inner);
    inner.setResult("result");
    log(`accepted: ${outer.cancel()}`);
    yield* awaiting(sleep(1));
    log(`${outer} ${inner}`);
  },
  ["accepted: true", "<Future cancelled> <Future finished>"],
);

test("shield() of what is done is that itself", () =>
  runVirtual(async () => {
    const future = new Future<number>();
    future.setResult(1);
    expect(shield(future) === future).toBe(true);
  }));

test("shield() refuses what can't be awaited, and what is no time", () =>
  runVirtual(async () => {
    for (const wrong of [undefined, null, 42, "text", {}] as never[]) expect(() => shield(wrong)).toThrow(TypeError);
    expect(() => shield(new Future(), { withinMs: Number.NaN })).toThrow(ValueError);
    expect(() => shield(new Future(), { withinMs: "1" as never })).toThrow(TypeError);
  }));

// withinMs: the wait is protected as well.

/** A clean-up that takes its time, and tells. */
function cleanUp(log: Log, delay: number, end: () => string): () => CoroutineGenerator<string> {
  return function* () {
    try {
      yield* sleep(delay);
      log(`${now()} cleaned up`);
      return end();
    } catch (error) {
      if (error instanceof CancelledError) log(`${now()} clean-up ${describeError(error)}`);
      throw error;
    }
  };
}

function fail(): never {
  throw new Error("failed");
}

testEvents(
  "shield() with a time limit does not end before the clean-up, whose end brings the cancellation",
  function* (log, spelling) {
    const inner = createTask(cleanUp(log, 20, () => "clean"));
    const waiting = startWaiting(spelling, inner, 100);
    yield* awaiting(sleep(10));
    waiting.cancel("enough");
    log(`requests: ${waiting.cancelling()} ${inner.cancelling()}`);
    log(yield* outcomeOf(awaiting(waiting)));
    log(`${inner.result()}, cancelled: ${waiting.cancelled()}`);
  },
  ["requests: 1 0", "20 cleaned up", "20 CancelledError(enough)", "clean, cancelled: true"],
);

testEvents(
  "shield() with a time limit gives the result, or raises the error, when nobody cancels",
  function* (log) {
    log(
      yield* outcomeOf(
        awaiting(
          shield(
            cleanUp(log, 10, () => "clean"),
            { withinMs: 100 },
          ),
        ),
      ),
    );
    log(yield* outcomeOf(awaiting(shield(cleanUp(log, 10, fail), { withinMs: 100 }))));
  },
  ["10 cleaned up", "10 [clean]", "20 cleaned up", "20 Error(failed)"],
);

testEvents(
  "shield() with a time limit raises a CancelledError when others cancel the clean-up",
  function* (log) {
    const inner = createTask(cleanUp(log, 50, () => "clean"));
    const wait = shield(inner, { withinMs: 100 });
    yield* awaiting(sleep(10));
    inner.cancel("by others");
    log((yield* outcomeOf(awaiting(wait))).replace(/\(.*/, ""));
    log(`cancel() of what is done: ${wait.cancel()}`);
  },
  ["10 clean-up CancelledError(by others)", "10 CancelledError", "cancel() of what is done: false"],
);

testEvents(
  "shield() with a time limit cancels the clean-up when the time is up, and raises a TimeoutError",
  function* (log) {
    const outcome = yield* outcomeOf(
      awaiting(
        shield(
          cleanUp(log, 100, () => "clean"),
          { withinMs: 10 },
        ),
      ),
    );
    log(outcome.replace(/\(.*\)/, ""));
  },
  ["10 clean-up CancelledError(shield(): not done within 10 ms)", "10 TimeoutError"],
);

testEvents(
  "shield() with a time limit that was cancelled meanwhile: when the time is up the cancellation is not lost",
  function* (log, { start }) {
    const waiting = start(function* () {
      try {
        yield* awaiting(
          shield(
            cleanUp(log, 100, () => "clean"),
            { withinMs: 10 },
          ),
        );
      } catch (error) {
        log(`${now()} ${(error as Error).name}`);
      }
      yield* awaiting(sleep(100));
    });
    yield* awaiting(sleep(5));
    waiting.cancel("enough");
    log(yield* outcomeOf(awaiting(waiting)));
  },
  [
    "10 clean-up CancelledError(shield(): not done within 10 ms)",
    expect.stringMatching(/^10 (TimeoutError|CancelledError)$/),
    "10 CancelledError(enough)",
  ],
);

testEvents(
  "shield() with a time limit raises the error of the clean-up, and the cancellation at the next wait",
  function* (log, { start }) {
    const waiting = start(function* () {
      log(yield* outcomeOf(awaiting(shield(cleanUp(log, 20, fail), { withinMs: 100 }))));
      yield* awaiting(sleep(100));
    });
    yield* awaiting(sleep(10));
    waiting.cancel("enough");
    log(yield* outcomeOf(awaiting(waiting)));
  },
  ["20 cleaned up", "20 Error(failed)", "20 CancelledError(enough)"],
);

testEvents(
  "shield() with a time limit holds a waitFor() around it until the clean-up has ended",
  function* (log, { spell }) {
    const body = spell(function* (): Steps<void> {
      try {
        yield* awaiting(sleep(100));
      } finally {
        yield* awaiting(
          shield(
            cleanUp(log, 20, () => "clean"),
            { withinMs: 50 },
          ),
        );
      }
    });
    log(yield* outcomeOf(awaiting(waitFor(body, 10))));
  },
  ["30 cleaned up", "30 TimeoutError()"],
);

test("shield() with a time limit leaves no timer behind", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  await loop.runUntilComplete(async () => await shield(sleep(10), { withinMs: 500 }));
  await expect(loop.runForever()).rejects.toThrow(DeadlockError);
  expect(loop.time()).toBe(10);
  loop.close();
});
