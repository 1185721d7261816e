import { expect, test } from "vitest";
import { firstDifference } from "./compare.ts";
import type { Detail, Entry } from "./trace.ts";

function entry(...details: Detail[]): Entry {
  return [0, "t0", 1, "error", ...details];
}

test("firstDifference() finds nothing in equal traces", () => {
  expect(firstDifference([entry(1), entry(null)], [entry(1), entry(null)])).toBeUndefined();
});

test("firstDifference() sees an entry that is missing or too many", () => {
  expect(firstDifference([entry(1), entry(2)], [entry(1)])).toBe(1);
  expect(firstDifference([entry(1)], [entry(1), entry(2)])).toBe(1);
});

test("firstDifference() sees values, messages, and what is inside of groups", () => {
  const group = (message: string): Detail => ({
    error: "ExceptionGroup",
    message: "g",
    errors: [{ error: "Boom", message }],
  });
  expect(firstDifference([entry([1, [2]])], [entry([1, [3]])])).toBe(0);
  expect(firstDifference([entry({ error: "Boom", message: "a" })], [entry({ error: "Boom", message: "b" })])).toBe(0);
  expect(firstDifference([entry(group("a"))], [entry(group("a"))])).toBeUndefined();
  expect(firstDifference([entry(group("a"))], [entry(group("b"))])).toBe(0);
});

test("firstDifference() compares errors whose messages hold a repr by their type", () => {
  const expected = entry({ error: "LookupError", message: "<ContextVar name='V1' at 0x1>" });
  expect(firstDifference([expected], [entry({ error: "LookupError", message: "no value" })])).toBeUndefined();
  expect(firstDifference([expected], [entry({ error: "ValueError", message: "no value" })])).toBe(0);
});
