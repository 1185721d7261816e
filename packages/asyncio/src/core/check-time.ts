import { describeValue } from "./describe.ts";
import { ValueError } from "./errors.ts";

/** @throws TypeError when `value` is no number, ValueError when it is NaN. @internal */
export function checkTime(fn: string, name: string, value: unknown): asserts value is number {
  if (typeof value !== "number") {
    throw new TypeError(`${fn}(): ${name} must be a number of milliseconds, got ${describeValue(value)}`);
  }
  if (Number.isNaN(value)) throw new ValueError(`${fn}(): ${name} is NaN (not a number)`);
}

/** As checkTime, where null stands for "never". @internal */
export function checkDeadline(fn: string, name: string, value: unknown): asserts value is number | null {
  if (value !== null) checkTime(fn, name, value);
}
