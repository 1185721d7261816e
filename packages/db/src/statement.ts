import { ValueError } from "asyncio-ts";

/** No parameters. */
export const NONE: readonly unknown[] = [];

/** @throws TypeError when a statement or its parameters are of the wrong type: at the call, not when it is awaited. */
export function checkStatement(fn: string, sql: unknown, parameters: unknown): void {
  if (typeof sql !== "string") {
    throw new TypeError(`${fn}() needs the text of a statement, got ${sql === null ? "null" : typeof sql}`);
  }
  if (!Array.isArray(parameters)) {
    throw new TypeError(
      `${fn}() needs the parameters as an array, got ${parameters === null ? "null" : typeof parameters}: for a single one write [value]`,
    );
  }
}

/** @throws TypeError or ValueError when it is no span of time. */
export function checkTimeout(timeoutMs: number | null | undefined): number | null | undefined {
  if (timeoutMs === null || timeoutMs === undefined) return timeoutMs;
  if (typeof timeoutMs !== "number") throw new TypeError(`timeoutMs must be a number or null, got ${typeof timeoutMs}`);
  if (!(timeoutMs >= 0)) throw new ValueError(`timeoutMs must not be negative, got ${timeoutMs}`);
  return timeoutMs;
}
