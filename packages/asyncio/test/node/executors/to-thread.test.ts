import {
  CancelledError,
  ContextVar,
  type Executor,
  gather,
  getRunningLoop,
  RuntimeError,
  run,
  sleep,
  ThreadPoolExecutor,
  toThread,
} from "asyncio-ts";
import { expect, expectTypeOf, test } from "vitest";
import { awaiting } from "../../support/spellings.ts";
import { eventOf } from "./fixtures/main-side.ts";
import { errorOf, newGate, openGate, plain, resourcesAre, testReal, unique, work, workerResources } from "./support.ts";

testReal("toThread() calls a function in another thread and gives its result", function* () {
  expect(yield* awaiting(toThread(plain.add, 1, 2))).toBe(3);
  const { thread, main } = yield* awaiting(toThread(plain.where));
  expect([thread > 0, main]).toEqual([true, false]);
});

testReal("toThread() throws what the function throws", function* () {
  let thrown: unknown;
  try {
    yield* awaiting(toThread(work.fail, "type"));
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(TypeError);
});

test("toThread() types the arguments and what waiting gives", () =>
  run(async () => {
    expectTypeOf(await toThread(plain.add, 1, 2)).toEqualTypeOf<number>();
    expectTypeOf(await toThread(work.addLater, 1, 2)).toEqualTypeOf<number>();
    expectTypeOf(await toThread(work.addInSteps, 1, 2)).toEqualTypeOf<number>();
    expectTypeOf(await toThread(work.addByResult, 1, 2)).toEqualTypeOf<number>();
    // @ts-expect-error -- no string
    expect(await toThread(plain.add, "1", 2)).toBe("12");
    // @ts-expect-error -- one is missing
    expect(await toThread(plain.add, 1)).toBeNaN();
  }));

test("toThread() begins when it is awaited, once", () =>
  run(async () => {
    const key = unique();
    const gate = newGate();
    openGate(gate);
    const call = toThread(work.hold, gate, key);
    await sleep(20);
    expect(eventOf(key).isSet()).toBe(false);
    expect(await call).toBe("held");
    await eventOf(key).wait();
    await expect(call).rejects.toThrow("cannot reuse already awaited coroutine 'toThread'");
  }));

test.each([
  ["an async function", work.addLater],
  ["a generator function", work.addInSteps],
  ["a function of coroutine()", work.addByCoroutine],
  ["a function that gives a coroutine", work.addByResult],
  ["a function with a loop of its own", work.addOnOwnLoop],
  ["an async function that waits for promises of others", plain.addForeign],
])("toThread() runs a coroutine to its end in the thread: %s", (_name, fn) =>
  run(async () => {
    // 1000 more would mean that it was in no task.
    expect(await toThread(fn as unknown as typeof plain.add, 1, 2)).toBe(3);
  }),
);

test("toThread() tells a coroutine that is stuck", () =>
  run(async () => {
    expect((await errorOf(toThread(work.stuck))).name).toBe("DeadlockError");
    const error = await errorOf(toThread(plain.stuckOnPromise));
    expect(error.name).toBe("BrokenExecutorError");
    expect(error.message).toMatch(/^thread-\d+ has exited with code \d+ while it ran stuckOnPromise\(\)$/);
    expect(await toThread(plain.add, 1, 2)).toBe(3);
  }));

test("toThread() leaves the loop free while its function blocks", () =>
  run(async () => {
    const events: string[] = [];
    const key = unique();
    const gate = newGate();
    const call = getRunningLoop().createTask(toThread(work.hold, gate, key));
    call.addDoneCallback(() => events.push("done"));
    await eventOf(key).wait();
    for (let tick = 1; tick <= 5; tick++) {
      await sleep(1);
      events.push(`tick ${tick}`);
    }
    openGate(gate);
    expect(await call).toBe("held");
    expect(events).toEqual(["tick 1", "tick 2", "tick 3", "tick 4", "tick 5", "done"]);
  }));

test.each([
  ["a closure", () => 1, "the function <anonymous>() can't be sent to another thread"],
  ["a function", errorOf, "the function errorOf() can't be sent to another thread"],
])("toThread() refuses %s at the call", (_name, fn, message) => {
  expect(() => toThread(fn as () => void)).toThrow(TypeError);
  expect(() => toThread(fn as () => void)).toThrow(`toThread(): ${message}`);
  expect(() => toThread(fn as () => void)).toThrow("name it by workerModule<typeof import(");
});

test("toThread() refuses what is no function at the call", () => {
  expect(() => toThread("add" as never)).toThrow('toThread() needs a function, got a string ("add")');
});

test("toThread() does not take context variables along", () =>
  run(async () => {
    const variable = new ContextVar<string>("variable");
    variable.set("something");
    expect(await toThread(work.contextValue)).toBe("nothing");
  }));

test("toThread() runs calls side by side, in as many threads as the machine has processors", () =>
  run(async () => {
    const [first, second] = [newGate(), newGate()];
    const [one, two] = [unique(), unique()];
    // Shared by both, so that neither could end if they ran one after the other.
    const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    getRunningLoop().setDefaultExecutor(pool);
    const calls = gather([toThread(work.hold, first, one), toThread(work.hold, second, two)]);
    await gather([eventOf(one).wait(), eventOf(two).wait()]);
    openGate(first);
    openGate(second);
    expect(await calls).toEqual(["held", "held"]);
  }));

test("run() waits at its end for the calls of the default executor, and ends its threads", async () => {
  const before = workerResources();
  const gate = newGate();
  const key = unique();
  const events: string[] = [];
  await run(async () => {
    const loop = getRunningLoop();
    const call = loop.runInExecutor(null, work.hold, gate, key);
    call.addDoneCallback(() => events.push("the call ends"));
    await eventOf(key).wait();
    setTimeout(() => openGate(gate), 5);
    events.push("main ends");
  });
  events.push("run() ends");
  expect(events).toEqual(["main ends", "the call ends", "run() ends"]);
  expect(workerResources()).toEqual(before);
});

test("EventLoop.shutdownDefaultExecutor() waits, and lets nothing else in", () =>
  run(async () => {
    const loop = getRunningLoop();
    expect(await toThread(plain.add, 1, 2)).toBe(3);
    await loop.shutdownDefaultExecutor();
    expect(() => loop.runInExecutor(null, plain.add, 1, 2)).toThrow(RuntimeError);
    expect(() => loop.runInExecutor(null, plain.add, 1, 2)).toThrow("Executor shutdown has been called");
    await loop.shutdownDefaultExecutor();
  }));

test("EventLoop.shutdownDefaultExecutor(timeout) leaves calls alone that take longer, and reports it", async () => {
  const gate = newGate();
  const key = unique();
  const reports: string[] = [];
  await run(async () => {
    const loop = getRunningLoop();
    loop.setExceptionHandler((_loop, { message }) => reports.push(message));
    const call = loop.runInExecutor(null, work.hold, gate, key);
    await eventOf(key).wait();
    await loop.shutdownDefaultExecutor(5);
    expect(reports).toEqual(["shutdownDefaultExecutor(): calls are still under way after 5 ms, and are left alone"]);
    openGate(gate);
    expect(await call).toBe("held");
  });
});

test("EventLoop.setDefaultExecutor() makes another executor the default one, also one of other people", () =>
  run(async () => {
    const here: Executor = {
      submit(fn, args, wait) {
        wait.resolve((fn as (...args: readonly unknown[]) => unknown)(...args));
        return () => "done";
      },
      shutdown: () => sleep(0),
    };
    getRunningLoop().setDefaultExecutor(here);
    expect(await toThread((n: number) => 2 * n, 21)).toBe(42);
    expect(() => getRunningLoop().setDefaultExecutor({} as never)).toThrow(
      "setDefaultExecutor() needs an executor, got a value of class Object",
    );
  }));

test("EventLoop.runInExecutor() refuses at the call: closures, no functions, no executors, closed loops", async () => {
  const loop = await run(async () => {
    const running = getRunningLoop();
    expect(() => running.runInExecutor(null, () => 1)).toThrow("can't be sent to another thread");
    expect(() => running.runInExecutor(null, 1 as never)).toThrow("runInExecutor() needs a function, got a number (1)");
    expect(() => running.runInExecutor({} as never, plain.add, 1, 2)).toThrow("runInExecutor() needs an executor");
    return running;
  });
  expect(() => loop.runInExecutor(null, plain.add, 1, 2)).toThrow("Event loop is closed");
});

test("EventLoop.runInExecutor() gives a future that can be cancelled", () =>
  run(async () => {
    const future = getRunningLoop().runInExecutor(null, plain.add, 1, 2);
    expect(future.cancel()).toBe(true);
    expect(future.cancelled()).toBe(true);
    await expect(future).rejects.toThrow(CancelledError);
  }));

test("EventLoop.close() lets the threads of its default executor go", async () => {
  const before = workerResources();
  const { EventLoop } = await import("asyncio-ts");
  const loop = new EventLoop();
  expect(await loop.runUntilComplete(toThread(plain.add, 1, 2))).toBe(3);
  loop.close();
  await resourcesAre(before);
});
