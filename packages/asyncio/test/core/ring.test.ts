import fc from "fast-check";
import { expect, test } from "vitest";
import { Ring } from "../../src/core/ring.ts";

const operation = fc.oneof(
  { weight: 6, arbitrary: fc.constant("push") },
  { weight: 3, arbitrary: fc.constant("shift") },
  { weight: 2, arbitrary: fc.constant("pop") },
);

test("Ring does what a list does, over any mix of push(), shift() and pop()", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 400, size: "max" }), (operations) => {
      const ring = new Ring<number>();
      const list: number[] = [];
      for (const [index, name] of operations.entries()) {
        if (name === "push") {
          ring.push(index);
          list.push(index);
        } else if (list.length > 0) {
          expect(name === "shift" ? ring.shift() : ring.pop()).toBe(name === "shift" ? list.shift() : list.pop());
        }
        expect(ring.length).toBe(list.length);
      }
      expect(Array.from({ length: ring.length }, () => ring.shift())).toEqual(list);
    }),
  );
});

test("Ring keeps the order when it grows while its items wrap around the end", () => {
  const ring = new Ring<number>();
  for (let i = 0; i < 50; i++) ring.push(-1);
  for (let i = 0; i < 50; i++) ring.shift();
  const items = Array.from({ length: 1000 }, (_, index) => index);
  for (const item of items) ring.push(item);

  expect(items.map(() => ring.shift())).toEqual(items);
});

test("Ring.clear() empties it, and it can be used again", () => {
  const ring = new Ring<string>();
  for (let i = 0; i < 100; i++) ring.push("old");
  ring.shift();
  ring.clear();
  expect(ring.length).toBe(0);

  ring.push("new");
  expect([ring.length, ring.shift(), ring.length]).toEqual([1, "new", 0]);
});
