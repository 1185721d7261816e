import { describeValue } from "../core/describe.ts";
import { ValueError } from "../core/errors.ts";

const LAST_PORT = 65_535;

export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LAST_PORT;
}

/** @throws TypeError, ValueError unless it is 0 to 65535. */
export function checkPort(method: string, port: unknown): asserts port is number {
  if (typeof port !== "number") throw new TypeError(`${method}: port must be a number, got ${describeValue(port)}`);
  if (isPort(port)) return;
  throw new ValueError(`${method}: port must be 0-65535, got ${port}`);
}

/** @throws TypeError unless it is a pair of a string (or null, where that is allowed) and a number; ValueError. */
export function checkAddress(
  method: string,
  name: string,
  address: unknown,
  nullable = false,
): asserts address is readonly [host: string | null, port: number] {
  if (!Array.isArray(address) || address.length !== 2) {
    throw new TypeError(`${method}: 2-tuple is expected: ${name} must be [host, port], got ${describeValue(address)}`);
  }
  const [host, port] = address as readonly unknown[];
  if (typeof host !== "string" && !(nullable && host === null)) {
    throw new TypeError(`${method}: the host in ${name} must be a string, got ${describeValue(host)}`);
  }
  checkPort(method, port);
}

/** @throws ValueError unless it is 4, 6 or undefined. */
export function checkFamily(method: string, family: unknown): asserts family is 4 | 6 | undefined {
  if (family === undefined || family === 4 || family === 6) return;
  throw new ValueError(`${method}: family must be 4 or 6, for IPv4 or IPv6, got ${describeValue(family)}`);
}
