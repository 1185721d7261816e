import { BoundedSemaphore, gather, getRunningLoop, Semaphore, sleep, ValueError } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { awaiting, type Steps, testBoth } from "../support/spellings.ts";

/** Takes a permit, keeps it for a millisecond, and says so. */
function* visit(semaphore: Semaphore, name: string, order: string[]): Steps<void> {
  try {
    expect(yield* awaiting(semaphore.acquire())).toBe(true);
  } catch (error) {
    order.push(`${name} ${(error as Error).name}`);
    throw error;
  }
  order.push(`${name} in`);
  yield* awaiting(sleep(1));
  order.push(`${name} out`);
  semaphore.release();
}

testBoth("Semaphore.acquire() takes a free permit without letting others run", function* ({ start }) {
  const semaphore = new Semaphore(2);
  const order: string[] = [];
  start(() => visit(semaphore, "other", order));
  yield* awaiting(semaphore.acquire());
  expect(semaphore.locked()).toBe(false);
  yield* awaiting(semaphore.acquire());
  expect(semaphore.locked()).toBe(true);
  expect(order).toEqual([]);
});

testBoth(
  "Semaphore.acquire() lets in as many as there are permits, in the order in which they came",
  function* ({ start }) {
    const semaphore = new Semaphore(2);
    const order: string[] = [];
    for (const name of ["a", "b", "c"]) start(() => visit(semaphore, name, order));
    yield* awaiting(sleep(5));
    expect(order).toEqual(["a in", "b in", "a out", "b out", "c in", "c out"]);
    expect(semaphore.locked()).toBe(false);
  },
);

testBoth("Semaphore.release() gives the permit to the first waiter, before a newcomer", function* ({ start }) {
  const semaphore = new Semaphore(1);
  const order: string[] = [];
  yield* awaiting(semaphore.acquire());
  start(() => visit(semaphore, "b", order));
  yield* awaiting(sleep(0));
  semaphore.release();
  expect(semaphore.locked()).toBe(true);
  yield* visit(semaphore, "a again", order);
  expect(order).toEqual(["b in", "b out", "a again in", "a again out"]);
});

testBoth("Semaphore.acquire() gives a permit on when it is cancelled after it got it", function* ({ start }) {
  const semaphore = new Semaphore(1);
  const order: string[] = [];
  yield* awaiting(semaphore.acquire());
  const b = start(() => visit(semaphore, "b", order));
  start(() => visit(semaphore, "c", order));
  yield* awaiting(sleep(0));
  semaphore.release();
  b.cancel();
  yield* awaiting(sleep(5));
  expect(order).toEqual(["b CancelledError", "c in", "c out"]);
  expect(semaphore.locked()).toBe(false);
});

testBoth("Semaphore.acquire() gives the permit back when it is cancelled and nobody waits", function* ({ start }) {
  const semaphore = new Semaphore(0);
  const waiter = start(() => visit(semaphore, "a", []));
  yield* awaiting(sleep(0));
  semaphore.release();
  waiter.cancel();
  yield* awaiting(sleep(1));
  expect(waiter.cancelled()).toBe(true);
  expect(semaphore.locked()).toBe(false);
});

testBoth("Semaphore.acquire() leaves the line when it is cancelled", function* ({ start }) {
  const semaphore = new Semaphore(0);
  const order: string[] = [];
  const a = start(() => visit(semaphore, "a", order));
  start(() => visit(semaphore, "b", order));
  yield* awaiting(sleep(0));
  a.cancel();
  yield* awaiting(sleep(0));
  semaphore.release();
  yield* awaiting(sleep(5));
  expect(order).toEqual(["a CancelledError", "b in", "b out"]);
});

// CPython's test_acquire_fifo_order_4.
testBoth("Semaphore.acquire() wakes those behind it whom free permits had to wait for it", function* ({ start }) {
  const semaphore = new Semaphore(0);
  const order: string[] = [];
  const take = (name: string, after: () => unknown = () => {}) =>
    start(function* () {
      yield* awaiting(semaphore.acquire());
      after();
      order.push(name);
    });
  take("1", () => take("4"));
  start(function* () {
    for (let i = 0; i < 3; i++) semaphore.release();
    order.push(`locked with permits left: ${semaphore.locked()}`);
    yield* awaiting(semaphore.acquire());
    order.push("2");
  });
  take("3");
  yield* awaiting(sleep(5));
  expect(order).toEqual(["locked with permits left: true", "1", "2", "3"]);
});

testBoth("Semaphore.release() above the initial value makes more permits", function* () {
  const semaphore = new Semaphore(0);
  semaphore.release();
  semaphore.release();
  yield* awaiting(semaphore.acquire());
  yield* awaiting(semaphore.acquire());
  expect(semaphore.locked()).toBe(true);
});

for (const kind of [Semaphore, BoundedSemaphore]) {
  test(`${kind.name}() takes whole numbers from 0`, () => {
    expect(() => new kind(-1)).toThrow(new ValueError("Semaphore initial value must be >= 0"));
    for (const value of [0.5, Number.NaN, "1", null]) expect(() => new kind(value as number)).toThrow(TypeError);
    expect(new kind().locked()).toBe(false);
    expect(new kind(0).locked()).toBe(true);
  });

  test(`${kind.name} belongs to the loop in which a task first had to wait for it`, async () => {
    const semaphore = new kind(1);
    const contend = async (): Promise<void> => {
      await semaphore.acquire();
      await gather([semaphore.acquire(), async () => semaphore.release()]);
      semaphore.release();
    };
    await runVirtual(contend);
    await expect(runVirtual(contend)).rejects.toThrow(`the ${kind.name} is bound to a different event loop`);
  });
}

testBoth("BoundedSemaphore.release() throws ValueError when every permit is free", function* () {
  const semaphore = new BoundedSemaphore(2);
  const error = new ValueError("BoundedSemaphore released too many times");
  expect(() => semaphore.release()).toThrow(error);
  yield* awaiting(semaphore.acquire());
  semaphore.release();
  expect(() => semaphore.release()).toThrow(error);
});

testBoth("BoundedSemaphore.release() gives the permit to a waiter", function* ({ start }) {
  const semaphore = new BoundedSemaphore(1);
  const order: string[] = [];
  for (const name of ["a", "b"]) start(() => visit(semaphore, name, order));
  yield* awaiting(sleep(5));
  expect(order).toEqual(["a in", "a out", "b in", "b out"]);
  expect(() => semaphore.release()).toThrow(ValueError);
});

test("Semaphore never has more holders than permits and loses no permit, whoever is cancelled", async () => {
  const visitor = fc.record({ arrives: fc.nat(5), stays: fc.nat(3), cancelledAt: fc.option(fc.nat(8)) });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(visitor, { maxLength: 8 }), (permits, visitors) =>
      runVirtual(function* () {
        const semaphore = new BoundedSemaphore(permits);
        let inside = 0;
        const tasks = visitors.map(({ arrives, stays, cancelledAt }) => {
          const task = getRunningLoop().createTask(function* () {
            yield* sleep(arrives);
            yield* semaphore.acquire();
            try {
              expect(++inside).toBeLessThanOrEqual(permits);
              yield* sleep(stays);
            } finally {
              inside--;
              semaphore.release();
            }
          });
          if (cancelledAt !== null) getRunningLoop().callLater(cancelledAt, () => task.cancel());
          return task;
        });
        const outcomes = yield* gather(tasks, { returnExceptions: true });
        for (const [i, outcome] of outcomes.entries()) {
          if (visitors[i]?.cancelledAt === null) expect(outcome).toBeUndefined();
          else if (outcome !== undefined) expect(outcome).toMatchObject({ name: "CancelledError" });
        }
        for (let i = 0; i < permits; i++) yield* semaphore.acquire();
      }),
    ),
  );
});
