import { PriorityQueue, Queue, QueueFull, sleep } from "asyncio-ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { awaiting, testBoth } from "../support/spellings.ts";

function drain<T>(queue: Queue<T>): T[] {
  const items: T[] = [];
  while (!queue.empty()) items.push(queue.getNowait());
  return items;
}

function filled<T>(queue: Queue<T>, items: readonly T[]): Queue<T> {
  for (const item of items) queue.putNowait(item);
  return queue;
}

test("PriorityQueue gives the smallest item first, of numbers, big integers and strings", () => {
  expect(drain(filled(new PriorityQueue(), [2, -1, 10, 2]))).toEqual([-1, 2, 2, 10]);
  expect(drain(filled(new PriorityQueue(), [2n, 10n, 1n]))).toEqual([1n, 2n, 10n]);
  expect(drain(filled(new PriorityQueue(), ["b", "a", "B", ""]))).toEqual(["", "B", "a", "b"]);
});

test("PriorityQueue compares arrays element by element; of two that begin alike the shorter comes first", () => {
  const items = [[2, "a"], [1, "b"], [1], [1, "a", 0], [1, "a"], []];
  expect(drain(filled(new PriorityQueue<unknown[]>(), items))).toEqual([
    [],
    [1],
    [1, "a"],
    [1, "a", 0],
    [1, "b"],
    [2, "a"],
  ]);
});

test("PriorityQueue looks at further elements only when those before are equal", () => {
  const items: [number, object][] = [
    [2, { job: "later" }],
    [1, { job: "now" }],
  ];
  expect(drain(filled(new PriorityQueue<[number, object]>(), items))[0]).toEqual([1, { job: "now" }]);
});

test.each([
  ["objects", {}, {}],
  ["a number with a string", 1, "1"],
  ["an array with a number", [1], 1],
  ["null", null, null],
])("PriorityQueue.putNowait() throws TypeError for what has no order: %s", (_what, first, second) => {
  const queue = new PriorityQueue();
  queue.putNowait(first);
  expect(() => queue.putNowait(second)).toThrow(TypeError);
});

test("PriorityQueue takes a compare function", () => {
  const compare = (a: { size: number }, b: { size: number }): number => b.size - a.size;
  const queue = filled(new PriorityQueue(0, { compare }), [{ size: 1 }, { size: 3 }, { size: 2 }]);
  expect(drain(queue).map((item) => item.size)).toEqual([3, 2, 1]);
  expect(() => new PriorityQueue(0, { compare: "size" as never })).toThrow(TypeError);
});

test("PriorityQueue gives what Array.sort() gives, whatever is put and taken in between", () => {
  const steps = fc.array(fc.oneof({ weight: 3, arbitrary: fc.integer({ min: -20, max: 20 }) }, fc.constant("take")));
  fc.assert(
    fc.property(steps, (script) => {
      const queue = new PriorityQueue<number>();
      const model: number[] = [];
      for (const step of script) {
        if (typeof step === "number") {
          queue.putNowait(step);
          model.push(step);
          model.sort((a, b) => a - b);
        } else if (model.length > 0) {
          expect(queue.getNowait()).toBe(model.shift());
        }
        expect(queue.qsize()).toBe(model.length);
      }
      expect(drain(queue)).toEqual(model);
    }),
  );
});

test("PriorityQueue gives items of equal priority in the order of CPython's heapq", () => {
  const compare = (a: [number, string], b: [number, string]): number => a[0] - b[0];
  const items = [..."abcdefghijkl"].map((name, i): [number, string] => [i % 3, name]);
  const names = drain(filled(new PriorityQueue(0, { compare }), items)).map(([, name]) => name);
  expect(names.join("")).toBe("agdjekbhcfil");
});

testBoth("PriorityQueue.get() gives the smallest item that is there when the getter runs", function* ({ start }) {
  const queue = new PriorityQueue<number>();
  const order: string[] = [];
  start(function* () {
    order.push(`got ${yield* awaiting(queue.get())}`);
  });
  yield* awaiting(sleep(1));
  for (const item of [3, 1, 2]) queue.putNowait(item);
  yield* awaiting(sleep(1));
  expect(order).toEqual(["got 1"]);
});

test("PriorityQueue is a Queue: bounded by maxsize", () => {
  const queue = new PriorityQueue<number>(1);
  expect(queue).toBeInstanceOf(Queue);
  queue.putNowait(1);
  expect(() => queue.putNowait(0)).toThrow(QueueFull);
});
