import { constants } from "node:os";
import { ValueError } from "../../core/errors.ts";
import { checkSignal } from "../signals.ts";

const numbers: Readonly<Record<string, number>> = constants.signals;

/** Up to here there are signals; those for real time have no names on Node. */
const LAST = 64;

/** The number of a signal that was given by name or number. @throws TypeError, ValueError */
export function signalNumber(signal: string | number): number {
  if (typeof signal === "number") {
    if (Number.isInteger(signal) && signal >= 0 && signal <= LAST) return signal;
    throw new ValueError(`there is no signal ${signal}`);
  }
  checkSignal(signal);
  return constants.signals[signal];
}

/** asyncio's returncode: the exit code, or the negative number of the signal that ended the process. */
export function returncodeOf(code: number | null, signal: string | null): number {
  return code ?? -(numbers[signal ?? ""] ?? 1);
}
