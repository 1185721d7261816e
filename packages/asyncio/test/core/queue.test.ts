import { getRunningLoop, Queue, QueueEmpty, QueueFull, sleep, ValueError } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import fc from "fast-check";
import { expect, expectTypeOf, test } from "vitest";
import { awaiting, type Steps, testBoth } from "../support/spellings.ts";

/** Gets an item and tells which. */
function* getOne(queue: Queue<string>, name: string, order: string[]): Steps<void> {
  try {
    order.push(`${name} got ${yield* awaiting(queue.get())}`);
  } catch (error) {
    order.push(`${name} ${(error as Error).name}`);
    throw error;
  }
}

/** Puts an item in and tells when there was room. */
function* putOne(queue: Queue<string>, item: string, order: string[]): Steps<void> {
  try {
    yield* awaiting(queue.put(item));
    order.push(`${item} is in`);
  } catch (error) {
    order.push(`${item} ${(error as Error).name}`);
    throw error;
  }
}

test("Queue.getNowait() gives the items in the order in which they were put", () => {
  const queue = new Queue<string>();
  for (const item of ["a", "b", "c"]) queue.putNowait(item);
  expect(queue.qsize()).toBe(3);
  expect([queue.getNowait(), queue.getNowait(), queue.getNowait()]).toEqual(["a", "b", "c"]);
  expect(queue.empty()).toBe(true);
  expect(() => queue.getNowait()).toThrow(QueueEmpty);
});

test("Queue.putNowait() throws QueueFull when maxsize items are in", () => {
  const queue = new Queue<string>(2);
  expect(queue.maxsize).toBe(2);
  queue.putNowait("a");
  expect(queue.full()).toBe(false);
  queue.putNowait("b");
  expect(queue.full()).toBe(true);
  expect(() => queue.putNowait("c")).toThrow(QueueFull);
  expect(queue.qsize()).toBe(2);
});

test.each([0, -1])("Queue(%i) is never full", (maxsize) => {
  const queue = new Queue<number>(maxsize);
  for (let i = 0; i < 1000; i++) queue.putNowait(i);
  expect(queue.full()).toBe(false);
  expect(queue.qsize()).toBe(1000);
});

test("Queue() takes a number", () => {
  for (const maxsize of ["3", null, Number.NaN]) expect(() => new Queue(maxsize as number)).toThrow(TypeError);
});

test("Queue knows the type of its items", () => {
  const queue = new Queue<string>();
  expectTypeOf(queue.getNowait).returns.toEqualTypeOf<string>();
  expectTypeOf(queue.put).parameter(0).toEqualTypeOf<string>();
  expectTypeOf(async () => await queue.get()).returns.resolves.toEqualTypeOf<string>();
});

testBoth("Queue.get() and put() do not let others run when they need not wait", function* ({ start }) {
  const queue = new Queue<string>(1);
  const order: string[] = [];
  start(function* () {
    order.push("other");
  });
  yield* putOne(queue, "a", order);
  yield* getOne(queue, "main", order);
  expect(order).toEqual(["a is in", "main got a"]);
});

testBoth("Queue.get() serves the getters in the order in which they came", function* ({ start }) {
  const queue = new Queue<string>();
  const order: string[] = [];
  for (const name of ["a", "b"]) start(() => getOne(queue, name, order));
  yield* awaiting(sleep(1));
  queue.putNowait("1");
  queue.putNowait("2");
  order.push("put");
  yield* awaiting(sleep(1));
  expect(order).toEqual(["put", "a got 1", "b got 2"]);
});

testBoth("Queue.put() lets the putters in, in the order in which they came, as there is room", function* ({ start }) {
  const queue = new Queue<string>(1);
  const order: string[] = [];
  for (const item of ["a", "b", "c"]) start(() => putOne(queue, item, order));
  yield* awaiting(sleep(1));
  for (let i = 0; i < 3; i++) {
    order.push(`take ${queue.getNowait()}`);
    yield* awaiting(sleep(1));
  }
  expect(order).toEqual(["a is in", "take a", "b is in", "take b", "c is in", "take c"]);
});

testBoth(
  "Queue.get() hands nothing over: an item taken meanwhile sends the getter to the end of the line",
  function* ({ start }) {
    const queue = new Queue<string>();
    const order: string[] = [];
    for (const name of ["a", "b"]) start(() => getOne(queue, name, order));
    yield* awaiting(sleep(1));
    queue.putNowait("1");
    order.push(`main got ${queue.getNowait()}`);
    yield* awaiting(sleep(1));
    queue.putNowait("2");
    queue.putNowait("3");
    yield* awaiting(sleep(1));
    expect(order).toEqual(["main got 1", "b got 2", "a got 3"]);
  },
);

testBoth(
  "Queue.put() reserves nothing: room taken meanwhile sends the putter to the end of the line",
  function* ({ start }) {
    const queue = new Queue<string>(1);
    const order: string[] = [];
    for (const item of ["a", "b", "c"]) start(() => putOne(queue, item, order));
    yield* awaiting(sleep(1));
    queue.getNowait();
    queue.putNowait("quick");
    const taken: string[] = [];
    for (let i = 0; i < 3; i++) {
      yield* awaiting(sleep(1));
      taken.push(queue.getNowait());
    }
    expect(order).toEqual(["a is in", "c is in", "b is in"]);
    expect(taken).toEqual(["quick", "c", "b"]);
  },
);

testBoth("Queue.get() that is cancelled after an item came wakes the next getter", function* ({ start }) {
  const queue = new Queue<string>();
  const order: string[] = [];
  const [a] = ["a", "b"].map((name) => start(() => getOne(queue, name, order)));
  yield* awaiting(sleep(1));
  queue.putNowait("1");
  a?.cancel();
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a CancelledError", "b got 1"]);
});

testBoth("Queue.get() that is cancelled after an item came leaves it in the queue", function* ({ start }) {
  const queue = new Queue<string>();
  const getter = start(() => getOne(queue, "a", []));
  yield* awaiting(sleep(1));
  queue.putNowait("1");
  getter.cancel();
  yield* awaiting(sleep(1));
  expect(getter.cancelled()).toBe(true);
  expect(queue.getNowait()).toBe("1");
});

testBoth("Queue.get() that is cancelled while it waits is passed over", function* ({ start }) {
  const queue = new Queue<string>();
  const order: string[] = [];
  const [a] = ["a", "b"].map((name) => start(() => getOne(queue, name, order)));
  yield* awaiting(sleep(1));
  a?.cancel();
  queue.putNowait("1");
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a CancelledError", "b got 1"]);
});

testBoth("Queue.put() that is cancelled after there was room wakes the next putter", function* ({ start }) {
  const queue = new Queue<string>(1);
  const order: string[] = [];
  queue.putNowait("0");
  const [a] = ["a", "b"].map((item) => start(() => putOne(queue, item, order)));
  yield* awaiting(sleep(1));
  queue.getNowait();
  a?.cancel();
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a CancelledError", "b is in"]);
  expect(queue.qsize()).toBe(1);
  expect(queue.getNowait()).toBe("b");
});

testBoth("Queue.put() that is cancelled while it waits puts nothing in", function* ({ start }) {
  const queue = new Queue<string>(1);
  queue.putNowait("0");
  const putter = start(() => putOne(queue, "a", []));
  yield* awaiting(sleep(1));
  putter.cancel();
  yield* awaiting(sleep(1));
  queue.getNowait();
  yield* awaiting(sleep(1));
  expect(queue.empty()).toBe(true);
});

testBoth("Queue.join() waits until taskDone() was called for every item, not until it is empty", function* ({ start }) {
  const queue = new Queue<string>();
  const order: string[] = [];
  for (const item of ["a", "b"]) queue.putNowait(item);
  start(function* () {
    yield* awaiting(queue.join());
    order.push("joined");
  });
  for (let i = 0; i < 2; i++) {
    queue.getNowait();
    order.push(`taken, ${queue.qsize()} left`);
  }
  for (let i = 0; i < 2; i++) {
    yield* awaiting(sleep(1));
    queue.taskDone();
    order.push("done");
  }
  yield* awaiting(sleep(1));
  expect(order).toEqual(["taken, 1 left", "taken, 0 left", "done", "done", "joined"]);
});

testBoth("Queue.join() does not wait when nothing was put, and waits again after another put()", function* ({ start }) {
  const queue = new Queue<string>();
  yield* awaiting(queue.join());
  queue.putNowait("a");
  queue.getNowait();
  queue.taskDone();
  yield* awaiting(queue.join());
  queue.putNowait("b");
  const joining = start(function* () {
    yield* awaiting(queue.join());
  });
  yield* awaiting(sleep(1));
  expect(joining.done()).toBe(false);
  queue.taskDone();
  yield* awaiting(joining);
});

test("Queue.taskDone() throws ValueError when it is called more often than items were put", () => {
  const queue = new Queue<string>();
  expect(() => queue.taskDone()).toThrow(new ValueError("task_done() called too many times"));
  queue.putNowait("a");
  queue.taskDone();
  expect(() => queue.taskDone()).toThrow(ValueError);
});

test("Queue belongs to the loop in which a task first had to wait for it", async () => {
  const queue = new Queue<string>();
  const waitForItem = async (): Promise<string> => {
    getRunningLoop().callLater(1, () => queue.putNowait("item"));
    return await queue.get();
  };
  expect(await runVirtual(waitForItem)).toBe("item");
  await expect(runVirtual(waitForItem)).rejects.toThrow("the Queue is bound to a different event loop");
});

test("Queue loses no item, gives none twice and leaves nobody stranded, whoever is cancelled", async () => {
  const client = fc.record({ puts: fc.boolean(), arrives: fc.nat(4), cancelledAt: fc.option(fc.nat(5)) });
  await fc.assert(
    fc.asyncProperty(fc.nat(2), fc.array(client, { maxLength: 10 }), (maxsize, clients) =>
      runVirtual(function* () {
        const queue = new Queue<number>(maxsize);
        const put: number[] = [];
        const got: number[] = [];
        const waiting = { put: 0, get: 0 };
        const tasks = clients.map(({ puts, arrives, cancelledAt }, i) => {
          const task = getRunningLoop().createTask(function* () {
            yield* sleep(arrives);
            const action = puts ? "put" : "get";
            waiting[action]++;
            try {
              if (puts) {
                yield* queue.put(i);
                put.push(i);
              } else {
                got.push(yield* queue.get());
              }
            } finally {
              waiting[action]--;
            }
          });
          if (cancelledAt !== null) getRunningLoop().callLater(cancelledAt, () => task.cancel());
          return task;
        });
        yield* sleep(20);
        expect(waiting.get === 0 || queue.empty()).toBe(true);
        expect(waiting.put === 0 || queue.full()).toBe(true);
        for (const task of tasks) task.cancel();
        yield* sleep(1);
        while (!queue.empty()) got.push(queue.getNowait());
        expect(got.sort()).toEqual(put.sort());
      }),
    ),
  );
});
