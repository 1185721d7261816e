import { type EventLoop, getRunningLoop } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";

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

/** The name and the message of an error, for a list of events. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}(${error.message})` : String(error);
}
