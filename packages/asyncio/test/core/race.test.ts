import { createTask, Future, getRunningLoop, race, sleep, ValueError } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { outcomeOf, testEvents } from "../support/events.ts";
import { awaiting } from "../support/spellings.ts";
import { worker } from "../support/worker.ts";

testEvents(
  "race() gives the result of the first to end, cancels the others, and waits for their end",
  function* (log) {
    const slow = worker(log, "slow", 50, { cleanUp: 5 });
    log(yield* outcomeOf(awaiting(race([slow, worker(log, "fast", 10), () => worker(log, "other", 20)]))));
  },
  ["10 fast ends", "10 slow CancelledError()", "10 other CancelledError()", "15 slow cleaned up", "15 [fast]"],
);

testEvents(
  "race() raises the error of the first to end",
  function* (log) {
    const failing = worker(log, "failing", 10, { error: new Error("failed") });
    log(yield* outcomeOf(awaiting(race([worker(log, "slow", 50), failing]))));
  },
  ["10 failing ends", "10 slow CancelledError()", "10 Error(failed)"],
);

testEvents(
  "race() raises the CancelledError of a runner that was cancelled first",
  function* (log) {
    const cancelled = createTask(worker(log, "cancelled", 50));
    getRunningLoop().callLater(10, () => cancelled.cancel("enough"));
    log(yield* outcomeOf(awaiting(race([worker(log, "slow", 50), cancelled]))));
  },
  ["10 cancelled CancelledError(enough)", "10 slow CancelledError()", "10 CancelledError(enough)"],
);

testEvents(
  "race() of several that end at once is won by the first of the list",
  function* (log) {
    const futures = ["a", "b", "c"].map(() => new Future<string>());
    getRunningLoop().callLater(10, () => {
      for (const index of [2, 1]) futures[index]?.setResult(String(index));
    });
    log(yield* outcomeOf(awaiting(race(futures))));
    log(`${futures[0]?.cancelled()}, ${futures[2]?.result()}`);
  },
  ["10 [1]", "true, 2"],
);

testEvents(
  "race() with one that is done already is won by that, and a coroutine of it does not start",
  function* (log) {
    const done = new Future<string>();
    done.setResult("done");
    log(yield* outcomeOf(awaiting(race([worker(log, "never", 1), done]))));
  },
  ["0 never CancelledError()", "0 [done]"],
);

testEvents(
  "race() reports the error of a loser, and drops its result",
  function* (log, { start }) {
    const stubborn = start(function* () {
      yield* outcomeOf(awaiting(sleep(50)));
      return "dropped";
    });
    const failing = worker(log, "failing", 50, { cleanUpError: new Error("in the clean-up") });
    log(yield* outcomeOf(awaiting(race([stubborn, failing, worker(log, "fast", 10)]))));
  },
  ["10 fast ends", "10 failing CancelledError()", "report: a loser of race() failed", "10 [fast]"],
);

testEvents(
  "race() that is cancelled cancels all, waits for their end, and raises the cancellation",
  function* (log, { start }) {
    const task = start(() => awaiting(race([worker(log, "a", 50, { cleanUp: 5 }), worker(log, "b", 50)])));
    yield* awaiting(sleep(10));
    task.cancel("enough");
    log(yield* outcomeOf(awaiting(task)));
  },
  ["10 a CancelledError()", "10 b CancelledError()", "15 a cleaned up", "15 CancelledError(enough)"],
);

testEvents(
  "race() that is cancelled while the losers clean up waits for them, and raises the cancellation",
  function* (log, { start }) {
    const task = start(() => awaiting(race([worker(log, "a", 50, { cleanUp: 5 }), worker(log, "b", 10)])));
    yield* awaiting(sleep(12));
    task.cancel("enough");
    log(yield* outcomeOf(awaiting(task)));
    log(`cancelled: ${task.cancelled()}`);
  },
  ["10 b ends", "10 a CancelledError()", "15 a cleaned up", "15 CancelledError(enough)", "cancelled: true"],
);

testEvents(
  "race() with the same one twice runs it once",
  function* (log) {
    const once = worker(log, "a", 10);
    log(yield* outcomeOf(awaiting(race([once, once]))));
  },
  ["10 a ends", "10 [a]"],
);

testEvents(
  "race() begins when it is awaited",
  function* (log) {
    const waiting = race([worker(log, "a", 10)]);
    yield* awaiting(sleep(5));
    log(yield* outcomeOf(awaiting(waiting)));
  },
  ["15 a ends", "15 [a]"],
);

test("race() refuses an empty list, what is no list, and what can't be awaited", () =>
  runVirtual(async () => {
    expect(() => race([])).toThrow(ValueError);
    for (const wrong of [undefined, null, sleep(1), "text", new Set()] as never[]) {
      expect(() => race(wrong)).toThrow(TypeError);
    }
    await expect(async () => await race([1 as never])).rejects.toThrow(TypeError);
  }));
