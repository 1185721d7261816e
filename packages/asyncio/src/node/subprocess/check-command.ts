import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { DEVNULL, PIPE, STDOUT, type SubprocessOptions } from "../../core/io-options.ts";
import type { Command } from "../../core/platform.ts";

/** Refuses, at the call, what can't be started. @throws TypeError, ValueError */
export function checkCommand(method: string, command: Command, options: SubprocessOptions): void {
  if ("shell" in command) {
    // A ValueError in CPython, too.
    checkText(method, "cmd", command.shell, ValueError);
  } else {
    checkText(method, "program", command.program);
    checkArgs(method, command.args);
  }
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${method}(): the options must be an object, got ${describeValue(options)}`);
  }
  for (const name of ["stdin", "stdout", "stderr"] as const) checkStdio(method, name, options[name]);
  if (options.cwd !== undefined) checkText(method, "cwd", options.cwd);
}

function checkArgs(method: string, args: unknown): void {
  if (!Array.isArray(args)) {
    throw new TypeError(`${method}(): args must be a list of strings, got ${describeValue(args)}`);
  }
  for (const [i, arg] of args.entries()) checkText(method, `args[${i}]`, arg);
}

function checkText(
  method: string,
  name: string,
  value: unknown,
  wrongType: new (message: string) => Error = TypeError,
): void {
  if (typeof value !== "string") {
    throw new wrongType(`${method}(): ${name} must be a string, got ${describeValue(value)}`);
  }
  // To the system it is the end of the string.
  if (value.includes("\0")) throw new ValueError(`${method}(): ${name} must not contain a null character`);
}

function checkStdio(method: string, name: "stdin" | "stdout" | "stderr", value: unknown): void {
  if (value === undefined || value === null || value === PIPE || value === DEVNULL) return;
  if (value === STDOUT && name === "stderr") return;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return;
  const accepted = name === "stderr" ? "PIPE, STDOUT, DEVNULL" : "PIPE, DEVNULL";
  const given = typeof value === "symbol" ? String(value.description) : describeValue(value);
  throw new ValueError(`${method}(): ${name} must be ${accepted}, null or a file descriptor, got ${given}`);
}
