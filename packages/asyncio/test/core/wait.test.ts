import {
  ALL_COMPLETED,
  createTask,
  DeadlockError,
  EventLoop,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  Future,
  getRunningLoop,
  sleep,
  type Task,
  ValueError,
  wait,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { describeError, eventsOf, now, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting, testBoth } from "../support/spellings.ts";

function sleeper(name: string, delay: number): Task<string> {
  return createTask(sleep(delay, name), { name });
}

function failer(name: string, delay: number): Task<never> {
  const fail = function* () {
    yield* sleep(delay);
    throw new Error(name);
  };
  return createTask(fail, { name });
}

/** Two lists of names: `a,b | c`. */
function names(sets: { done: Set<Task<unknown>>; pending: Set<Task<unknown>> }): string {
  return [sets.done, sets.pending].map((set) => [...set].map((task) => task.getName()).join()).join(" | ");
}

testEvents(
  "wait() waits for all, and gives them in the order of the list",
  function* (log) {
    log(`${names(yield* awaiting(wait([sleeper("a", 20), sleeper("b", 10), sleeper("c", 15)])))} at ${now()}`);
  },
  ["a,b,c |  at 20"],
);

testEvents(
  "wait() with FIRST_COMPLETED returns when one is done, and cancels none",
  function* (log) {
    const tasks = [sleeper("a", 20), sleeper("b", 10), failer("c", 30)] as Task<unknown>[];
    log(`${names(yield* awaiting(wait(tasks, { returnWhen: FIRST_COMPLETED })))} at ${now()}`);
    log(`${names(yield* awaiting(wait(tasks, { returnWhen: ALL_COMPLETED })))} at ${now()}`);
    log(describeError(tasks[2]?.exception()));
  },
  ["b | a,c at 10", "a,b,c |  at 30", "Error(c)"],
);

testEvents(
  "wait() with FIRST_EXCEPTION returns at the first error; a cancelled one is none",
  function* (log) {
    const cancelled = sleeper("cancelled", 100);
    getRunningLoop().callLater(5, () => cancelled.cancel());
    const tasks = [cancelled, sleeper("a", 10), failer("b", 20), sleeper("c", 30)] as Task<unknown>[];
    log(`${names(yield* awaiting(wait(tasks, { returnWhen: FIRST_EXCEPTION })))} at ${now()}`);
  },
  ["cancelled,a,b | c at 20"],
);

testEvents(
  "wait() with FIRST_EXCEPTION waits for all when there is no error",
  function* (log) {
    const tasks = [sleeper("a", 10), sleeper("b", 20)];
    log(`${names(yield* awaiting(wait(tasks, { returnWhen: FIRST_EXCEPTION })))} at ${now()}`);
  },
  ["a,b |  at 20"],
);

testEvents(
  "wait() raises no timeout and cancels nothing when the time is up",
  function* (log) {
    const tasks = [sleeper("a", 10), sleeper("b", 20)];
    log(`${names(yield* awaiting(wait(tasks, { timeout: 15 })))} at ${now()}`);
    log(`${names(yield* awaiting(wait(tasks, { timeout: null })))} at ${now()}`);
  },
  ["a | b at 15", "a,b |  at 20"],
);

testEvents(
  "wait() with a timeout of zero lets one iteration pass",
  function* (log) {
    const task = sleeper("a", 10);
    getRunningLoop().callSoon(log, { args: ["other callback"] });
    log(`${names(yield* awaiting(wait([task], { timeout: 0 })))} at ${now()}`);
  },
  ["other callback", " | a at 0"],
);

testEvents(
  "wait() for what is done already lets one iteration pass",
  function* (log) {
    const task = sleeper("a", 0);
    yield* awaiting(sleep(1));
    getRunningLoop().callSoon(log, { args: ["other callback"] });
    log(names(yield* awaiting(wait([task], { returnWhen: FIRST_COMPLETED }))));
  },
  ["other callback", "a | "],
);

testBoth("wait() looks once more when it wakes: what has ended meanwhile is done", function* () {
  const futures = [new Future<void>(), new Future<void>(), new Future<void>()];
  getRunningLoop().callSoon(() => {
    futures[0]?.setResult();
    futures[1]?.setResult();
  });
  const { done, pending } = yield* awaiting(wait(futures, { returnWhen: FIRST_COMPLETED }));
  expect([done.size, pending.size, pending.has(futures[2]!)]).toEqual([2, 1, true]);
});

testBoth("wait() takes any iterable, and what is in it twice counts once", function* () {
  const task = sleeper("a", 10);
  const generate = function* () {
    yield task;
    yield task;
  };
  for (const tasks of [generate(), [task, task], new Set([task])]) {
    expect(names(yield* awaiting(wait(tasks)))).toBe("a | ");
  }
});

testEvents(
  "wait() that is cancelled cancels none of what it waited for",
  function* (log, { start }) {
    const task = sleeper("a", 20);
    const waiting = start(function* () {
      yield* awaiting(wait([task]));
    });
    yield* awaiting(sleep(10));
    waiting.cancel("enough");
    log(yield* outcomeOf(awaiting(waiting)));
    log(yield* outcomeOf(awaiting(task)));
  },
  ["10 CancelledError(enough)", "20 [a]"],
);

test("wait() leaves nothing behind: an error that comes after it is reported", async () => {
  const events = await eventsOf(async (log) => {
    const task = failer("late", 20);
    log(names(await wait([task], { timeout: 10 })));
    await sleep(20);
  });
  expect(events).toEqual([" | late", "report: Task exception was never retrieved"]);
});

test("wait() leaves no timer behind", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  await loop.runUntilComplete(async () => await wait([sleeper("a", 10)], { timeout: 1000 }));
  await expect(loop.runForever()).rejects.toThrow(DeadlockError);
  expect(loop.time()).toBe(10);
  loop.close();
});

test("wait() refuses what is no list of futures, nothing, and unknown conditions", () =>
  runVirtual(async () => {
    const task = sleeper("a", 1);
    for (const wrong of [undefined, null, 1, task, sleep(1), [sleep(1)], [async () => {}]] as never[]) {
      expect(() => wait(wrong)).toThrow(TypeError);
    }
    expect(() => wait([])).toThrow(ValueError);
    expect(() => wait([])).toThrow("Set of Tasks/Futures is empty.");
    expect(() => wait([task], { returnWhen: "LAST" as never })).toThrow(ValueError);
    expect(() => wait([task], { timeout: Number.NaN })).toThrow(ValueError);
    expect(() => wait([task], { timeout: "1" as never })).toThrow(TypeError);
  }));
