import { type CoroutineGenerator, coroutine, type EventLoop, getRunningLoop } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";

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

/** {@link eventsOf} a generator. */
export async function eventsOfGenerator(program: (log: Log) => CoroutineGenerator<unknown>): Promise<string[]> {
  const events: string[] = [];
  const log: Log = (event) => events.push(event);
  const main = coroutine(function* () {
    noteReports(log);
    yield* program(log);
  });
  await runVirtual(main());
  return events;
}

/** The same program in both spellings, and what either has to note. */
export interface TwoSpellings {
  native(log: Log): Promise<unknown>;
  generator(log: Log): CoroutineGenerator<unknown>;
  readonly events: readonly string[];
}

/** A test of each spelling of a program. */
export function bothSpellings(title: string, program: TwoSpellings): void {
  test(`${title} (async function)`, async () => {
    expect(await eventsOf((log) => program.native(log))).toEqual(program.events);
  });
  test(`${title} (generator)`, async () => {
    expect(await eventsOfGenerator((log) => program.generator(log))).toEqual(program.events);
  });
}

/** The name and the message of an error, for a list of events. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}(${error.message})` : String(error);
}
