import { describeValue } from "../core/describe.ts";

/** @throws TypeError unless it is something to write: bytes, or a string. */
export function checkData(method: string, data: unknown): asserts data is Uint8Array | string {
  if (typeof data === "string" || data instanceof Uint8Array) return;
  throw new TypeError(`${method} needs bytes (a Uint8Array) or a string, got ${describeValue(data)}`);
}
