import {
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  createTask,
  currentTask,
  invoke,
  sleep,
  type Task,
} from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { describe, expect, test } from "vitest";

type Add = (a: number, b: number) => PromiseLike<number> | CoroutineGenerator<number>;

const functions: [string, Add][] = [
  ["an async function", async (a, b) => await sleep(1, a + b)],
  [
    "a generator function",
    function* (a: number, b: number) {
      return yield* sleep(1, a + b);
    },
  ],
  ["a function that gives a coroutine", (a, b) => sleep(1, a + b)],
];

const callers: [string, (call: () => Coroutine<unknown>) => () => PromiseLike<unknown>][] = [
  ["awaited", (call) => async () => await call()],
  [
    "delegated to",
    (call) =>
      coroutine(function* () {
        return yield* call();
      }),
  ],
];

describe.each(callers)("invoke(), %s,", (_caller, caller) => {
  test.each(functions)("gives the result of %s", (_name, add) =>
    runVirtual(async () => {
      expect(await createTask(caller(() => invoke(add, 40, 2)))).toBe(42);
    }),
  );

  test.each(functions)("hands a cancellation on to %s", (_name, add) =>
    runVirtual(async () => {
      const task = createTask(caller(() => invoke(add, 40, 2)));
      await sleep(0);
      task.cancel();
      await sleep(0);
      expect(task.cancelled()).toBe(true);
    }),
  );

  test("runs the function in the task that awaits it", () =>
    runVirtual(async () => {
      let seen: Task<unknown> | null = null;
      const task = createTask(
        caller(() =>
          invoke(async () => {
            seen = currentTask();
          }),
        ),
      );
      await task;
      expect(seen).toBe(task);
    }));

  test("raises what the function throws", () =>
    runVirtual(async () => {
      const fails = async (): Promise<void> => {
        throw new RangeError("no");
      };
      await expect(createTask(caller(() => invoke(fails)))).rejects.toThrow(new RangeError("no"));
    }));
});

test("invoke() calls nothing before it is awaited", () =>
  runVirtual(async () => {
    let called = false;
    const call = invoke(async () => {
      called = true;
    });
    await sleep(5);
    expect(called).toBe(false);
    await call;
    expect(called).toBe(true);
  }));

test("invoke() refuses what is no function, and a function that gives nothing to await", () =>
  runVirtual(async () => {
    expect(() => invoke(42 as never)).toThrow(new TypeError("invoke() needs a function, got a number (42)"));
    const plain = coroutine(function* () {
      return yield* invoke((() => 42) as never);
    });
    await expect(createTask(plain)).rejects.toThrow(TypeError);
  }));
