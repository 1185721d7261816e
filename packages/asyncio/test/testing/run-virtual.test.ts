import {
  coroutine,
  createTask,
  DeadlockError,
  Event,
  EventLoop,
  gather,
  getRunningLoop,
  newEventLoop,
  RuntimeError,
  sleep,
  TimeoutError,
  taskGroup,
  timeout,
} from "asyncio-ts";
import { runVirtual, runVirtualSync, VirtualHost } from "asyncio-ts/testing";
import { expect, expectTypeOf, test } from "vitest";

test("runVirtual() gives the result, at once, however long the program sleeps", async () => {
  const started = performance.now();
  const times = await runVirtual(async () => {
    await gather([sleep(3_600_000), sleep(86_400_000)]);
    return getRunningLoop().time();
  });
  expect(times).toBe(86_400_000);
  expect(performance.now() - started).toBeLessThan(2000);
});

test("runVirtual() raises the program's error, and a DeadlockError when it hangs", async () => {
  const failing = async (): Promise<never> => {
    throw new TypeError("inside");
  };
  await expect(runVirtual(failing)).rejects.toThrow(new TypeError("inside"));
  await expect(runVirtual(() => new Event().wait())).rejects.toThrow(DeadlockError);
});

test("runVirtual() runs generators and coroutines as well", async () => {
  const answer = coroutine(function* () {
    yield* sleep(1);
    return 42;
  });
  expect(await runVirtual(answer())).toBe(42);
  expect(await runVirtual(answer)).toBe(42);
  expect(
    await runVirtual(function* () {
      return yield* answer();
    }),
  ).toBe(42);
});

test("runVirtual() waits for promises of the platform", async () => {
  const value = await runVirtual(async () => {
    const module = await import("node:path");
    await sleep(10);
    return module.posix.sep;
  });
  expect(value).toBe("/");
});

test("runVirtual({ foreignLimit }) gives promises of the platform that many real milliseconds", async () => {
  const never = new Promise<void>(() => {});
  await expect(runVirtual(async () => await never, { foreignLimit: 5 })).rejects.toThrow(DeadlockError);
});

test("runVirtual() cleans up as run() does", async () => {
  const order: string[] = [];
  await runVirtual(async () => {
    createTask(async () => {
      try {
        await sleep(1000);
      } finally {
        await sleep(1);
        order.push(`cleaned up at ${getRunningLoop().time()}`);
      }
    });
    await sleep(5);
  });
  expect(order).toEqual(["cleaned up at 6"]);
});

test("runVirtual({ debug }) sets the debug mode", async () => {
  for (const debug of [true, false]) {
    expect(await runVirtual(async () => getRunningLoop().getDebug(), { debug })).toBe(debug);
  }
});

test("runVirtual() of several programs at once keeps their clocks apart", async () => {
  const program = (ms: number) => async () => {
    await sleep(ms);
    await sleep(ms);
    return getRunningLoop().time();
  };
  expect(await Promise.all([1, 1000, 10].map((ms) => runVirtual(program(ms))))).toEqual([2, 2000, 20]);
});

test("runVirtualSync() runs a generator to its end inside of the call", () => {
  const order: string[] = [];
  const result = runVirtualSync(function* () {
    yield* sleep(1000);
    order.push(`at ${getRunningLoop().time()}`);
    return 42;
  });
  order.push("after the call");
  expect(result).toBe(42);
  expect(order).toEqual(["at 1000", "after the call"]);
});

test("runVirtualSync() runs tasks, groups and timeouts of generators", () => {
  const order: string[] = [];
  runVirtualSync(function* () {
    yield* taskGroup(function* (group) {
      for (const [name, ms] of [
        ["slow", 20],
        ["quick", 10],
      ] as const) {
        group.createTask(function* () {
          yield* sleep(ms);
          order.push(name);
        });
      }
      yield* sleep(0);
    });
    try {
      yield* timeout(5, function* () {
        yield* sleep(1000);
      });
    } catch (error) {
      expect(error).toBeInstanceOf(TimeoutError);
      order.push(`timed out at ${getRunningLoop().time()}`);
    }
  });
  expect(order).toEqual(["quick", "slow", "timed out at 25"]);
});

test("runVirtualSync() throws what the coroutine throws", () => {
  const failing = function* () {
    yield* sleep(1);
    throw new TypeError("inside");
  };
  expect(() => runVirtualSync(failing)).toThrow(new TypeError("inside"));
});

test("runVirtualSync() throws DeadlockError when nothing can wake the coroutine", () => {
  const event = new Event();
  expect(() => runVirtualSync(event.wait())).toThrow(DeadlockError);
});

test("runVirtualSync() throws RuntimeError when the coroutine needs native code", () => {
  const program = function* () {
    yield* createTask(async () => {
      await Promise.resolve();
    });
  };
  expect(() => runVirtualSync(program)).toThrow(RuntimeError);
  expect(() => getRunningLoop()).toThrow("no running event loop");
});

test("runVirtualSync() can be called again and again, also after it has failed", () => {
  expect(() => runVirtualSync(new Event().wait())).toThrow();
  for (let i = 0; i < 3; i++) expect(runVirtualSync(sleep(1, i))).toBe(i);
  expect(() => getRunningLoop()).toThrow(RuntimeError);
});

test("EventLoop.runSync() runs one coroutine after the other on one loop, tasks live on between them", () => {
  const loop = new EventLoop({ host: new VirtualHost({ sync: true }) });
  const order: string[] = [];
  loop.runSync(function* () {
    createTask(function* () {
      yield* sleep(5);
      order.push(`task at ${loop.time()}`);
    });
    yield* sleep(1);
  });
  order.push("between");
  loop.runSync(sleep(10));
  loop.close();
  expect(order).toEqual(["between", "task at 5"]);
  expect(loop.time()).toBe(11);
});

test("EventLoop.runSync() that was stuck leaves nothing on what it waited for", () => {
  const loop = new EventLoop({ host: new VirtualHost({ sync: true }) });
  const event = new Event();
  const task = loop.createTask(event.wait());
  expect(() => loop.runSync(task)).toThrow(DeadlockError);
  const result = loop.runSync(function* () {
    event.set();
    yield* sleep(1);
    return `the whole of it, with ${yield* task}`;
  });
  loop.close();
  expect(result).toBe("the whole of it, with true");
});

test("EventLoop.runSync() throws RuntimeError when the loop is stopped before, inside of a loop, and on other hosts", async () => {
  const loop = new EventLoop({ host: new VirtualHost({ sync: true }) });
  loop.callLater(1, () => loop.stop());
  const message = "Event loop stopped before Future completed.";
  expect(() => loop.runSync(loop.createFuture<void>())).toThrow(new RuntimeError(message));
  await runVirtual(async () => {
    expect(() => loop.runSync(sleep(1))).toThrow(RuntimeError);
    expect(() => getRunningLoop().runSync(sleep(1))).toThrow(RuntimeError);
  });
  loop.close();
  expect(() => loop.runSync(sleep(1))).toThrow(new RuntimeError("Event loop is closed"));
  expect(() => newEventLoop().runSync(sleep(1))).toThrow("needs a host that can step by itself");
});

test("runVirtualSync() knows the type of the result", () => {
  expectTypeOf(runVirtualSync<string>).returns.toEqualTypeOf<string>();
});
