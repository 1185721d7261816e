import { type Body, ValueError } from "asyncio-ts";
import type { Connection } from "./connection.ts";

/** How a pool behaves. The names and most defaults are asyncpg's; spans are in milliseconds. */
export interface PoolOptions<C extends Connection = Connection> {
  /** How many connections are opened at once, and kept when idle; by default 0. */
  readonly minSize?: number | undefined;
  /** By default 10. */
  readonly maxSize?: number | undefined;
  /** After how long `acquire()`, and whatever acquires, raises a TimeoutError; null for never. By default 30,000. */
  readonly acquireTimeoutMs?: number | null | undefined;
  /** The `timeoutMs` of statements that have none of their own; null, the default, for none. */
  readonly commandTimeoutMs?: number | null | undefined;
  /** How long a statement that is cancelled may take to stop; then its connection is destroyed. By default 5,000. */
  readonly cancelGraceMs?: number | undefined;
  /** After how long an idle connection is closed; 0 for never. By default 300,000. */
  readonly maxInactiveConnectionLifetimeMs?: number | undefined;
  /** After how many operations a connection is replaced; by default 50,000. */
  readonly maxQueries?: number | undefined;
  /** Called with each new connection, before anybody gets it. */
  readonly init?: Body<C, unknown> | undefined;
  /** Called with a connection each time before somebody gets it. */
  readonly setup?: Body<C, unknown> | undefined;
  /**
   * What is done with the session of a connection that was borrowed, before the next one gets it; false for nothing. By
   * default the driver forgets what was set.
   */
  readonly reset?: Body<C, unknown> | false | undefined;
}

/** {@link PoolOptions} with nothing left out but the hooks. */
export interface CheckedPoolOptions<C extends Connection> {
  readonly minSize: number;
  readonly maxSize: number;
  readonly acquireTimeoutMs: number | null;
  readonly commandTimeoutMs: number | null;
  readonly cancelGraceMs: number;
  readonly maxInactiveConnectionLifetimeMs: number;
  readonly maxQueries: number;
  readonly init: Body<C, unknown> | undefined;
  readonly setup: Body<C, unknown> | undefined;
  readonly reset: Body<C, unknown> | false | undefined;
}

/** @throws TypeError or ValueError for what is wrong. */
export function checkPoolOptions<C extends Connection>(options: PoolOptions<C>): CheckedPoolOptions<C> {
  const checked = {
    minSize: checkWhole("minSize", options.minSize ?? 0, 0),
    maxSize: checkWhole("maxSize", options.maxSize ?? 10, 1),
    acquireTimeoutMs: checkLimit("acquireTimeoutMs", options.acquireTimeoutMs, 30_000),
    commandTimeoutMs: checkLimit("commandTimeoutMs", options.commandTimeoutMs, null),
    cancelGraceMs: span("cancelGraceMs", options.cancelGraceMs, 5_000),
    maxInactiveConnectionLifetimeMs: span(
      "maxInactiveConnectionLifetimeMs",
      options.maxInactiveConnectionLifetimeMs,
      300_000,
    ),
    maxQueries: options.maxQueries === Infinity ? Infinity : checkWhole("maxQueries", options.maxQueries ?? 50_000, 1),
    init: hook("init", options.init),
    setup: hook("setup", options.setup),
    reset: options.reset === false ? (false as const) : hook("reset", options.reset),
  };
  if (checked.minSize > checked.maxSize) {
    throw new ValueError(`minSize, ${checked.minSize}, must not be greater than maxSize, ${checked.maxSize}`);
  }
  return checked;
}

/** @throws TypeError when it is no whole number; ValueError when it is less than `least`. */
export function checkWhole(name: string, value: unknown, least: number): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new TypeError(`${name} must be a whole number, got ${String(value)}`);
  }
  if (value < least) throw new ValueError(`${name} must be at least ${least}, got ${value}`);
  return value;
}

function span(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== "number") throw new TypeError(`${name} must be a number of milliseconds, got ${String(value)}`);
  if (!(value >= 0)) throw new ValueError(`${name} must not be negative, got ${value}`);
  return value;
}

/** A span; null for none at all. @throws TypeError or ValueError when it is wrong. */
export function checkLimit(name: string, value: unknown, fallback: number | null): number | null {
  if (value === null || (value === undefined && fallback === null)) return null;
  return span(name, value, fallback ?? 0);
}

function hook<C>(name: string, value: Body<C, unknown> | undefined): Body<C, unknown> | undefined {
  if (value === undefined || typeof value === "function") return value;
  throw new TypeError(`${name} must be a function, got ${typeof value}`);
}
