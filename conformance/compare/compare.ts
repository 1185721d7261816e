import { isComparedByTypeOnly } from "./by-type-only.ts";
import { type Detail, isError, type Trace } from "./trace.ts";

/** The index of the first entry in which the traces differ; undefined when they are the same. */
export function firstDifference(expected: Trace, actual: Trace): number | undefined {
  const length = Math.max(expected.length, actual.length);
  for (let i = 0; i < length; i++) {
    if (!isSame(expected[i], actual[i])) return i;
  }
  return undefined;
}

function isSame(expected: Detail | undefined, actual: Detail | undefined): boolean {
  if (Array.isArray(expected)) return isSameList(expected, actual);
  if (typeof expected !== "object" || expected === null) return expected === actual;
  if (typeof actual !== "object" || actual === null) return false;
  if (isError(expected) && isComparedByTypeOnly(expected)) return isError(actual) && actual.error === expected.error;
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...keys].every((key) => isSame(field(expected, key), field(actual, key)));
}

function isSameList(expected: readonly Detail[], actual: Detail | undefined): boolean {
  if (!Array.isArray(actual) || actual.length !== expected.length) return false;
  return expected.every((each, i) => isSame(each, actual[i] as Detail));
}

function field(detail: object, key: string): Detail | undefined {
  return (detail as Readonly<Record<string, Detail>>)[key];
}
