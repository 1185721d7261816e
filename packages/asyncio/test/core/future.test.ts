import {
  CancelledError,
  ContextVar,
  copyContext,
  createTask,
  EventLoop,
  Future,
  getRunningLoop,
  InvalidStateError,
  isfuture,
  RuntimeError,
  sleep,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { describeError, eventsOf } from "../support/events.ts";
import { awaiting, testBoth } from "../support/spellings.ts";

// States.

/** Futures of a loop that does not run: nothing but the call itself can change them. */
function makeFuture<T>(): Future<T> {
  return new EventLoop({ host: new VirtualHost() }).createFuture<T>();
}

function failedFuture(error: unknown): Future<never> {
  const future = makeFuture<never>();
  future.setException(error);
  return future;
}

test("Future is pending until it has a result", () => {
  const future = makeFuture<number>();
  expect([future.done(), future.cancelled(), String(future)]).toEqual([false, false, "<Future pending>"]);
  expect(() => future.result()).toThrow(InvalidStateError);
  expect(() => future.result()).toThrow("Result is not ready.");
  expect(() => future.exception()).toThrow(InvalidStateError);
  expect(() => future.exception()).toThrow("Exception is not set.");

  future.setResult(1);
  expect([future.done(), future.cancelled(), String(future)]).toEqual([true, false, "<Future finished>"]);
  expect([future.result(), future.exception()]).toEqual([1, null]);
});

test("Future.setException() ends it with an error, which need not be an Error", () => {
  const error = new Error("failed");
  const future = failedFuture(error);
  expect([future.done(), future.cancelled(), String(future)]).toEqual([true, false, "<Future finished>"]);
  expect(future.exception()).toBe(error);
  expect(() => future.result()).toThrow(error);
  expect(failedFuture("a string").exception()).toBe("a string");
});

test("Future.setException() refuses what says nothing", () => {
  const future = makeFuture();
  expect(() => future.setException(undefined)).toThrow(TypeError);
  expect(() => future.setException(null)).toThrow(TypeError);
  expect(future.done()).toBe(false);
});

test("Future.cancel() ends it as cancelled, with a message", () => {
  const future = makeFuture();
  expect(future.cancel("enough")).toBe(true);
  expect([future.done(), future.cancelled(), String(future)]).toEqual([true, true, "<Future cancelled>"]);
  for (const ask of [() => future.result(), () => future.exception()]) {
    expect(ask).toThrow(CancelledError);
    expect(ask).toThrow("enough");
  }
});

test("Future ends once: then the setters throw, and cancel() says no", () => {
  const finished = makeFuture<number>();
  finished.setResult(1);
  const cancelled = makeFuture<number>();
  cancelled.cancel();
  for (const future of [finished, failedFuture(new Error("failed")) as Future<number>, cancelled]) {
    const before = String(future);
    expect(() => future.setResult(2)).toThrow(InvalidStateError);
    expect(() => future.setException(new Error("other"))).toThrow(InvalidStateError);
    expect(future.cancel()).toBe(false);
    expect(String(future)).toBe(before);
  }
  expect(finished.result()).toBe(1);
});

test("Future belongs to the loop that is given, else to the running one", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  expect(new Future({ loop }).getLoop()).toBe(loop);
  expect(() => new Future()).toThrow(RuntimeError);
  loop.close();
  await runVirtual(async () => expect(new Future().getLoop()).toBe(getRunningLoop()));
});

test("isfuture() knows futures and tasks from everything else", () =>
  runVirtual(async () => {
    expect([isfuture(new Future()), isfuture(createTask(async () => {}))]).toEqual([true, true]);
    const others = [undefined, null, 1, {}, Promise.resolve(), sleep(1), function* () {}];
    expect(others.map(isfuture)).toEqual(others.map(() => false));
  }));

// Callbacks.

test("Future.addDoneCallback() calls in the order of the calls, in the iteration after the end", async () => {
  const events = await eventsOf(async (log) => {
    const future = new Future<number>();
    for (const name of ["a", "b"]) future.addDoneCallback((own) => log(`${name} ${own === future} ${own.result()}`));
    getRunningLoop().callSoon(log, { args: ["was ready before"] });
    future.setResult(1);
    log("setResult() returned");
    await sleep(1);
  });
  expect(events).toEqual(["setResult() returned", "was ready before", "a true 1", "b true 1"]);
});

test("Future.addDoneCallback() of a future that is done calls in the next iteration, never at once", async () => {
  const events = await eventsOf(async (log) => {
    const future = new Future<number>();
    future.setResult(1);
    future.addDoneCallback(() => log("called"));
    log("addDoneCallback() returned");
    await sleep(1);
  });
  expect(events).toEqual(["addDoneCallback() returned", "called"]);
});

test("Future.addDoneCallback() calls in a copy of the context of the call, or in the context that is given", async () => {
  const user = new ContextVar<string>("user");
  const events = await eventsOf(async (log) => {
    const future = new Future<void>();
    const finished = new Future<void>();
    finished.setResult();
    const note = (): void => {
      log(user.get());
      user.set("changed in a callback");
    };
    const context = copyContext();
    context.run(() => user.set("given"));
    for (const which of [future, finished]) {
      user.set("ada");
      which.addDoneCallback(note);
      user.set("bob");
      which.addDoneCallback(note, { context });
    }
    future.setResult();
    await sleep(1);
    log(user.get());
  });
  expect(events).toEqual(["ada", "given", "ada", "changed in a callback", "bob"]);
});

test("Future.addDoneCallback() refuses what is no function", () => {
  const future = makeFuture();
  for (const wrong of [undefined, null, "callback"] as never[]) {
    expect(() => future.addDoneCallback(wrong)).toThrow(TypeError);
  }
});

test("Future.addDoneCallback() goes on with the next callback when one throws", async () => {
  const events = await eventsOf(async (log) => {
    const future = new Future<void>();
    future.addDoneCallback(function explode() {
      throw new Error("from the callback");
    });
    future.addDoneCallback(() => log("second"));
    future.setResult();
    await sleep(1);
  });
  expect(events).toEqual(["report: Exception in callback explode()", "second"]);
});

test("Future.removeDoneCallback() takes back all registrations of a function, and says how many", async () => {
  const events = await eventsOf(async (log) => {
    const future = new Future<void>();
    const note = (): void => log("taken back");
    const other = (): void => log("other");
    for (const callback of [note, other, note]) future.addDoneCallback(callback);
    log(`${future.removeDoneCallback(note)} ${future.removeDoneCallback(note)}`);
    future.setResult();
    await sleep(1);
  });
  expect(events).toEqual(["2 0", "other"]);
});

test("Future.removeDoneCallback() comes too late once the future is done", async () => {
  const events = await eventsOf(async (log) => {
    const future = new Future<void>();
    const note = (): void => log("called");
    future.addDoneCallback(note);
    future.setResult();
    log(`removed ${future.removeDoneCallback(note)}`);
    await sleep(1);
  });
  expect(events).toEqual(["removed 0", "called"]);
});

// Waiting for one.

testBoth("Future resumes who awaits it one iteration after its end", function* () {
  const order: string[] = [];
  const loop = getRunningLoop();
  const future = new Future<string>();
  loop.callSoon(() => {
    future.setResult("result");
    loop.callSoon(() => order.push("made ready after the result"));
  });
  loop.callSoon(() => order.push("was ready before the result"));
  order.push(yield* awaiting(future));
  yield* awaiting(sleep(0));
  expect(order).toEqual(["was ready before the result", "result", "made ready after the result"]);
});

testBoth("Future that is done does not suspend who awaits it", function* () {
  const order: string[] = [];
  const future = new Future<string>();
  future.setResult("result");
  getRunningLoop().callSoon(() => order.push("next callback"));
  order.push(yield* awaiting(future));
  order.push(yield* awaiting(future));
  yield* awaiting(sleep(0));
  expect(order).toEqual(["result", "result", "next callback"]);
});

testBoth("Future wakes those who wait and calls its callbacks in the order in which they came", function* ({ start }) {
  const order: string[] = [];
  const future = new Future<string>();
  const waiter = (name: string) =>
    start(function* () {
      order.push(`${name} ${yield* awaiting(future)}`);
    });
  waiter("a");
  yield* awaiting(sleep(0));
  future.addDoneCallback(() => order.push("callback"));
  waiter("b");
  yield* awaiting(sleep(0));
  future.setResult("woke");
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a woke", "callback", "b woke"]);
});

testBoth("Future raises its error in everyone who awaits it", function* ({ start }) {
  const error = new Error("failed");
  const future = new Future<string>();
  const raised: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    start(function* () {
      try {
        yield* awaiting(future);
      } catch (caught) {
        raised.push(caught);
      }
    });
  }
  yield* awaiting(sleep(0));
  future.setException(error);
  yield* awaiting(sleep(1));
  expect(raised).toHaveLength(2);
  for (const caught of raised) expect(caught).toBe(error);
});

testBoth(
  "Future that is cancelled raises a CancelledError with the message in everyone who awaits it",
  function* ({ start }) {
    const future = new Future<string>();
    const raised: unknown[] = [];
    const waiters = ["a", "b"].map(() =>
      start(function* () {
        try {
          yield* awaiting(future);
        } catch (caught) {
          raised.push(caught);
          throw caught;
        }
      }),
    );
    yield* awaiting(sleep(0));
    future.cancel("enough");
    yield* awaiting(sleep(1));
    expect(raised.map(describeError)).toEqual(["CancelledError(enough)", "CancelledError(enough)"]);
    expect(raised[0]).not.toBe(raised[1]);
    expect(waiters.map((task) => [task.cancelled(), task.cancelling()])).toEqual([
      [true, 0],
      [true, 0],
    ]);
  },
);

test("Future.then() gives a promise, as every promise's then() does", async () => {
  const events = await eventsOf(async (log) => {
    const future = new Future<number>();
    const failed = new Future<number>();
    getRunningLoop().callSoon(() => {
      future.setResult(1);
      failed.setException(new Error("failed"));
    });
    log(`${await future.then((value) => value + 1)}`);
    log(`${await future.then(async (value) => value + 2)}`);
    log(`${await future.then()}`);
    log(`${await failed.then(undefined, (error) => describeError(error))}`);
    await expect(failed.then((value) => value)).rejects.toThrow("failed");
    await expect(future.then(() => Promise.reject(new Error("from the handler")))).rejects.toThrow("from the handler");
  });
  expect(events).toEqual(["2", "3", "1", "Error(failed)"]);
});

test("Future can be awaited outside of every task", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const [future, failed] = [loop.createFuture<string>(), loop.createFuture<string>()];
  const outcomes = Promise.allSettled([future, failed, future]);
  loop.callLater(10, () => {
    future.setResult("result");
    failed.setException(new Error("failed"));
    loop.callSoon(() => loop.stop());
  });
  await loop.runForever();
  expect((await outcomes).map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  loop.close();
});

test("Future that is pending refuses to be iterated over without a task, as comparing it deeply would", () =>
  runVirtual(async () => {
    const future = new Future<number>();
    expect(() => [...(future as Iterable<unknown>)]).toThrow(RuntimeError);
    future.cancel();
  }));
