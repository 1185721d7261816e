import { constants } from "node:fs";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";

type Access = "r" | "w" | "a" | "x";

/** A mode of Python's `open()` for text. The letters may stand in any order; these are the usual ones. */
export type TextMode = `${Access}${"" | "+" | "t" | "t+" | "+t"}`;

/** A mode of Python's `open()` for bytes. */
export type BinaryMode = `${Access}${"b" | "b+" | "+b"}`;

/** What a mode says. */
export interface ParsedMode {
  readonly text: string;
  readonly binary: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly append: boolean;
  /** For `open(2)`. */
  readonly flags: number;
}

const CREATE: Readonly<Record<Access, number>> = {
  r: 0,
  w: constants.O_CREAT | constants.O_TRUNC,
  a: constants.O_CREAT | constants.O_APPEND,
  x: constants.O_CREAT | constants.O_EXCL,
};

/** @throws TypeError, ValueError with CPython's text. */
export function parseMode(mode: unknown): ParsedMode {
  if (typeof mode !== "string") throw new TypeError(`the mode must be a string, got ${describeValue(mode)}`);
  const letters = new Set(mode);
  if (letters.size !== mode.length || !/^[rwaxbt+]*$/.test(mode)) throw new ValueError(`invalid mode: '${mode}'`);
  if (letters.has("b") && letters.has("t")) throw new ValueError("can't have text and binary mode at once");
  const [access, ...more] = mode.replace(/[bt+]/g, "") as Iterable<Access>;
  if (access === undefined) {
    throw new ValueError("Must have exactly one of create/read/write/append mode and at most one plus");
  }
  if (more.length > 0) throw new ValueError("must have exactly one of create/read/write/append mode");
  return describeMode(mode, access, letters.has("+"));
}

function describeMode(text: string, access: Access, both: boolean): ParsedMode {
  const single = access === "r" ? constants.O_RDONLY : constants.O_WRONLY;
  return {
    text,
    binary: text.includes("b"),
    readable: both || access === "r",
    writable: both || access !== "r",
    append: access === "a",
    flags: (both ? constants.O_RDWR : single) | CREATE[access],
  };
}
