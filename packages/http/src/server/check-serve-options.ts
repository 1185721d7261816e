import { ValueError } from "asyncio-ts";
import type { RequestTaskOptions, ServeOptions } from "./serve-options.ts";

type Check = readonly [what: string, holds: (value: number) => boolean];

const span: Check = ["a number of milliseconds that is not negative", (value) => value >= 0];
const count: Check = ["a whole number from 1 on", (value) => Number.isInteger(value) && value >= 1];
const size: Check = ["a number of bytes that is not negative", (value) => value >= 0];
const port: Check = [
  "a whole number from 0 to 65,535",
  (value) => Number.isInteger(value) && value >= 0 && value <= 65_535,
];

const TASK_CHECKS: Readonly<Partial<Record<keyof ServeOptions, Check>>> = {
  requestTimeoutMs: span,
  graceMs: span,
  cleanupMs: span,
};

const CHECKS: Readonly<Partial<Record<keyof ServeOptions, Check>>> = {
  ...TASK_CHECKS,
  port,
  backlog: count,
  maxBodySize: size,
  maxHeaderSize: count,
  headersTimeoutMs: span,
  receiveTimeoutMs: span,
  keepAliveTimeoutMs: span,
  maxRequestsPerSocket: count,
  maxConnections: count,
};

const NULLABLE: ReadonlySet<string> = new Set(["requestTimeoutMs", "graceMs", "maxBodySize"]);

/** @throws TypeError or ValueError for the first option that is wrong. @internal */
export function checkTaskOptions(fn: string, options: RequestTaskOptions): void {
  check(fn, options, TASK_CHECKS);
}

/** @throws TypeError or ValueError for the first option that is wrong. @internal */
export function checkServeOptions(options: ServeOptions): void {
  check("serve", options, CHECKS);
  for (const name of ["onError", "accessLog"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "function") {
      throw new TypeError(`serve(): ${name} must be a function, got ${typeof value}`);
    }
  }
  if (options.path !== undefined && (options.port !== undefined || options.host !== undefined)) {
    throw new ValueError("serve(): a path and a host or port were given; it listens on one of the two");
  }
}

function check(fn: string, options: ServeOptions, checks: Readonly<Partial<Record<string, Check>>>): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${fn}(): options must be an object, got ${String(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    const [what, holds] = checks[name] ?? [];
    if (what === undefined || holds === undefined || value === undefined) continue;
    if (value === null && NULLABLE.has(name)) continue;
    const expected = NULLABLE.has(name) ? `${what}, or null` : what;
    if (typeof value !== "number") throw new TypeError(`${fn}(): ${name} must be ${expected}, got ${typeof value}`);
    if (!holds(value)) throw new ValueError(`${fn}(): ${name} must be ${expected}, got ${value}`);
  }
}
