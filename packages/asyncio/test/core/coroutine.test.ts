import {
  ContextVar,
  Coroutine,
  coroutine,
  createTask,
  currentTask,
  Future,
  getRunningLoop,
  iscoroutine,
  iscoroutinefunction,
  RuntimeError,
  sleep,
} from "asyncio-ts";
import { runVirtual, runVirtualSync } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { eventsOf } from "../support/events.ts";
import { awaiting, testBoth } from "../support/spellings.ts";

const double = coroutine(function* (n: number) {
  yield* sleep(1);
  return 2 * n;
});

test("coroutine() makes a function whose call does nothing until it is awaited", async () => {
  const events = await eventsOf(async (log) => {
    const greet = coroutine(function* (name: string) {
      log(`hello ${name}`);
      yield* sleep(1);
      return name.length;
    });
    const call = greet("ada");
    await sleep(10);
    log("awaited");
    log(String(await call));
  });
  expect(events).toEqual(["awaited", "hello ada", "3"]);
});

test("coroutine() keeps the function's name, `this` and parameters", () =>
  runVirtual(async () => {
    class Counter {
      count = 40;
      add = coroutine(function* add(this: Counter, ...numbers: number[]) {
        yield* sleep(1);
        for (const number of numbers) this.count += number;
        return this.count;
      });
    }
    const counter = new Counter();
    expect(await counter.add(1, 1)).toBe(42);
    expect([counter.add.name, counter.add(0).name]).toEqual(["add", "add"]);
  }));

test("coroutine() refuses what is no generator function", () => {
  for (const wrong of [undefined, async () => {}, () => {}, async function* () {}, sleep(1)] as never[]) {
    expect(() => coroutine(wrong)).toThrow(TypeError);
  }
});

test("Coroutine can be awaited, `yield*`ed, made a task, and run", async () => {
  const viaYield = coroutine(function* () {
    return yield* double(2);
  });
  const results = await runVirtual(async () => [await double(1), await viaYield(), await createTask(double(3))]);
  expect(results).toEqual([2, 4, 6]);
  expect(await runVirtual(double(4))).toBe(8);
  expect(runVirtualSync(double(5))).toBe(10);
});

test.each([
  ["of a generator function", () => double(1)],
  ["of the library", () => sleep(1)],
])("Coroutine %s runs once: a second use throws a RuntimeError", async (_which, make) => {
  await runVirtual(async () => {
    const awaited = make();
    await awaited;
    await expect(async () => await awaited).rejects.toThrow(RuntimeError);
    await expect(async () => await awaited).rejects.toThrow("cannot reuse already awaited coroutine");
    await expect(async () => await createTask(awaited)).rejects.toThrow(RuntimeError);

    const running = make();
    const task = createTask(running);
    await expect(async () => await running).rejects.toThrow(RuntimeError);
    await task;
  });
});

test("Coroutine raises the errors of its function, which can catch those of its waits", async () => {
  const events = await eventsOf(async (log) => {
    const failing = coroutine(function* () {
      yield* sleep(1);
      throw new RangeError("inner");
    });
    const catching = coroutine(function* () {
      try {
        yield* failing();
      } catch (error) {
        log((error as Error).message);
      }
      throw new Error("outer");
    });
    await expect(async () => await catching()).rejects.toThrow("outer");
  });
  expect(events).toEqual(["inner"]);
});

testBoth("Coroutine that is awaited inside of a task shares its context", function* () {
  const user = new ContextVar("user", { default: "nobody" });
  const login = coroutine(function* (name: string) {
    yield* sleep(1);
    user.set(name);
  });
  yield* awaiting(login("ada"));
  expect(user.get()).toBe("ada");
});

test("Coroutine that is awaited inside of a task is a part of it; elsewhere it becomes a task of its own", async () => {
  const taskName = coroutine(function* () {
    yield* sleep(1);
    return currentTask()?.getName();
  });
  const inTask = await runVirtual(async () => [currentTask()?.getName(), await taskName()]);
  expect(inTask[1]).toBe(inTask[0]);

  await runVirtual(async () => {
    const own = new Future<string | undefined>();
    getRunningLoop().callSoon(() => void taskName().then((name) => own.setResult(name)));
    expect(await own).toMatch(/^Task-\d+$/);
    expect(await own).not.toBe(currentTask()?.getName());
  });
});

test("Coroutine.then() gives a promise", () =>
  runVirtual(async () => {
    expect(await double(1).then((value) => value + 1)).toBe(3);
    expect(await sleep(1, "value").then()).toBe("value");
    const failing = coroutine(function* (): Generator<undefined, never> {
      throw new Error("failed");
    });
    expect(await failing().then(undefined, (error) => (error as Error).message)).toBe("failed");
  }));

test("Coroutine.close() gives it up: it can't be awaited any more, and has run nothing", async () => {
  const events = await eventsOf(async (log) => {
    const closed = coroutine(function* () {
      log("ran");
    })();
    closed.close();
    closed.close();
    await expect(async () => await closed).rejects.toThrow(RuntimeError);
    const wait = sleep(1);
    wait.close();
    await expect(async () => await wait).rejects.toThrow(RuntimeError);
  });
  expect(events).toEqual([]);
});

test("iscoroutine() knows coroutines and generators", () => {
  const generator = function* () {};
  expect([double(1), sleep(1), generator()].map(iscoroutine)).toEqual([true, true, true]);
  expect(double(1)).toBeInstanceOf(Coroutine);
  const others = [undefined, null, 1, "text", {}, [], new Map().values(), Promise.resolve(), double, generator];
  expect(others.map(iscoroutine)).toEqual(others.map(() => false));
});

test("iscoroutinefunction() knows async and generator functions, and those of coroutine()", () => {
  expect([async () => {}, function* () {}, double].map(iscoroutinefunction)).toEqual([true, true, true]);
  const others = [() => {}, sleep, Map, double(1), async function* () {}, undefined, null, "text"];
  expect(others.map(iscoroutinefunction)).toEqual(others.map(() => false));
});
