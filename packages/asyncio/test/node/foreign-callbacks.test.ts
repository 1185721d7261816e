import {
  cancelScope,
  coroutine,
  createTask,
  currentTask,
  EventLoop,
  Future,
  getRunningLoop,
  RuntimeError,
  run,
  sleep,
  TimeoutError,
  timeout,
} from "asyncio-ts";
import { expect, test } from "vitest";

// What runs in no turn of the loop: callbacks of the platform, code that awaits where no loop runs. In real time.

test("Future that is settled by a callback of the platform wakes a loop that is idle", async () => {
  const result = await run(async () => {
    const future = new Future<string>();
    setTimeout(() => future.setResult("result"), 5);
    return await timeout(2000, () => future);
  });
  expect(result).toBe("result");
});

test("EventLoop.callSoon() by a callback of the platform wakes a loop that is idle", async () => {
  await run(async () => {
    const called = new Future<void>();
    const loop = getRunningLoop();
    setTimeout(() => loop.callSoon(() => called.setResult()), 5);
    await timeout(2000, () => called);
  });
});

test("CancelScope.deadline and Timeout.reschedule() by a callback of the platform are not late", async () => {
  await run(async () => {
    const started = performance.now();
    await cancelScope(async (scope) => {
      setTimeout(() => {
        scope.deadline = getRunningLoop().time() + 5;
      }, 5);
      await sleep(2000);
    });
    const limited = timeout(null, async (limit) => {
      setTimeout(() => limit.reschedule(getRunningLoop().time() + 5), 5);
      await sleep(2000);
    });
    await expect(async () => await limited).rejects.toThrow(TimeoutError);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

test("Task.cancel() by a callback of the platform arrives at once", async () => {
  await run(async () => {
    const started = performance.now();
    const task = createTask(() => sleep(5000));
    setTimeout(() => task.cancel(), 5);
    await expect(async () => await task).rejects.toThrow();
    expect([task.cancelled(), performance.now() - started < 1000]).toEqual([true, true]);
  });
});

test("EventLoop.stop() by a callback of the platform stops a loop that is idle", async () => {
  const loop = new EventLoop();
  setTimeout(() => loop.stop(), 5);
  await loop.runForever();
  expect(loop.isRunning()).toBe(false);
  loop.close();
});

test("getRunningLoop() and createTask() in a callback of the platform use the loop that was started last", async () => {
  let fromOutside!: () => boolean;
  const called = new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(fromOutside()), 5);
  });
  await run(async () => {
    const loop = getRunningLoop();
    fromOutside = () => createTask(async () => currentTask() !== null).getLoop() === loop && getRunningLoop() === loop;
    expect(await called).toBe(true);
  });
  expect(() => getRunningLoop()).toThrow(RuntimeError);
});

// What is awaited where no loop runs.

const double = coroutine(function* (n: number) {
  yield* sleep(1);
  return 2 * n;
});

test("Coroutine that is awaited where no loop runs runs all the same", async () => {
  expect(await double(21)).toBe(42);
  expect(await Promise.all([double(1), double(2)])).toEqual([2, 4]);
  const failing = coroutine(function* () {
    yield* sleep(1);
    throw new RangeError("failed");
  });
  await expect(async () => await failing()).rejects.toThrow(RangeError);
});

test("Coroutine that is awaited where no loop runs can use tasks, timeouts and scopes", async () => {
  const limited = timeout(20, async () => {
    const task = createTask(() => sleep(1, "from a task"));
    expect(currentTask()).not.toBe(null);
    return await task;
  });
  expect(await limited).toBe("from a task");
  await expect(async () => await timeout(5, () => sleep(2000))).rejects.toThrow(TimeoutError);
});

test("Coroutine that is awaited where no loop runs does not stand in the way of run()", async () => {
  const outside = double(1);
  const [first, second] = await Promise.all([outside, run(async () => await double(2))]);
  expect([first, second]).toEqual([2, 4]);
});
