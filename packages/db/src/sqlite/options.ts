import { ValueError } from "asyncio-ts";
import type { Settings } from "./messages.ts";

/** When a transaction takes the lock for writing: at its beginning, or when it first writes. */
export type TransactionMode = "deferred" | "immediate" | "exclusive";

/** How a database is opened. */
export interface SqliteOptions {
  /** How long a statement waits for a lock that another connection has, before it fails; by default 5,000 milliseconds. */
  readonly busyTimeoutMs?: number | undefined;
  /** The journal mode; by default "wal", in which readers and the writer do not wait for each other. */
  readonly journalMode?: "wal" | "delete" | "truncate" | "persist" | "memory" | "off" | undefined;
  /**
   * When SQLite waits for the disk. What is committed survives a process that is killed with each of them but "off"; a
   * machine that loses power only with "full", the default, and "extra". With "normal", in WAL mode, the last transactions
   * may be gone then, but nothing is broken.
   */
  readonly synchronous?: "off" | "normal" | "full" | "extra" | undefined;
  /** Whether foreign keys are checked; by default true. */
  readonly foreignKeys?: boolean | undefined;
  /** Opens the file for reading only; it has to exist. */
  readonly readOnly?: boolean | undefined;
  /**
   * How `transaction()` begins; by default "immediate". A deferred transaction that first reads and then writes fails if
   * another connection has written in between. Those that are `readOnly` are always deferred.
   */
  readonly transactionMode?: TransactionMode | undefined;
  /** More PRAGMAs for each connection: `{ cache_size: -64_000 }`. */
  readonly pragmas?: Readonly<Record<string, string | number | boolean>> | undefined;
  /**
   * A module whose exports become SQL functions under their names, `new URL("./sql-functions.ts", import.meta.url)`:
   * functions, and objects with `start`, `step` and `result` as aggregates. It is loaded where SQLite runs.
   */
  readonly functions?: URL | string | undefined;
  /** How many compiled statements a connection keeps; by default 100. */
  readonly statementCacheSize?: number | undefined;
  /**
   * Where SQLite runs. In a "thread", the default, the way is short; but a statement that computes on and on without coming
   * to a row, as an unlucky join, can't be stopped: node:sqlite has no interrupt, and nothing ends a thread that is inside
   * of native code. In a "process" any statement is stopped, by ending the process; a short statement takes about twice as
   * long there, and each connection 22 MB of memory instead of 11.
   */
  readonly isolation?: "thread" | "process" | undefined;
}

/** {@link SqliteOptions}, checked. */
export interface CheckedOptions {
  readonly settings: Settings;
  readonly mode: TransactionMode;
  readonly isolation: "thread" | "process";
}

const MEMORY = ":memory:";

export function isMemory({ path }: Settings): boolean {
  return path === MEMORY;
}

/** @throws TypeError and ValueError */
export function checkOptions(url: string, options: SqliteOptions): CheckedOptions {
  const path = pathOf(url);
  const readOnly = flag("readOnly", options.readOnly, false);
  const journal = choice("journalMode", options.journalMode, ["wal", "delete", "truncate", "persist", "memory", "off"]);
  const synchronous = choice("synchronous", options.synchronous, ["full", "off", "normal", "extra"]);
  const own =
    path === MEMORY || readOnly ? [] : [`PRAGMA journal_mode = ${journal}`, `PRAGMA synchronous = ${synchronous}`];
  return {
    settings: {
      path,
      readOnly,
      busyTimeoutMs: count("busyTimeoutMs", options.busyTimeoutMs, 5_000),
      foreignKeys: flag("foreignKeys", options.foreignKeys, true),
      statementCacheSize: count("statementCacheSize", options.statementCacheSize, 100),
      pragmas: [...own, ...pragmasOf(options.pragmas)],
      functions: options.functions === undefined ? null : moduleOf(options.functions),
    },
    mode: choice("transactionMode", options.transactionMode, ["immediate", "deferred", "exclusive"]),
    isolation: choice("isolation", options.isolation, ["thread", "process"]),
  };
}

/** The file that a URL names: `sqlite:relative.db`, `sqlite:///absolute.db`, `sqlite::memory:`. */
function pathOf(url: string): string {
  if (typeof url !== "string") throw new TypeError(`a database is named by a URL, got ${typeof url}`);
  const [, rest] = /^sqlite:(.*)$/s.exec(url) ?? [];
  if (rest === undefined) throw new ValueError(`the URL of an SQLite database begins with sqlite:, got ${url}`);
  if (/^\/\/[^/]/.test(rest)) {
    throw new ValueError(`${url} names a host: a relative path is written sqlite:path, an absolute one sqlite:///path`);
  }
  if (/[?#]/.test(rest)) {
    throw new ValueError(
      `${url}: options belong into the second argument; a ? in a file's name is written %3F, a # %23`,
    );
  }
  // On Windows, /C:/file.
  const path = decode(url, rest.replace(/^\/\//, "").replace(/^\/(?=[A-Za-z]:[\\/])/, ""));
  if (path === "" || path === "/")
    throw new ValueError(`${url} names no file: for a database in memory write sqlite::memory:`);
  return path;
}

function decode(url: string, path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new ValueError(`${url}: a % in a file's name is written %25`, { cause });
  }
}

function pragmasOf(pragmas: SqliteOptions["pragmas"] = {}): string[] {
  return Object.entries(pragmas).map(([name, value]) => {
    if (!/^\w+$/.test(name)) throw new ValueError(`pragmas: ${JSON.stringify(name)} is no name of a PRAGMA`);
    if (typeof value === "string") return `PRAGMA ${name} = '${value.replaceAll("'", "''")}'`;
    if (typeof value === "boolean") return `PRAGMA ${name} = ${value ? 1 : 0}`;
    if (typeof value === "number" && Number.isFinite(value)) return `PRAGMA ${name} = ${value}`;
    throw new TypeError(`pragmas: ${name} must be a string, a number or a boolean, got ${String(value)}`);
  });
}

function moduleOf(url: URL | string): string {
  if (url instanceof URL || (typeof url === "string" && URL.canParse(url))) return String(url);
  throw new TypeError(
    `functions must be the URL of a module, as new URL("./sql-functions.ts", import.meta.url), got ${String(url)}`,
  );
}

function count(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== "number") throw new TypeError(`${name} must be a number, got ${String(value)}`);
  if (!(value >= 0)) throw new ValueError(`${name} must not be negative, got ${value}`);
  return value;
}

function flag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== "boolean") throw new TypeError(`${name} must be a boolean, got ${String(value)}`);
  return value;
}

/** One of some words, of which the first is the default. */
function choice<W extends string>(name: string, value: W | undefined, words: readonly [W, ...W[]]): W {
  if (value === undefined) return words[0];
  if (words.includes(value)) return value;
  throw new ValueError(
    `${name} must be one of ${words.map((word) => `"${word}"`).join(", ")}, got ${JSON.stringify(value)}`,
  );
}
