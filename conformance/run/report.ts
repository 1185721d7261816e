import type { Entry, Trace } from "../compare/trace.ts";
import { print } from "../language/print.ts";
import type { Divergence } from "./trial.ts";

const BEFORE = 6;
const AFTER = 3;

/** A divergence for people: the program, then both traces around the place where they part. */
export function formatDivergence({ program, spelling, expected, actual, at }: Divergence): string {
  const from = Math.max(0, at - BEFORE);
  return [
    `${program.name ?? `seed ${program.seed}`}, ${spelling} spelling`,
    print(program),
    from > 0 ? `… ${from} entries` : "",
    ...expected.slice(from, at).map((entry) => `          ${formatEntry(entry)}`),
    ...formatSide("CPython ", expected, at),
    ...formatSide("here    ", actual, at),
  ]
    .filter((line) => line !== "")
    .join("\n");
}

function formatSide(side: string, trace: Trace, at: number): string[] {
  const entries = trace.slice(at, at + AFTER).map((entry) => `${side}  ${formatEntry(entry)}`);
  return entries.length > 0 ? entries : [`${side}  (nothing)`];
}

function formatEntry([time, task, statement, event, ...details]: Entry): string {
  const where = `${String(time ?? "").padStart(4)} ${task.padEnd(10)} ${String(statement).padStart(3)}`;
  return `${where}  ${event} ${details.map((detail) => JSON.stringify(detail)).join(" ")}`;
}
