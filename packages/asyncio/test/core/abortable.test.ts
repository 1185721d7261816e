import {
  type AbortableOptions,
  abortable,
  CancelledError,
  currentTask,
  EventLoop,
  getRunningLoop,
  sleep,
  TimeoutError,
  timeout,
} from "asyncio-ts";
import { VirtualHost } from "asyncio-ts/testing";
import { expect, expectTypeOf, test } from "vitest";
import { awaiting, type Steps, settle, testBoth } from "../support/spellings.ts";

/** An operation with a signal, whose end is in the hands of the test. */
class Operation {
  signal: AbortSignal | undefined;
  resolve!: (value: string) => void;
  reject!: (error: unknown) => void;
  readonly #options: AbortableOptions;
  readonly #order: string[];

  constructor(order: string[], options: AbortableOptions = {}) {
    this.#order = order;
    this.#options = options;
  }

  /** Awaits the operation and then a millisecond, and tells what came. */
  *program(): Steps<void> {
    const order = this.#order;
    try {
      const start = (signal: AbortSignal): Promise<string> => {
        this.signal = signal;
        signal.addEventListener("abort", () => order.push("signal"));
        return new Promise((resolve, reject) => {
          this.resolve = resolve;
          this.reject = reject;
        });
      };
      order.push(`result ${yield* awaiting(abortable(start, this.#options))}`);
      yield* awaiting(sleep(1));
      order.push("went on");
    } catch (error) {
      order.push(`${error}`);
      throw error;
    }
  }
}

function abortError(): Error {
  return Object.assign(new Error("This operation was aborted"), { name: "AbortError" });
}

function noteReports(order: string[]): void {
  getRunningLoop().setExceptionHandler((_loop, { message, exception }) => {
    order.push(`report: ${message}${exception === undefined ? "" : ` (${exception})`}`);
  });
}

testBoth("abortable() gives what the operation gives, and aborts nothing", function* ({ start }) {
  const order: string[] = [];
  const operation = new Operation(order);
  start(() => operation.program());
  yield* settle();
  operation.resolve("it");
  yield* settle();
  yield* awaiting(sleep(5));
  expect(order).toEqual(["result it", "went on"]);
  expect(operation.signal?.aborted).toBe(false);
});

testBoth("abortable() raises what the operation fails with", function* ({ start }) {
  const order: string[] = [];
  const operation = new Operation(order);
  const task = start(() => operation.program());
  yield* settle();
  operation.reject(new TypeError("broken"));
  yield* settle();
  expect(order).toEqual(["TypeError: broken"]);
  expect(task.exception()).toBeInstanceOf(TypeError);
});

for (const [what, makeError] of Object.entries({
  "an AbortError": abortError,
  "the reason of the signal": (signal: AbortSignal) => signal.reason as Error,
  "an error caused by the reason": (signal: AbortSignal) => new Error("gone", { cause: signal.reason }),
})) {
  testBoth(
    `abortable() aborts the signal on cancel, and waits until the operation has ended with ${what}`,
    function* ({ start }) {
      const order: string[] = [];
      const operation = new Operation(order);
      const task = start(() => operation.program());
      yield* settle();
      task.cancel("stop");
      expect(operation.signal?.reason).toEqual(new CancelledError("stop"));
      yield* settle();
      order.push("still running");
      operation.reject(makeError(operation.signal!));
      yield* settle();
      expect(order).toEqual(["signal", "still running", "CancelledError: stop"]);
      expect(task.cancelled()).toBe(true);
    },
  );
}

testBoth(
  "abortable() counts a result that comes in spite of the abort, and is cancelled at the next wait",
  function* ({ start }) {
    const order: string[] = [];
    const operation = new Operation(order);
    const task = start(() => operation.program());
    yield* settle();
    task.cancel();
    yield* settle();
    operation.resolve("committed");
    yield* settle();
    yield* awaiting(sleep(5));
    expect(order).toEqual(["signal", "result committed", "CancelledError"]);
    expect(task.cancelled()).toBe(true);
  },
);

testBoth("abortable() raises an error of the operation that is not the abort", function* ({ start }) {
  const order: string[] = [];
  const operation = new Operation(order);
  const task = start(() => operation.program());
  yield* settle();
  task.cancel();
  operation.reject(new Error("disk full"));
  yield* settle();
  expect(order).toEqual(["signal", "Error: disk full"]);
  expect(task.exception()).toEqual(new Error("disk full"));
});

testBoth("abortable() takes an AbortError that nobody asked for as an error like any other", function* ({ start }) {
  const order: string[] = [];
  const operation = new Operation(order);
  const task = start(() => operation.program());
  yield* settle();
  operation.reject(abortError());
  yield* settle();
  expect(order).toEqual(["AbortError: This operation was aborted"]);
  expect(task.cancelled()).toBe(false);
  expect(task.exception()).toMatchObject({ name: "AbortError" });
});

testBoth("abortable() aborts once, however often it is cancelled", function* ({ start }) {
  const order: string[] = [];
  const operation = new Operation(order);
  const task = start(() => operation.program());
  yield* settle();
  for (let i = 0; i < 3; i++) {
    expect(task.cancel(`cancel ${i}`)).toBe(true);
    yield* settle();
  }
  operation.reject(abortError());
  yield* settle();
  expect(order).toEqual(["signal", "CancelledError: cancel 0"]);
});

testBoth("abortable() holds a timeout until the operation has ended", function* ({ spell, start, host }) {
  const order: string[] = [];
  const operation = new Operation(order);
  const limited = start(function* () {
    yield* awaiting(
      timeout(
        100,
        spell(() => operation.program()),
      ),
    );
  });
  yield* settle();
  host.advance(100);
  yield* settle();
  order.push("100 ms are over");
  operation.reject(abortError());
  yield* settle();
  expect(order).toEqual(["signal", "100 ms are over", "CancelledError"]);
  expect(limited.exception()).toBeInstanceOf(TimeoutError);
});

testBoth("abortable({ onCancel: 'abandon' }) leaves at once, and drops the operation's result", function* ({ start }) {
  const order: string[] = [];
  noteReports(order);
  const operation = new Operation(order, { onCancel: "abandon" });
  const task = start(() => operation.program());
  yield* settle();
  task.cancel();
  yield* settle();
  order.push("left");
  operation.resolve("dropped");
  yield* settle();
  expect(order).toEqual(["signal", "CancelledError", "left"]);
  expect(task.cancelled()).toBe(true);
});

testBoth(
  "abortable({ onCancel: 'abandon' }) reports an operation that fails later, unless by the abort",
  function* ({ start }) {
    const order: string[] = [];
    noteReports(order);
    const reasonOf = (signal: AbortSignal): Error => signal.reason as Error;
    for (const makeError of [abortError, reasonOf, () => new Error("late")]) {
      const operation = new Operation([], { onCancel: "abandon" });
      const task = start(() => operation.program());
      yield* settle();
      task.cancel();
      yield* settle();
      operation.reject(makeError(operation.signal!));
      yield* settle();
    }
    expect(order).toEqual(["report: abortable(): the abandoned operation failed (Error: late)"]);
  },
);

testBoth(
  "abortable({ graceMs }) waits so long for the end, then reports the operation and leaves it",
  function* ({ start, host }) {
    const order: string[] = [];
    noteReports(order);
    const operation = new Operation(order, { graceMs: 100 });
    const task = start(() => operation.program());
    yield* settle();
    task.cancel("stop");
    host.advance(99);
    yield* settle();
    order.push("99 ms are over");
    host.advance(1);
    yield* settle();
    operation.resolve("dropped");
    yield* settle();
    expect(order).toEqual([
      "signal",
      "99 ms are over",
      "report: abortable(): the operation has not ended 100 ms after it was aborted, and is abandoned",
      "CancelledError: stop",
    ]);
    expect(task.cancelled()).toBe(true);
  },
);

testBoth("abortable({ graceMs }) reports nothing when the operation ends in time", function* ({ start, host }) {
  const order: string[] = [];
  noteReports(order);
  const operation = new Operation(order, { graceMs: 100 });
  const task = start(() => operation.program());
  yield* settle();
  task.cancel();
  operation.reject(abortError());
  yield* settle();
  host.advance(1000);
  yield* settle();
  expect(order).toEqual(["signal", "CancelledError"]);
});

testBoth(
  "abortable() whose result comes in spite of a timeout gives the result, and the timeout is no error",
  function* ({ spell, start, host }) {
    const order: string[] = [];
    let resolve!: (value: string) => void;
    const limited = start(function* () {
      const body = spell(function* () {
        return yield* awaiting(
          abortable<string>(
            () =>
              new Promise((onResolve) => {
                resolve = onResolve;
              }),
          ),
        );
      });
      order.push(yield* awaiting(timeout(100, body)));
      yield* awaiting(sleep(0));
      order.push("went on");
    });
    yield* settle();
    host.advance(100);
    yield* settle();
    resolve("committed");
    yield* settle();
    expect(order).toEqual(["committed", "went on"]);
    expect([limited.cancelling(), limited.exception()]).toEqual([0, null]);
  },
);

testBoth("abortable() of a task that was cancelled before is aborted as soon as it has begun", function* ({ start }) {
  const order: string[] = [];
  const operation = new Operation(order);
  const task = start(function* () {
    currentTask()?.cancel("before");
    yield* operation.program();
  });
  yield* settle();
  expect(order).toEqual(["signal"]);
  operation.reject(abortError());
  yield* settle();
  expect(order).toEqual(["signal", "CancelledError: before"]);
  expect(task.cancelled()).toBe(true);
});

testBoth("abortable() starts the operation when it is awaited, and raises what start throws", function* () {
  let started = 0;
  const operation = abortable(() => {
    started++;
    throw new Error("at once");
  });
  expect(started).toBe(0);
  let thrown: unknown;
  try {
    yield* awaiting(operation);
  } catch (error) {
    thrown = error;
  }
  expect([started, thrown]).toEqual([1, new Error("at once")]);
});

test("abortable() whose operation ends after its loop was closed changes nothing", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const reports: string[] = [];
  loop.setExceptionHandler((_loop, { message }) => reports.push(message));
  const ends: (() => void)[] = [];
  for (const end of ["resolve", "reject"] as const) {
    loop.createTask(
      abortable(() => new Promise<void>((resolve, reject) => ends.push(end === "resolve" ? resolve : reject))),
    );
  }
  await loop.runUntilComplete(sleep(0));
  loop.close();
  for (const end of ends) end();
  await Promise.resolve();
  await Promise.resolve();
  expect(reports).toEqual(["Task was destroyed but it is pending!", "Task was destroyed but it is pending!"]);
});

test("abortable() needs a function, and knows the type of its result", () => {
  expect(() => abortable("x" as never)).toThrow(TypeError);
  expectTypeOf(async () => await abortable(async () => 1)).returns.resolves.toEqualTypeOf<number>();
});
