import { inspect } from "node:util";
import { ValueError } from "asyncio-ts";

/** @throws ValueError unless `value` is a whole number, `least` or more. */
export function checkCount(name: string, value: number, least = 0): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new ValueError(`${name} must be a whole number, ${least} or more, got ${inspect(value)}`);
}
