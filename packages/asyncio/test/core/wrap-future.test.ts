import {
  CancelledError,
  createTask,
  EventLoop,
  Future,
  gather,
  getRunningLoop,
  sleep,
  TimeoutError,
  waitFor,
  wrapFuture,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, expectTypeOf, test } from "vitest";
import { isCollected } from "../support/garbage.ts";
import { awaiting, settle, testBoth } from "../support/spellings.ts";

/** A promise with its ends outside, that counts the reactions it is given. */
function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const inner = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  const counted = {
    reactions: 0,
    // biome-ignore lint/suspicious/noThenProperty: stands in for a promise
    then: ((onResolve, onReject) => {
      counted.reactions++;
      return inner.then(onResolve, onReject);
    }) as Promise<T>["then"],
  };
  return { promise: counted as PromiseLike<T>, resolve, reject, reactions: () => counted.reactions };
}

/** Notes what the running loop reports. */
function reportsOf(loop: EventLoop): string[] {
  const reports: string[] = [];
  loop.setExceptionHandler((_loop, { message, exception }) => reports.push(`${message}: ${exception}`));
  return reports;
}

testBoth("wrapFuture() gives what the promise gives", function* () {
  expect(yield* awaiting(wrapFuture(Promise.resolve("value")))).toBe("value");
  let thrown: unknown;
  try {
    yield* awaiting(wrapFuture(Promise.reject(new Error("no"))));
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toEqual(new Error("no"));
});

testBoth("wrapFuture() reacts to a promise once, however often it is waited for", function* ({ start }) {
  const { promise, resolve, reactions } = deferred<string>();
  const results: string[] = [];
  const tasks = Array.from({ length: 10 }, () =>
    start(function* () {
      results.push(yield* awaiting(wrapFuture(promise)));
    }),
  );
  yield* settle();
  for (const task of tasks.slice(2)) task.cancel();
  yield* settle();
  resolve("shared");
  yield* settle();
  expect(yield* awaiting(wrapFuture(promise))).toBe("shared");
  expect(results).toEqual(["shared", "shared"]);
  expect(reactions()).toBe(1);
});

testBoth(
  "wrapFuture() lets go of the promise when the wait is cancelled, and others keep waiting",
  function* ({ start }) {
    const { promise, resolve } = deferred<string>();
    const order: string[] = [];
    const [a] = ["a", "b"].map((name) =>
      start(function* () {
        try {
          order.push(`${name} got ${yield* awaiting(wrapFuture(promise))}`);
        } catch (error) {
          order.push(`${name} ${error}`);
          throw error;
        }
      }),
    );
    yield* settle();
    a?.cancel();
    yield* settle();
    resolve("it");
    yield* settle();
    expect(order).toEqual(["a CancelledError", "b got it"]);
  },
);

test("wrapFuture() leaves nothing of a wait that was given up on a promise that never ends", async () => {
  const never = new Promise<void>(() => {});
  const giveUp = async (): Promise<WeakRef<object>> => {
    const future = wrapFuture(never);
    future.cancel();
    return new WeakRef(future);
  };
  expect(await isCollected(await runVirtual(giveUp))).toBe(true);
  await runVirtual(async () => expect(wrapFuture(never).cancel()).toBe(true));
});

testBoth("wrapFuture() can be timed out though the promise never ends", function* () {
  let thrown: unknown;
  try {
    yield* awaiting(waitFor(wrapFuture(getRunningLoop().createFuture()), 5));
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(TimeoutError);
});

testBoth("wrapFuture() reports a rejection that comes after the wait was cancelled, once", function* ({ start }) {
  const reports = reportsOf(getRunningLoop());
  const { promise, reject } = deferred<string>();
  for (let i = 0; i < 3; i++) {
    const task = start(function* () {
      yield* awaiting(wrapFuture(promise));
    });
    yield* settle();
    task.cancel();
    yield* settle();
  }
  reject(new Error("late"));
  yield* settle();
  expect(reports).toEqual(["a promise was rejected after the wait for it had been cancelled: Error: late"]);
});

testBoth("wrapFuture() does not report a rejection that somebody still waits for", function* ({ start }) {
  const reports = reportsOf(getRunningLoop());
  const { promise, reject } = deferred<string>();
  const [a, b] = [0, 1].map(() =>
    start(function* () {
      yield* awaiting(wrapFuture(promise));
    }),
  );
  yield* settle();
  a?.cancel();
  yield* settle();
  reject(new Error("heard"));
  yield* awaiting(gather([b!], { returnExceptions: true }));
  expect(b?.exception()).toEqual(new Error("heard"));
  yield* settle();
  expect(reports).toEqual([]);
});

testBoth("wrapFuture() of a rejected promise that is dropped is reported as any other future", function* () {
  const reports = reportsOf(getRunningLoop());
  wrapFuture(Promise.reject(new Error("unseen")));
  yield* settle();
  expect(reports).toHaveLength(1);
  expect(reports[0]).toMatch(/exception was never retrieved: Error: unseen$/);
});

testBoth("wrapFuture() waits again, without another reaction, for a promise that is settled", function* () {
  const { promise, reject, reactions } = deferred<string>();
  reject(new Error("each time"));
  for (let i = 0; i < 3; i++) {
    let thrown: unknown;
    try {
      yield* awaiting(wrapFuture(promise));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toEqual(new Error("each time"));
  }
  expect(reactions()).toBe(1);
});

testBoth("wrapFuture() makes a future that can be asked and cancelled by hand", function* () {
  const { promise, resolve } = deferred<string>();
  const future = wrapFuture(promise);
  expect(future.done()).toBe(false);
  expect(future.cancel("enough")).toBe(true);
  expect(future.cancelled()).toBe(true);
  expect(() => future.result()).toThrow(new CancelledError("enough"));
  resolve("ignored");
  yield* settle();
  expect(future.cancelled()).toBe(true);
});

test("wrapFuture() gives a future back as it is", () =>
  runVirtual(async () => {
    const future = new Future<string>();
    expect(wrapFuture(future)).toBe(future);
  }));

test("wrapFuture() refuses what is no promise; a coroutine is for ensureFuture()", () =>
  runVirtual(async () => {
    for (const wrong of [undefined, null, 1, {}, () => {}]) expect(() => wrapFuture(wrong as never)).toThrow(TypeError);
    expect(() => wrapFuture(sleep(1))).toThrow(TypeError);
  }));

test("wrapFuture() knows the type of the result", () => {
  expectTypeOf(wrapFuture<string>).returns.toEqualTypeOf<Future<string>>();
});

test("wrapFuture() belongs to the loop that it is given", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const future = wrapFuture(Promise.resolve(1), { loop });
  expect(future.getLoop()).toBe(loop);
  expect(await loop.runUntilComplete(future)).toBe(1);
  loop.close();
});

test("wrapFuture() serves a second loop after the first one, whose wait was given up, is closed", async () => {
  const { promise, resolve } = deferred<string>();
  await runVirtual(async () => {
    createTask(async () => await wrapFuture(promise));
    await sleep(0);
  });
  const result = runVirtual(async () => {
    getRunningLoop().callSoon(() => resolve("second"));
    return await wrapFuture(promise);
  });
  expect(await result).toBe("second");
});

test("wrapFuture() ignores a promise that is settled after its loop was closed", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const { promise, resolve } = deferred<string>();
  const future = wrapFuture(promise, { loop });
  loop.close();
  resolve("late");
  await Promise.resolve();
  await Promise.resolve();
  expect(future.done()).toBe(false);
});

test("wrapFuture() reports a late rejection even if the loop that waited is closed", async () => {
  const { promise, reject } = deferred<string>();
  const loop = new EventLoop({ host: new VirtualHost() });
  const reports = reportsOf(loop);
  const future = wrapFuture(promise, { loop });
  future.cancel();
  loop.close();
  reject(new Error("late"));
  await Promise.resolve();
  await Promise.resolve();
  expect(reports).toEqual(["a promise was rejected after the wait for it had been cancelled: Error: late"]);
});
