import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { FileExistsError } from "../../core/errors.ts";
import type { Done } from "./fs-call.ts";

/** What a temporary file or folder is called, and where it is. */
export interface TemporaryNameOptions {
  /** How its name begins; by default "tmp". */
  readonly prefix?: string | undefined;
  /** How its name ends. */
  readonly suffix?: string | undefined;
  /** Where it is made; by default in the system's folder for such. */
  readonly dir?: string | undefined;
}

/** As tempfile's. */
const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_";
const LENGTH = 8;
const ATTEMPTS = 100;

/** Makes something under names that nobody can guess, until one is free. */
export function makeUnderFreeName<T>(
  options: TemporaryNameOptions,
  make: (path: string, done: Done<T>) => void,
  done: Done<{ readonly path: string; readonly made: T }>,
): void {
  const fail = done as (error: Error) => void;
  const attempt = (left: number): void => {
    const path = randomPath(options);
    make(path, (error, made) => {
      if (!error) done(null, { path, made });
      else if ((error as NodeJS.ErrnoException).code !== "EEXIST") fail(error);
      else if (left > 1) attempt(left - 1);
      else fail(new FileExistsError("No usable temporary name found", { code: "EEXIST", cause: error }));
    });
  };
  attempt(ATTEMPTS);
}

function randomPath({ prefix = "tmp", suffix = "", dir = tmpdir() }: TemporaryNameOptions): string {
  // Loaded when it is needed: cryptography takes its time.
  const { randomInt } = process.getBuiltinModule("node:crypto");
  const letters = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]);
  return join(resolve(dir), `${prefix}${letters.join("")}${suffix}`);
}
