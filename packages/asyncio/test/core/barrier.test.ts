import { Barrier, BrokenBarrierError, CancelledError, gather, RuntimeError, sleep, ValueError } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { awaiting, type Steps, testBoth } from "../support/spellings.ts";

// The orders are CPython's.

/** Waits at the barrier, and tells the place it got or the error. */
function* visit(barrier: Barrier, name: string, order: string[]): Steps<void> {
  order.push(`${name} waits`);
  try {
    order.push(`${name} got ${yield* awaiting(barrier.wait())}`);
  } catch (error) {
    const { name: kind, message } = error as Error;
    order.push(`${name} ${kind} ${message}`.trimEnd());
    if (error instanceof CancelledError) throw error;
  }
}

testBoth("Barrier.wait() holds the tasks until all are there, and gives their places", function* ({ start }) {
  const barrier = new Barrier(3);
  const order: string[] = [];
  for (const name of ["a", "b"]) start(() => visit(barrier, name, order));
  yield* awaiting(sleep(1));
  expect(barrier.nWaiting).toBe(2);
  start(() => visit(barrier, "c", order));
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a waits", "b waits", "c waits", "c got 2", "a got 0", "b got 1"]);
  expect(barrier.nWaiting).toBe(0);
});

testBoth("Barrier.wait() at a barrier for one goes on at once", function* ({ start }) {
  const barrier = new Barrier(1);
  const order: string[] = [];
  start(() => visit(barrier, "other", order));
  yield* visit(barrier, "main", order);
  expect(order).toEqual(["main waits", "main got 0"]);
});

testBoth(
  "Barrier can be used again; who is early for the next round waits until the last is gone",
  function* ({ start }) {
    const barrier = new Barrier(2);
    const order: string[] = [];
    for (const name of ["a", "b", "c"]) {
      start(function* () {
        yield* visit(barrier, name, order);
        yield* visit(barrier, `${name} again`, order);
      });
    }
    yield* awaiting(sleep(1));
    expect(order).toEqual([
      "a waits",
      "b waits",
      "b got 1",
      "b again waits",
      "c waits",
      "a got 0",
      "a again waits",
      "b again got 1",
      "a again got 0",
    ]);
  },
);

testBoth("Barrier.wait() that is cancelled leaves the barrier whole, one place free", function* ({ start }) {
  const barrier = new Barrier(3);
  const order: string[] = [];
  const [a] = ["a", "b"].map((name) => start(() => visit(barrier, name, order)));
  yield* awaiting(sleep(1));
  a?.cancel();
  yield* awaiting(sleep(1));
  expect([barrier.nWaiting, barrier.broken]).toEqual([1, false]);
  for (const name of ["c", "d"]) start(() => visit(barrier, name, order));
  yield* awaiting(sleep(1));
  expect(order.slice(2)).toEqual(["a CancelledError", "c waits", "d waits", "d got 2", "b got 1", "c got 1"]);
});

testBoth(
  "Barrier.wait() that is cancelled after all were there does not keep the next round out",
  function* ({ start }) {
    const barrier = new Barrier(2);
    const order: string[] = [];
    const a = start(() => visit(barrier, "a", order));
    yield* awaiting(sleep(1));
    start(() => visit(barrier, "b", order));
    yield* awaiting(sleep(0));
    a.cancel();
    yield* awaiting(sleep(1));
    for (const name of ["c", "d"]) start(() => visit(barrier, name, order));
    yield* awaiting(sleep(1));
    expect(order).toEqual([
      "a waits",
      "b waits",
      "b got 1",
      "a CancelledError",
      "c waits",
      "d waits",
      "d got 1",
      "c got 0",
    ]);
  },
);

testBoth("Barrier.wait() that is cancelled while the round before leaves has taken no place", function* ({ start }) {
  const barrier = new Barrier(2);
  const order: string[] = [];
  const tasks = ["a", "b", "c"].map((name) => start(() => visit(barrier, name, order)));
  yield* awaiting(sleep(0));
  tasks[2]?.cancel();
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a waits", "b waits", "b got 1", "c waits", "a got 0", "c CancelledError"]);
  expect(barrier.nWaiting).toBe(0);
});

testBoth("Barrier.abort() breaks the barrier for those who wait and those who come", function* ({ start }) {
  const barrier = new Barrier(3);
  const order: string[] = [];
  for (const name of ["a", "b"]) start(() => visit(barrier, name, order));
  yield* awaiting(sleep(1));
  yield* awaiting(barrier.abort());
  expect([barrier.broken, barrier.nWaiting]).toEqual([true, 0]);
  start(() => visit(barrier, "c", order));
  yield* awaiting(sleep(1));
  expect(order.slice(2)).toEqual([
    "a BrokenBarrierError Abort or reset of barrier",
    "b BrokenBarrierError Abort or reset of barrier",
    "c waits",
    "c BrokenBarrierError Barrier aborted",
  ]);
  expect(barrier.broken).toBe(true);
});

testBoth("Barrier.abort() also reaches those of a full round that have not left yet", function* ({ start }) {
  const barrier = new Barrier(2);
  const order: string[] = [];
  start(() => visit(barrier, "a", order));
  yield* awaiting(sleep(1));
  yield* awaiting(barrier.wait());
  yield* awaiting(barrier.abort());
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a waits", "a BrokenBarrierError Abort or reset of barrier"]);
});

testBoth("Barrier.reset() repairs a broken barrier", function* ({ start }) {
  const barrier = new Barrier(2);
  const order: string[] = [];
  yield* awaiting(barrier.abort());
  yield* awaiting(barrier.reset());
  expect(barrier.broken).toBe(false);
  for (const name of ["a", "b"]) start(() => visit(barrier, name, order));
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a waits", "b waits", "b got 1", "a got 0"]);
});

testBoth("Barrier.reset() sends away those who wait; who comes meanwhile begins the next round", function* ({ start }) {
  const barrier = new Barrier(2);
  const order: string[] = [];
  start(() => visit(barrier, "a", order));
  yield* awaiting(sleep(1));
  start(function* () {
    yield* awaiting(barrier.reset());
    order.push(`reset, broken: ${barrier.broken}, waiting: ${barrier.nWaiting}`);
  });
  for (const name of ["b", "c"]) start(() => visit(barrier, name, order));
  yield* awaiting(sleep(1));
  expect(order).toEqual([
    "a waits",
    "reset, broken: false, waiting: 0",
    "b waits",
    "c waits",
    "a BrokenBarrierError Abort or reset of barrier",
    "c got 1",
    "b got 0",
  ]);
});

test("Barrier() takes a whole number from 1", () => {
  expect(new Barrier(3).parties).toBe(3);
  for (const parties of [0, -1]) expect(() => new Barrier(parties)).toThrow(new ValueError("parties must be >= 1"));
  for (const parties of [1.5, Number.NaN, "2", undefined]) {
    expect(() => new Barrier(parties as number)).toThrow(TypeError);
  }
});

test("Barrier belongs to the loop in which a task first waited at it", async () => {
  const barrier = new Barrier(2);
  const meet = async (): Promise<readonly number[]> => await gather([barrier.wait(), barrier.wait()]);
  expect(await runVirtual(meet)).toEqual([0, 1]);
  await expect(runVirtual(meet)).rejects.toThrow("is bound to a different event loop");
});

test("Barrier can be disposed of, which does nothing, as leaving `async with` does nothing", () =>
  runVirtual(async () => {
    const barrier = new Barrier(1);
    {
      await barrier.wait();
      await using _ = barrier;
    }
    expect(await barrier.wait()).toBe(0);
  }));

test("BrokenBarrierError is a RuntimeError", () => {
  expect(new BrokenBarrierError()).toBeInstanceOf(RuntimeError);
});
