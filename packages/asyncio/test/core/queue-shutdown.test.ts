import { LifoQueue, PriorityQueue, Queue, QueueEmpty, QueueShutDown, sleep, ValueError } from "asyncio-ts";
import { expect, test } from "vitest";
import { awaiting, type Steps, testBoth } from "../support/spellings.ts";

/** Does it, and tells how it went. */
function* attempt<T>(name: string, order: string[], program: () => Steps<T>): Steps<void> {
  try {
    order.push(`${name}: ${yield* program()}`);
  } catch (error) {
    order.push(`${name}: ${(error as Error).name}`);
  }
}

for (const Kind of [Queue, LifoQueue, PriorityQueue]) {
  testBoth(`${Kind.name}.shutdown() lets what is left be taken, and nothing be put`, function* () {
    const queue = new Kind<number>();
    const order: string[] = [];
    queue.putNowait(1);
    queue.putNowait(2);
    queue.shutdown();
    yield* attempt("put", order, () => awaiting(queue.put(3)));
    for (let i = 0; i < 3; i++) yield* attempt("get", order, () => awaiting(queue.get()));
    const values = Kind === LifoQueue ? [2, 1] : [1, 2];
    expect(order).toEqual(["put: QueueShutDown", ...values.map((value) => `get: ${value}`), "get: QueueShutDown"]);
  });

  testBoth(`${Kind.name}.shutdown({ immediate: true }) drops what is left`, function* () {
    const queue = new Kind<number>();
    const order: string[] = [];
    queue.putNowait(1);
    queue.shutdown({ immediate: true });
    expect(queue.empty()).toBe(true);
    yield* attempt("get", order, () => awaiting(queue.get()));
    expect(order).toEqual(["get: QueueShutDown"]);
  });
}

test("Queue.putNowait() and getNowait() throw QueueShutDown after a shutdown", () => {
  const queue = new Queue<number>(1);
  expect(() => queue.getNowait()).toThrow(QueueEmpty);
  queue.putNowait(1);
  queue.shutdown();
  expect(() => queue.putNowait(2)).toThrow(QueueShutDown);
  expect(queue.getNowait()).toBe(1);
  expect(() => queue.getNowait()).toThrow(QueueShutDown);
});

testBoth("Queue.shutdown() wakes all getters with QueueShutDown", function* ({ start }) {
  const queue = new Queue<number>();
  const order: string[] = [];
  for (const name of ["a", "b"]) start(() => attempt(name, order, () => awaiting(queue.get())));
  yield* awaiting(sleep(1));
  queue.shutdown();
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a: QueueShutDown", "b: QueueShutDown"]);
});

testBoth("Queue.shutdown() refuses the putters that wait, even if there is room in time", function* ({ start }) {
  const queue = new Queue<number>(1);
  const order: string[] = [];
  queue.putNowait(0);
  for (const name of ["a", "b"]) start(() => attempt(name, order, () => awaiting(queue.put(1))));
  yield* awaiting(sleep(1));
  queue.getNowait();
  queue.shutdown();
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a: QueueShutDown", "b: QueueShutDown"]);
  expect(queue.empty()).toBe(true);
});

testBoth("Queue.shutdown() does not take back an item from a getter that was woken for it", function* ({ start }) {
  const queue = new Queue<number>();
  const order: string[] = [];
  for (const name of ["a", "b"]) start(() => attempt(name, order, () => awaiting(queue.get())));
  yield* awaiting(sleep(1));
  queue.putNowait(1);
  queue.shutdown();
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a: 1", "b: QueueShutDown"]);
});

testBoth("Queue.shutdown() leaves join() waiting for what was put before", function* ({ start }) {
  const queue = new Queue<number>();
  const order: string[] = [];
  queue.putNowait(1);
  queue.shutdown();
  start(() => attempt("join", order, () => awaiting(queue.join())));
  yield* awaiting(sleep(1));
  queue.getNowait();
  order.push("done");
  queue.taskDone();
  yield* awaiting(sleep(1));
  expect(order).toEqual(["done", "join: undefined"]);
});

testBoth("Queue.shutdown({ immediate: true }) frees join() when only dropped items were left", function* ({ start }) {
  const queue = new Queue<number>();
  const order: string[] = [];
  queue.putNowait(1);
  queue.putNowait(2);
  start(() => attempt("join", order, () => awaiting(queue.join())));
  yield* awaiting(sleep(1));
  queue.shutdown({ immediate: true });
  yield* awaiting(sleep(1));
  expect(order).toEqual(["join: undefined"]);
  expect(() => queue.taskDone()).toThrow(ValueError);
});

testBoth("Queue.shutdown({ immediate: true }) keeps join() waiting for items that were taken", function* ({ start }) {
  const queue = new Queue<number>();
  const order: string[] = [];
  queue.putNowait(1);
  queue.putNowait(2);
  queue.getNowait();
  start(() => attempt("join", order, () => awaiting(queue.join())));
  queue.shutdown({ immediate: true });
  yield* awaiting(sleep(1));
  order.push("done");
  queue.taskDone();
  yield* awaiting(sleep(1));
  expect(order).toEqual(["done", "join: undefined"]);
});

test("Queue.shutdown() may be called again, and be made immediate", () => {
  const queue = new Queue<number>();
  queue.putNowait(1);
  queue.shutdown();
  queue.shutdown();
  expect(queue.qsize()).toBe(1);
  queue.shutdown({ immediate: true });
  expect(queue.qsize()).toBe(0);
});
