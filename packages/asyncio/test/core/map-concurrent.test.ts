import { currentTask, getRunningLoop, mapConcurrent, Queue, sleep, ValueError } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { type Log, now, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting } from "../support/spellings.ts";
import { worker } from "../support/worker.ts";

/** Numbers, and notes on when they are taken and whether the source is closed. */
function* numbers(log: Log, count: number): Generator<number> {
  try {
    for (let n = 1; n <= count; n++) {
      log(`${now()} takes ${n}`);
      yield n;
    }
  } finally {
    log("source closed");
  }
}

async function* asyncNumbers(log: Log, count: number): AsyncGenerator<number> {
  yield* numbers(log, count);
}

testEvents(
  "mapConcurrent() gives the results in the order of the items, all at once if there is no limit",
  function* (log, { spell }) {
    const fn = spell(function* (delay: number, index: number) {
      yield* awaiting(sleep(delay));
      log(`${now()} ${index}`);
      return `${index}:${delay}`;
    });
    log(yield* outcomeOf(awaiting(mapConcurrent([30, 10, 20], fn))));
  },
  ["10 1", "20 2", "30 0", "30 [0:30,1:10,2:20]"],
);

testEvents(
  "mapConcurrent() runs at most `limit` calls, and takes an item only when its call can begin",
  function* (log, { spell }) {
    const fn = spell((n: number) => awaiting(worker(log, `call ${n}`, n === 1 ? 30 : 10)));
    log(yield* outcomeOf(awaiting(mapConcurrent(numbers(log, 4), fn, { limit: 2 }))));
  },
  [
    "0 takes 1",
    "0 takes 2",
    "10 call 2 ends",
    "10 takes 3",
    "20 call 3 ends",
    "20 takes 4",
    "30 call 1 ends",
    "30 call 4 ends",
    "source closed",
    "30 [call 1,call 2,call 3,call 4]",
  ],
);

testEvents(
  "mapConcurrent() takes an async iterable",
  function* (log, { spell }) {
    const fn = spell((n: number) => awaiting(worker(log, `call ${n}`, 10)));
    log(yield* outcomeOf(awaiting(mapConcurrent(asyncNumbers(log, 3), fn, { limit: 1 }))));
  },
  [
    "0 takes 1",
    "10 call 1 ends",
    "10 takes 2",
    "20 call 2 ends",
    "20 takes 3",
    "30 call 3 ends",
    "source closed",
    "30 [call 1,call 2,call 3]",
  ],
);

testEvents(
  "mapConcurrent() works off a queue until that is shut down",
  function* (log, { spell }) {
    const queue = new Queue<number>();
    const loop = getRunningLoop();
    loop.callLater(5, () => queue.putNowait(1));
    loop.callLater(15, () => queue.putNowait(2));
    loop.callLater(20, () => queue.shutdown());
    const fn = spell((n: number) => awaiting(worker(log, `call ${n}`, 8)));
    log(yield* outcomeOf(awaiting(mapConcurrent(queue, fn, { limit: 2 }))));
  },
  ["13 call 1 ends", "23 call 2 ends", "23 [call 1,call 2]"],
);

testEvents(
  "mapConcurrent() runs an async source in the caller's task",
  function* (log, { spell }) {
    const caller = currentTask();
    const source = async function* (): AsyncGenerator<number> {
      await sleep(5);
      log(`${now()} ${currentTask() === caller ? "caller's task" : "another task"}`);
      yield 1;
    };
    const fn = spell((n: number) => awaiting(worker(log, `call ${n}`, 5)));
    log(yield* outcomeOf(awaiting(mapConcurrent(source(), fn))));
  },
  ["5 caller's task", "10 call 1 ends", "10 [call 1]"],
);

testEvents(
  "mapConcurrent() that is cancelled cancels the wait of its async source",
  function* (log, { spell, start }) {
    const source = async function* (): AsyncGenerator<number> {
      yield 1;
      yield Number(await worker(log, "source", 100));
    };
    const fn = spell((n: number) => awaiting(worker(log, `call ${n}`, 5)));
    const task = start(() => awaiting(mapConcurrent(source(), fn)));
    yield* awaiting(sleep(10));
    task.cancel("enough");
    log(yield* outcomeOf(awaiting(task)));
  },
  ["5 call 1 ends", "10 source CancelledError(enough)", "10 CancelledError(enough)"],
);

testEvents(
  "mapConcurrent() gives an empty list for nothing",
  function* (log, { spell }) {
    const fn = spell((n: number) => awaiting(worker(log, `call ${n}`, 10)));
    log(JSON.stringify(yield* awaiting(mapConcurrent([], fn))));
    log(JSON.stringify(yield* awaiting(mapConcurrent(numbers(log, 0), fn, { limit: 1 }))));
  },
  ["[]", "source closed", "[]"],
);

testEvents(
  "mapConcurrent() cancels the rest at the first error, takes no more items, and closes the source",
  function* (log, { spell }) {
    const fn = spell((n: number) =>
      awaiting(worker(log, `call ${n}`, n * 10, n === 1 ? { error: new Error("failed") } : { cleanUp: 5 })),
    );
    log(yield* outcomeOf(awaiting(mapConcurrent(numbers(log, 5), fn, { limit: 2 }))));
  },
  [
    "0 takes 1",
    "0 takes 2",
    "10 call 1 ends",
    expect.stringMatching(/source closed|call 2 CancelledError/),
    expect.stringMatching(/source closed|call 2 CancelledError/),
    "15 call 2 cleaned up",
    "15 ExceptionGroup(unhandled errors in a TaskGroup)[Error(failed)]",
  ],
);

testEvents(
  "mapConcurrent() raises the error of a function that throws at once",
  function* (log) {
    const fn = (n: number): Promise<number> => {
      throw new RangeError(`at once ${n}`);
    };
    log(yield* outcomeOf(awaiting(mapConcurrent([1], fn))));
  },
  ["0 ExceptionGroup(unhandled errors in a TaskGroup)[RangeError(at once 1)]"],
);

testEvents(
  "mapConcurrent() raises the error of the source, which it does not close then, and cancels the calls",
  function* (log, { spell }) {
    let count = 0;
    const source: Iterator<number> & Iterable<number> = {
      next() {
        if (++count > 1) throw new Error("no more numbers");
        return { done: false, value: count };
      },
      return() {
        log("source closed");
        return { done: true, value: undefined };
      },
      [Symbol.iterator]() {
        return this;
      },
    };
    const fn = spell((n: number) => awaiting(worker(log, `call ${n}`, 10)));
    log(yield* outcomeOf(awaiting(mapConcurrent(source, fn))));
  },
  ["0 ExceptionGroup(unhandled errors in a TaskGroup)[Error(no more numbers)]"],
);

testEvents(
  "mapConcurrent() that is cancelled cancels the calls, waits for them, and closes the source",
  function* (log, { spell, start }) {
    const fn = spell((n: number) => awaiting(worker(log, `call ${n}`, 50, { cleanUp: 5 })));
    const task = start(() => awaiting(mapConcurrent(numbers(log, 3), fn, { limit: 2 })));
    yield* awaiting(sleep(10));
    task.cancel("enough");
    log(yield* outcomeOf(awaiting(task)));
  },
  [
    "0 takes 1",
    "0 takes 2",
    "source closed",
    "10 call 1 CancelledError()",
    "10 call 2 CancelledError()",
    "15 call 1 cleaned up",
    "15 call 2 cleaned up",
    "15 CancelledError(enough)",
  ],
);

testEvents(
  "mapConcurrent() runs each call in a task of its own",
  function* (log, { spell }) {
    const caller = currentTask();
    const fn = spell(function* (_n: number) {
      return currentTask()?.getName();
    });
    const names = yield* awaiting(mapConcurrent([1, 2], fn));
    log(`${new Set([caller?.getName(), ...names]).size} tasks`);
  },
  ["3 tasks"],
);

test("mapConcurrent() takes a limit that is no whole number downwards", async () => {
  let running = 0;
  let most = 0;
  await runVirtual(
    mapConcurrent(
      [1, 2, 3, 4, 5],
      async () => {
        most = Math.max(most, ++running);
        await sleep(1);
        running--;
      },
      { limit: 2.9 },
    ),
  );
  expect(most).toBe(2);
});

test("mapConcurrent() refuses what is no function, no list and no limit", () => {
  const fn = async (): Promise<void> => {};
  for (const wrong of [undefined, null, sleep(1)] as never[])
    expect(() => mapConcurrent([1], wrong)).toThrow(TypeError);
  for (const wrong of [undefined, null, 1, {}, sleep(1), Promise.resolve([])] as never[]) {
    expect(() => mapConcurrent(wrong, fn)).toThrow(TypeError);
  }
  for (const limit of [0, -1, 0.5, Number.NaN]) expect(() => mapConcurrent([1], fn, { limit })).toThrow(ValueError);
  for (const limit of ["2", null] as never[]) expect(() => mapConcurrent([1], fn, { limit })).toThrow(TypeError);
});
