import { type EventLoop, ExceptionGroup, getRunningLoop, sleep } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect } from "vitest";
import { awaiting, type Spelling, type Steps, testBoth } from "./spellings.ts";

/** Notes that something has happened. */
export type Log = (event: string) => void;

/** The time of the loop that runs. */
export function now(): number {
  return getRunningLoop().time();
}

/** Notes the messages of all that the loop reports to its exception handler. */
export function noteReports(log: Log, loop: EventLoop = getRunningLoop()): void {
  loop.setExceptionHandler((_loop, { message }) => log(`report: ${message}`));
}

/** Runs a program in virtual time; gives what it noted, in order, and what its loop reported meanwhile. */
export async function eventsOf(program: (log: Log) => Promise<unknown>): Promise<string[]> {
  const events: string[] = [];
  const log: Log = (event) => events.push(event);
  await runVirtual(async () => {
    noteReports(log);
    await program(log);
  });
  return events;
}

/** How long {@link testEvents} goes on after the end of a program, for what that left behind. */
const AFTERMATH = 1000;

/**
 * Two tests: in each spelling the program has to note these very events. Reports of the loop count, and so does what
 * happens in the second after the program's end.
 */
export function testEvents(
  title: string,
  program: (log: Log, spelling: Spelling) => Steps<unknown>,
  expected: readonly unknown[],
): void {
  testBoth(title, function* (spelling) {
    const events: string[] = [];
    const log: Log = (event) => events.push(event);
    noteReports(log);
    yield* program(log, spelling);
    yield* awaiting(sleep(AFTERMATH));
    expect(events).toEqual(expected);
  });
}

/** Runs some steps and tells how they ended, and when: `15 [result]`, `15 TimeoutError(message)`. */
export function* outcomeOf(steps: Steps<unknown>): Steps<string> {
  try {
    const result = yield* steps;
    return `${now()} [${String(result)}]`;
  } catch (error) {
    return `${now()} ${describeError(error)}`;
  }
}

/** The name and the message of an error, and those of a group's errors in brackets, for a list of events. */
export function describeError(error: unknown): string {
  if (error instanceof ExceptionGroup) {
    return `${error.name}(${error.message})[${error.exceptions.map(describeError).join(", ")}]`;
  }
  return error instanceof Error ? `${error.name}(${error.message})` : String(error);
}
