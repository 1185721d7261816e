import { constants } from "node:os";
import { describeValue } from "../core/describe.ts";
import { RuntimeError, ValueError } from "../core/errors.ts";

/** The system delivers them to nobody. */
const UNCATCHABLE: ReadonlySet<string> = new Set(["SIGKILL", "SIGSTOP"]);

/** The longest that a timer can take, in milliseconds: 24 days. */
const LONGEST = 2 ** 31 - 1;

/** Listening for a signal does not keep a process alive on Node. One timer does, for all that are listened for. */
let alive: NodeJS.Timeout | undefined;
let listening = 0;

/** @throws TypeError for what is no name of a signal, ValueError for one that the system does not have. */
export function checkSignal(signal: string): asserts signal is NodeJS.Signals {
  if (typeof signal !== "string") {
    throw new TypeError(`a signal is given by its name, "SIGTERM" for example, got ${describeValue(signal)}`);
  }
  if (Object.hasOwn(constants.signals, signal)) return;
  const known = Object.keys(constants.signals).join(", ");
  throw new ValueError(`invalid signal ${JSON.stringify(signal)}: this system has ${known}`);
}

/**
 * Calls `fn` whenever the process gets the signal, in place of what the signal does by default, and keeps the process
 * alive. The function that it returns takes both back.
 *
 * @throws TypeError and ValueError as {@link checkSignal}; RuntimeError for a signal that can't be caught.
 */
export function onSignal(signal: string, fn: () => void): () => void {
  checkSignal(signal);
  if (UNCATCHABLE.has(signal)) throw new RuntimeError(`sig ${signal} cannot be caught`);
  // Another function each time, as the same one may be given twice.
  const listener = (): void => fn();
  process.on(signal, listener);
  keepAlive();
  return () => {
    process.off(signal, listener);
    letGo();
  };
}

function keepAlive(): void {
  listening++;
  alive ??= setInterval(() => {}, LONGEST);
}

function letGo(): void {
  listening--;
  if (listening > 0) return;
  clearInterval(alive);
  alive = undefined;
}
