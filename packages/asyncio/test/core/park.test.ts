import {
  type Abort,
  CancelledError,
  EventLoop,
  getRunningLoop,
  InvalidStateError,
  park,
  sleep,
  type Wait,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, expectTypeOf, test } from "vitest";
import { outcomeOf, testEvents } from "../support/events.ts";
import { awaiting, type Steps, settle, testBoth } from "../support/spellings.ts";

/** Waits by `park()`, with both of its ends outside. */
class Operation {
  readonly aborts: unknown[] = [];
  wait: Wait<string> | undefined;
  readonly #abort: Abort;

  constructor(abort: Abort = () => "done") {
    this.#abort = abort;
  }

  /** Awaits the operation and then a millisecond, and tells what came. */
  *program(order: string[]): Steps<void> {
    try {
      const result = yield* awaiting(
        park<string>((wait) => {
          this.wait = wait;
          return (message) => {
            this.aborts.push(message);
            return this.#abort(message);
          };
        }),
      );
      order.push(`result ${result}`);
      yield* awaiting(sleep(1));
      order.push("went on");
    } catch (error) {
      order.push(`${error}`);
      throw error;
    }
  }
}

testBoth("park() gives what the wait is resolved with, one turn later", function* ({ start }) {
  const operation = new Operation();
  const order: string[] = [];
  start(() => operation.program(order));
  yield* settle();
  operation.wait?.resolve("it");
  order.push("resolved");
  yield* awaiting(sleep(5));
  expect(order).toEqual(["resolved", "result it", "went on"]);
  expect(operation.aborts).toEqual([]);
});

testBoth("park() raises what the wait is rejected with", function* ({ start }) {
  const operation = new Operation();
  const order: string[] = [];
  const task = start(() => operation.program(order));
  yield* settle();
  operation.wait?.reject(new TypeError("broken"));
  yield* awaiting(sleep(5));
  expect(order).toEqual(["TypeError: broken"]);
  expect(task.exception()).toBeInstanceOf(TypeError);
});

testBoth("park() whose abort says done is over at once, and calls it once", function* ({ start }) {
  const operation = new Operation(() => "done");
  const order: string[] = [];
  const task = start(() => operation.program(order));
  yield* settle();
  task.cancel("stop");
  task.cancel("again");
  yield* awaiting(sleep(0));
  expect(order).toEqual(["CancelledError: stop"]);
  expect(operation.aborts).toEqual(["stop"]);
  operation.wait?.resolve("too late");
  operation.wait?.reject(new Error("too late"));
});

testBoth(
  "park() whose abort says wait ends with a result, and the cancellation comes at the next wait",
  function* ({ start }) {
    const operation = new Operation(() => "wait");
    const order: string[] = [];
    const task = start(() => operation.program(order));
    yield* settle();
    expect(task.cancel("stop")).toBe(true);
    yield* settle();
    expect(order).toEqual([]);
    operation.wait?.resolve("in spite of it");
    yield* settle();
    expect(order).toEqual(["result in spite of it", "CancelledError: stop"]);
    expect(task.cancelled()).toBe(true);
  },
);

testBoth("park() whose abort says wait is not asked again by further cancels", function* ({ start }) {
  const operation = new Operation(() => "wait");
  const order: string[] = [];
  const task = start(() => operation.program(order));
  yield* settle();
  expect(task.cancel("one")).toBe(true);
  expect(task.cancel("two")).toBe(true);
  expect(operation.aborts).toEqual(["one"]);
  operation.wait?.resolve("it");
  yield* settle();
  expect(order).toHaveLength(2);
  expect(task.cancelled()).toBe(true);
});

testBoth("park() whose abort says wait can end with an error of its own", function* ({ start }) {
  const operation = new Operation(() => "wait");
  const order: string[] = [];
  const task = start(() => operation.program(order));
  yield* settle();
  task.cancel();
  operation.wait?.reject(new Error("failed"));
  yield* settle();
  expect(order).toEqual(["Error: failed"]);
  expect(task.exception()).toEqual(new Error("failed"));
});

testBoth("park() whose abort says wait can end as cancelled", function* ({ start }) {
  const operation = new Operation(() => "wait");
  const order: string[] = [];
  const task = start(() => operation.program(order));
  yield* settle();
  task.cancel();
  operation.wait?.reject(new CancelledError("rolled back"));
  yield* settle();
  expect(order).toEqual(["CancelledError: rolled back"]);
  expect(task.cancelled()).toBe(true);
});

testBoth("park() can be settled by its own abort function", function* ({ start }) {
  const operation: Operation = new Operation(() => {
    operation.wait?.resolve("on the spot");
    return "wait";
  });
  const order: string[] = [];
  const task = start(() => operation.program(order));
  yield* settle();
  task.cancel();
  yield* settle();
  expect(order[0]).toBe("result on the spot");
  expect(task.cancelled()).toBe(true);
});

testBoth("park() takes the first settlement, and ignores all further ones", function* ({ start }) {
  const operation = new Operation();
  const order: string[] = [];
  start(() => operation.program(order));
  yield* settle();
  operation.wait?.resolve("first");
  operation.wait?.resolve("second");
  operation.wait?.reject(new Error("third"));
  yield* awaiting(sleep(5));
  expect(order).toEqual(["result first", "went on"]);
});

testBoth("park() may be settled before start returns", function* () {
  const operation = park<number>((wait) => {
    wait.resolve(42);
    return () => "done";
  });
  expect(yield* awaiting(operation)).toBe(42);
});

testBoth("park() begins when it is awaited, not before, and raises what start throws", function* () {
  let started = 0;
  const operation = park(() => {
    started++;
    throw new InvalidStateError("not now");
  });
  expect(started).toBe(0);
  let thrown: unknown;
  try {
    yield* awaiting(operation);
  } catch (error) {
    thrown = error;
  }
  expect(started).toBe(1);
  expect(thrown).toEqual(new InvalidStateError("not now"));
});

testBoth("park() lets a cancellation that comes after the result take its place", function* ({ start }) {
  const operation = new Operation();
  const order: string[] = [];
  const task = start(() => operation.program(order));
  yield* settle();
  operation.wait?.resolve("lost");
  task.cancel();
  yield* settle();
  expect(order).toEqual(["CancelledError"]);
  expect(operation.aborts).toEqual([]);
});

testBoth(
  "park() does not begin when its task is to be cancelled, so that a loop of waits that can't stop ends",
  function* ({ start }) {
    let begun = 0;
    const unstoppable = () =>
      park<void>((wait) => {
        begun++;
        void Promise.resolve().then(() => wait.resolve());
        return () => "wait";
      });
    const task = start(function* (): Steps<void> {
      for (;;) yield* awaiting(unstoppable());
    });
    yield* awaiting(sleep(0));
    expect(begun).toBe(1);
    task.cancel();
    yield* settle();
    expect(task.cancelled()).toBe(true);
    expect(begun).toBe(1);
  },
);

testEvents(
  "park() that is settled at once does not suspend, and its error counts as seen",
  function* (log) {
    const settledBy = (end: (wait: Wait<string>) => void) =>
      awaiting(
        park<string>((wait) => {
          end(wait);
          return () => "done";
        }),
      );
    getRunningLoop().callSoon(() => log("the next turn"));
    log(yield* outcomeOf(settledBy((wait) => wait.resolve("it"))));
    log(yield* outcomeOf(settledBy((wait) => wait.reject(new TypeError("broken")))));
  },
  ["0 [it]", "0 TypeError(broken)", "the next turn"],
);

test("park() that is settled after its loop was closed is ignored", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const reports: string[] = [];
  loop.setExceptionHandler((_loop, { message }) => reports.push(message));
  const waits: Wait<string>[] = [];
  const parked = (): ReturnType<typeof park<string>> =>
    park((wait) => {
      waits.push(wait);
      return () => "done";
    });
  for (let i = 0; i < 2; i++) loop.createTask(parked());
  await loop.runUntilComplete(sleep(0));
  loop.close();
  waits[0]?.resolve("late");
  waits[1]?.reject(new Error("late"));
  expect(reports).toEqual(["Task was destroyed but it is pending!", "Task was destroyed but it is pending!"]);
});

test("park() holds the virtual clock: other timers do not run ahead of it", () =>
  runVirtual(async () => {
    const order: string[] = [];
    const operation = park<void>((wait) => {
      void Promise.resolve().then(() => wait.resolve());
      return () => "done";
    });
    await Promise.all([operation.then(() => order.push("operation")), sleep(1).then(() => order.push("timer"))]);
    expect(order).toEqual(["operation", "timer"]);
  }));

test("park() that is not foreign lets the virtual clock go on, to the timer that ends it", () =>
  runVirtual(async () => {
    const loop = getRunningLoop();
    const operation = park<string>(
      (wait) => {
        const timer = loop.callLater(60_000, () => wait.resolve("it"));
        return () => {
          timer.cancel();
          return "done";
        };
      },
      { foreign: false },
    );
    expect([await operation, loop.time()]).toEqual(["it", 60_000]);
  }));

test("park() needs a function, and knows the type of its result", () => {
  expect(() => park("x" as never)).toThrow(TypeError);
  const operation = park<number>(() => () => "done");
  expectTypeOf(async () => await operation).returns.resolves.toEqualTypeOf<number>();
});
