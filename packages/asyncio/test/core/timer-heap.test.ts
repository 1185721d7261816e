import fc from "fast-check";
import { expect, test } from "vitest";
import { type Timer, TimerHeap } from "../../src/core/timer-heap.ts";

interface TestTimer extends Timer {
  readonly when: number;
  readonly number: number;
}

let made = 0;

function timerAt(when: number): TestTimer {
  return { when, _index: -1, number: made++ };
}

/** What the heap has to be equal to: a list that is sorted anew each time; sort() is stable. */
class SortedList {
  #timers: TestTimer[] = [];

  get all(): readonly TestTimer[] {
    return this.#timers;
  }

  push(timer: TestTimer): void {
    this.#timers.push(timer);
    this.#timers.sort((a, b) => a.when - b.when || a.number - b.number);
  }

  remove(timer: TestTimer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}

// Few times and many timers, so that equal ones meet; now and then infinity, for a timer that never comes.
const when = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.double({ min: 0, noNaN: true }));
const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ name: fc.constant("push" as const), when }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("pop" as const) }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("remove" as const), at: fc.nat() }) },
);

test("TimerHeap gives what a list sorted by time and insertion gives, over any mix of push(), pop() and remove()", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300, size: "max" }), (operations) => {
      const heap = new TimerHeap<TestTimer>();
      const list = new SortedList();
      for (const step of operations) {
        if (step.name === "push") {
          const timer = timerAt(step.when);
          heap.push(timer, timer.when);
          list.push(timer);
        } else if (list.all.length > 0) {
          const timer = list.all[step.name === "pop" ? 0 : step.at % list.all.length] as TestTimer;
          if (step.name === "pop") expect(heap.pop()).toBe(timer);
          else heap.remove(timer);
          list.remove(timer);
          expect(timer._index).toBe(-1);
        }
        expect(heap.length).toBe(list.all.length);
        expect(heap.next()).toBe(list.all[0]?.when);
      }
      expect(list.all.map(() => heap.pop())).toEqual(list.all);
    }),
  );
});

test("TimerHeap.pop() gives timers of equal time in the order in which they came", () => {
  const heap = new TimerHeap<TestTimer>();
  const timers = Array.from({ length: 500 }, (_, index) => timerAt(index % 3));
  for (const timer of timers) heap.push(timer, timer.when);

  const expected = [0, 1, 2].flatMap((time) => timers.filter((timer) => timer.when === time));
  expect(timers.map(() => heap.pop())).toEqual(expected);
});

test("TimerHeap.remove() of a timer that is not in the heap does nothing", () => {
  const heap = new TimerHeap<TestTimer>();
  const [first, second] = [timerAt(1), timerAt(2)];
  heap.push(first, first.when);
  heap.push(second, second.when);
  heap.remove(first);
  heap.remove(first);
  heap.remove(timerAt(0));

  expect([heap.length, heap.pop()]).toEqual([1, second]);
});

test("TimerHeap.clear() lets go of all timers, which can be pushed again", () => {
  const heap = new TimerHeap<TestTimer>();
  const timer = timerAt(1);
  heap.push(timer, timer.when);
  heap.clear();
  expect([heap.length, heap.next(), timer._index]).toEqual([0, undefined, -1]);

  heap.push(timer, timer.when);
  expect(heap.pop()).toBe(timer);
});
