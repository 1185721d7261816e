import { CancelledError, currentTask, Lock, RuntimeError, sleep } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { awaiting, type Steps, testBoth } from "../support/spellings.ts";

/** Takes the lock, keeps it for a millisecond, and says so. */
function* visit(lock: Lock, name: string, order: string[]): Steps<void> {
  try {
    yield* awaiting(lock.acquire());
  } catch (error) {
    order.push(`${name} ${(error as Error).name}`);
    throw error;
  }
  order.push(`${name} in`);
  yield* awaiting(sleep(1));
  order.push(`${name} out`);
  lock.release();
}

testBoth("Lock.acquire() takes a free lock without letting others run", function* ({ start }) {
  const lock = new Lock();
  const order: string[] = [];
  start(function* () {
    order.push("other");
  });
  expect(yield* awaiting(lock.acquire())).toBe(true);
  order.push("acquired");
  expect(lock.locked()).toBe(true);
  yield* awaiting(sleep(0));
  expect(order).toEqual(["acquired", "other"]);
});

testBoth("Lock.acquire() serves the waiters in the order in which they came", function* ({ start }) {
  const lock = new Lock();
  const order: string[] = [];
  for (const name of ["a", "b", "c"]) start(() => visit(lock, name, order), { name });
  yield* awaiting(sleep(10));
  expect(order).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"]);
  expect(lock.locked()).toBe(false);
});

testBoth("Lock.release() leaves the lock free until the next holder runs, yet nobody barges in", function* ({ start }) {
  const lock = new Lock();
  const order: string[] = [];
  yield* awaiting(lock.acquire());
  start(() => visit(lock, "b", order));
  yield* awaiting(sleep(0));
  lock.release();
  expect(lock.locked()).toBe(false);
  yield* visit(lock, "a again", order);
  expect(order).toEqual(["b in", "b out", "a again in", "a again out"]);
});

testBoth("Lock.release() wakes one waiter, however often it is called", function* ({ start }) {
  const lock = new Lock();
  const order: string[] = [];
  yield* awaiting(lock.acquire());
  for (const name of ["b", "c"]) start(() => visit(lock, name, order));
  yield* awaiting(sleep(0));
  lock.release();
  expect(() => lock.release()).toThrow(RuntimeError);
  yield* awaiting(sleep(0));
  expect(order).toEqual(["b in"]);
});

testBoth("Lock.acquire() passes the lock on when the waiter is cancelled after its turn came", function* ({ start }) {
  const lock = new Lock();
  const order: string[] = [];
  yield* awaiting(lock.acquire());
  const b = start(() => visit(lock, "b", order));
  start(() => visit(lock, "c", order));
  yield* awaiting(sleep(0));
  lock.release();
  b.cancel();
  yield* awaiting(sleep(5));
  expect(order).toEqual(["b CancelledError", "c in", "c out"]);
  expect(lock.locked()).toBe(false);
});

testBoth("Lock.acquire() leaves the line when it is cancelled, and the holder keeps the lock", function* ({ start }) {
  const lock = new Lock();
  const order: string[] = [];
  yield* awaiting(lock.acquire());
  const b = start(() => visit(lock, "b", order));
  start(() => visit(lock, "c", order));
  yield* awaiting(sleep(0));
  b.cancel();
  yield* awaiting(sleep(0));
  expect(order).toEqual(["b CancelledError"]);
  expect(lock.locked()).toBe(true);
  lock.release();
  yield* awaiting(sleep(5));
  expect(order).toEqual(["b CancelledError", "c in", "c out"]);
});

testBoth("Lock.acquire() need not wait behind waiters that were all cancelled", function* ({ start }) {
  const lock = new Lock();
  const order: string[] = [];
  yield* awaiting(lock.acquire());
  const b = start(() => visit(lock, "b", order));
  yield* awaiting(sleep(0));
  b.cancel();
  lock.release();
  yield* awaiting(lock.acquire());
  order.push("a again in");
  yield* awaiting(sleep(0));
  expect(order).toEqual(["a again in", "b CancelledError"]);
});

test("Lock.release() throws RuntimeError when the lock is not held", () => {
  expect(() => new Lock().release()).toThrow(new RuntimeError("Lock is not acquired."));
});

testBoth("Lock.release() may be called by a task that did not acquire it", function* ({ start }) {
  const lock = new Lock();
  yield* awaiting(lock.acquire());
  yield* awaiting(
    start(function* () {
      lock.release();
    }),
  );
  expect(lock.locked()).toBe(false);
});

testBoth("Lock.acquire() gives a coroutine for one use", function* () {
  const lock = new Lock();
  const acquiring = lock.acquire();
  yield* awaiting(acquiring);
  let thrown: unknown;
  try {
    yield* awaiting(acquiring);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toEqual(new RuntimeError("cannot reuse already awaited coroutine 'Lock.acquire'"));
});

test("Lock belongs to the loop in which a task first had to wait for it", async () => {
  const lock = new Lock();
  const contend = async (): Promise<void> => {
    await lock.acquire();
    try {
      const waiter = lock.acquire();
      currentTask()
        ?.getLoop()
        .callLater(1, () => lock.release());
      await waiter;
    } finally {
      lock.release();
    }
  };
  await runVirtual(contend);
  await expect(runVirtual(contend)).rejects.toThrow("the Lock is bound to a different event loop");
});

test("Lock can be used from loop to loop as long as nobody has to wait", async () => {
  const lock = new Lock();
  const visitAlone = async (): Promise<void> => {
    await lock.acquire();
    lock.release();
  };
  await runVirtual(visitAlone);
  await runVirtual(visitAlone);
  expect(lock.locked()).toBe(false);
});

test("Lock lets in one task at a time and forgets none, whoever is cancelled", async () => {
  const visitor = fc.record({ arrives: fc.nat(5), stays: fc.nat(3), cancelledAt: fc.option(fc.nat(8)) });
  await fc.assert(
    fc.asyncProperty(fc.array(visitor, { maxLength: 8 }), (visitors) =>
      runVirtual(function* () {
        const lock = new Lock();
        const loop = currentTask()!.getLoop();
        let inside = 0;
        const tasks = visitors.map(({ arrives, stays, cancelledAt }) => {
          const task = loop.createTask(function* () {
            yield* sleep(arrives);
            yield* lock.acquire();
            try {
              expect(++inside).toBe(1);
              yield* sleep(stays);
            } finally {
              inside--;
              lock.release();
            }
          });
          if (cancelledAt !== null) loop.callLater(cancelledAt, () => task.cancel());
          return task;
        });
        for (const [i, task] of tasks.entries()) {
          try {
            yield* task;
          } catch (error) {
            expect(error).toBeInstanceOf(CancelledError);
            expect(visitors[i]?.cancelledAt).not.toBeNull();
          }
        }
        expect(lock.locked()).toBe(false);
      }),
    ),
  );
});
