import {
  CancelledError,
  createTask,
  EventLoop,
  getRunningLoop,
  ProcessPoolExecutor,
  parentLoop,
  RuntimeError,
  run,
  runCoroutineThreadsafe,
  sleep,
  toThread,
  ValueError,
} from "asyncio-ts";
import { describe, expect, expectTypeOf, test } from "vitest";
import { awaiting } from "../../support/spellings.ts";
import { eventOf, notesOf } from "./fixtures/main-side.ts";
import { errorOf, newDeferred, openGate, POOLS, testReal, unique, work } from "./support.ts";

testReal("runCoroutineThreadsafe() in a thread stops it, until the loop has given the result", function* () {
  expect(yield* awaiting(toThread(work.ask, "may I"))).toBe("may I? yes, says the loop");
});

test("runCoroutineThreadsafe() in a thread can be awaited, in both spellings", () =>
  run(async () => {
    expect(await toThread(work.askLater, "may I")).toBe("may I? yes, says the loop");
    expect(await toThread(work.askInSteps, "may I")).toBe("may I? yes, says the loop");
  }));

test("runCoroutineThreadsafe() takes functions that are no coroutines, and several at once", () =>
  run(async () => {
    expect(await toThread(work.askPlain, "may I")).toBe("may I? no");
    expect(await toThread(work.askThings, ["a", "b", "c"])).toEqual(["a? yes", "b? yes", "c? yes"]);
  }));

test("runCoroutineThreadsafe() gives errors to the thread: of the function, of its result, of its name", () =>
  run(async () => {
    const [refused, result, missing] = await toThread(work.askWrongly);
    expect(refused).toBe("RangeError: refused");
    expect(result).toMatch(/^TypeError: the result of giveFunction\(\) can't be sent: /);
    expect(missing).toMatch(/^TypeError: file:.*main-side\.ts exports no 'missing', but /);
  }));

test("ConcurrentFuture.result() has a limit of time, and cancel() stops the task in the loop", () =>
  run(async () => {
    const key = unique();
    expect(await toThread(work.waitInVain, key)).toBe(
      "TimeoutError: no result within 20 ms, false, true, CancelledError, true, true, false",
    );
    expect(notesOf(key)).toEqual(["begins", "cleaned up"]);
  }));

test("ConcurrentFuture awaited in a task that is cancelled: the wait ends when the task in the loop has", () =>
  run(async () => {
    const key = unique();
    expect(await toThread(work.cancelAwait, key)).toBe("CancelledError: enough true true");
    expect(notesOf(key)).toEqual(["begins", "cleaned up"]);
  }));

test("runCoroutineThreadsafe() and callSoonThreadsafe() refuse closures in a thread", () =>
  run(async () => {
    const task = await errorOf(toThread(work.askClosure));
    expect(task).toBeInstanceOf(TypeError);
    expect(task.message).toContain(
      "runCoroutineThreadsafe(): the function <anonymous>() can't be sent to another thread",
    );
    const call = await errorOf(toThread(work.callClosure));
    expect(call.message).toContain("callSoonThreadsafe(): the function <anonymous>() can't be sent to another thread");
  }));

describe.each(POOLS)("$name", ({ name, make }) => {
  test(`ParentLoop.callSoonThreadsafe() calls in the loop, in order, while the call goes on: ${name}`, () =>
    run(async () => {
      await using pool = make({ maxWorkers: 1 });
      const key = unique();
      await getRunningLoop().runInExecutor(pool, work.noteEach, key, ["a", "b", "c"]);
      await sleep(0);
      expect(notesOf(key)).toEqual(["a", "b", "c"]);
    }));

  test(`runCoroutineThreadsafe() can be awaited in a worker of ${name}`, () =>
    run(async () => {
      await using pool = make({ maxWorkers: 1 });
      expect(await getRunningLoop().runInExecutor(pool, work.askLater, "may I")).toBe("may I? yes, says the loop");
    }));
});

test("ConcurrentFuture.result() can't stop a process", () =>
  run(async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const error = await errorOf(getRunningLoop().runInExecutor(pool, work.ask, "may I"));
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error.message).toContain("a process can't stop until its parent answers, only a thread can: await it");
  }));

test("ParentLoop.callSoonThreadsafe() gives a handle that takes the callback back", () =>
  run(async () => {
    const key = unique();
    const gates = new Int32Array(new SharedArrayBuffer(8));
    const call = createTask(toThread(work.callAndTakeBack, key, gates));
    await eventOf(key).wait();
    openGate(gates);
    Atomics.wait(gates, 1, 0); // this thread stands still until both have been said
    await call;
    await sleep(0);
    expect(notesOf(key)).toEqual(["stays"]);
  }));

test("ParentLoop.callSoonThreadsafe() has errors reported to the loop's exception handler", () =>
  run(async () => {
    const reports: string[] = [];
    getRunningLoop().setExceptionHandler((_loop, { message, exception }) =>
      reports.push(`${message}: ${String(exception)}`),
    );
    await toThread(work.callThrowing);
    await sleep(0);
    expect(reports).toEqual(["Exception in callback refuse(): RangeError: refused"]);
  }));

test("parentLoop() is refused where no executor has called", () => {
  expect(() => parentLoop()).toThrow(RuntimeError);
  expect(() => parentLoop()).toThrow("parentLoop(): this code was not called by an executor: see getRunningLoop()");
});

testReal("runCoroutineThreadsafe() with a loop of this thread makes a task of it", function* () {
  const loop = getRunningLoop();
  const future = runCoroutineThreadsafe(sleep(1, "slept"), loop);
  expect([future.done(), yield* awaiting(future as never), future.done(), future.result()]).toEqual([
    false,
    "slept",
    true,
    "slept",
  ]);
});

test("runCoroutineThreadsafe() takes the arguments of a function, and types the result", () =>
  run(async () => {
    const loop = getRunningLoop();
    const future = runCoroutineThreadsafe(async (a: number, b: number) => a + b, loop, 1, 2);
    expectTypeOf(await future).toEqualTypeOf<number>();
    expect(await future).toBe(3);
    expect(await future).toBe(3);
  }));

test("runCoroutineThreadsafe() with another loop: waits in one loop for a task of the other, and cancels it", async () => {
  const order: string[] = [];
  const other = new EventLoop();
  const running = other.runForever();
  await run(async () => {
    const future = runCoroutineThreadsafe(async () => {
      order.push(getRunningLoop() === other ? "in the other loop" : "in the wrong loop");
      return await sleep(5, "result");
    }, other);
    expect(await future).toBe("result");
    const begun = newDeferred<undefined>();
    const endless = runCoroutineThreadsafe(async () => {
      try {
        begun.resolve(undefined);
        await sleep(60_000);
      } finally {
        await sleep(5);
        order.push("cleaned up");
      }
    }, other);
    await begun.promise;
    const task = createTask(async () => await endless);
    await sleep(0);
    task.cancel("enough");
    const error = await errorOf(task);
    expect([error.name, error.message]).toEqual(["CancelledError", "enough"]);
    order.push("the wait has ended");
    expect(endless.cancelled()).toBe(true);
  });
  other.stop();
  await running;
  other.close();
  expect(order).toEqual(["in the other loop", "cleaned up", "the wait has ended"]);
});

test("runCoroutineThreadsafe() gives errors, and can be cancelled before the task begins", () =>
  run(async () => {
    const loop = getRunningLoop();
    const failing = runCoroutineThreadsafe(async () => {
      throw new ValueError("wrong");
    }, loop);
    await expect(failing).rejects.toThrow(ValueError);
    const cancelled = runCoroutineThreadsafe(sleep(60_000), loop);
    expect(cancelled.cancel()).toBe(true);
    await expect(cancelled).rejects.toThrow(CancelledError);
    expect([cancelled.cancelled(), cancelled.cancel()]).toEqual([true, false]);
    const used = sleep(0);
    await used;
    await expect(runCoroutineThreadsafe(used, loop)).rejects.toThrow("cannot reuse already awaited coroutine");
  }));

test("ConcurrentFuture.result() is refused in the thread of the task, until that is done", () =>
  run(async () => {
    const future = runCoroutineThreadsafe(sleep(1), getRunningLoop());
    expect(() => future.result()).toThrow(RuntimeError);
    expect(() => future.result()).toThrow("the task is not done, and runs in this very thread: await it");
    await future;
    expect(future.result()).toBeUndefined();
  }));

test("runCoroutineThreadsafe() refuses what is no coroutine, no loop, and a closed loop, at the call", async () => {
  const loop = await run(async () => getRunningLoop());
  expect(() => runCoroutineThreadsafe(1 as never, loop)).toThrow("A coroutine object is required");
  expect(() => runCoroutineThreadsafe(async () => {}, {} as never)).toThrow("runCoroutineThreadsafe() needs a loop");
  expect(() => runCoroutineThreadsafe(async () => {}, loop)).toThrow("Event loop is closed");
});

test("EventLoop.callSoonThreadsafe() wakes a loop that another one calls", async () => {
  const other = new EventLoop();
  const running = other.runForever();
  await run(async () => {
    const called = newDeferred<string>();
    other.callSoonThreadsafe((text) => called.resolve(text), { args: ["called"] });
    expect(await called.promise).toBe("called");
  });
  other.stop();
  await running;
  other.close();
});
