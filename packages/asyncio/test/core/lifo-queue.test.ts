import { createTask, LifoQueue, Queue, QueueFull, sleep } from "asyncio-ts";
import { expect, test } from "vitest";
import { awaiting, testBoth } from "../support/spellings.ts";

test("LifoQueue.getNowait() gives the item that was put last", () => {
  const queue = new LifoQueue<string>();
  for (const item of ["a", "b", "c"]) queue.putNowait(item);
  expect(queue.getNowait()).toBe("c");
  queue.putNowait("d");
  expect([queue.getNowait(), queue.getNowait(), queue.getNowait()]).toEqual(["d", "b", "a"]);
  expect(queue.empty()).toBe(true);
});

test("LifoQueue is a Queue: bounded by maxsize, with taskDone()", () => {
  const queue = new LifoQueue<string>(1);
  expect(queue).toBeInstanceOf(Queue);
  queue.putNowait("a");
  expect(queue.full()).toBe(true);
  expect(() => queue.putNowait("b")).toThrow(QueueFull);
  queue.taskDone();
  expect(() => queue.taskDone()).toThrow("called too many times");
});

testBoth("LifoQueue.get() serves the getters first come, first served", function* ({ start }) {
  const queue = new LifoQueue<string>();
  const order: string[] = [];
  for (const name of ["a", "b"]) {
    start(function* () {
      order.push(`${name} got ${yield* awaiting(queue.get())}`);
    });
  }
  yield* awaiting(sleep(1));
  queue.putNowait("1");
  queue.putNowait("2");
  yield* awaiting(sleep(1));
  expect(order).toEqual(["a got 2", "b got 1"]);
});

testBoth("LifoQueue.put() waits for room", function* () {
  const queue = new LifoQueue<string>(1);
  queue.putNowait("a");
  const putter = createTask(queue.put("b"));
  yield* awaiting(sleep(1));
  expect(queue.getNowait()).toBe("a");
  yield* awaiting(putter);
  expect(queue.getNowait()).toBe("b");
});
