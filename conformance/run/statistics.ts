import type { Entry, Trace } from "../compare/trace.ts";
import { isError } from "../compare/trace.ts";
import type { Program, Statement } from "../language/ast.ts";
import { objects } from "../language/walk.ts";

export interface Outcomes {
  /** Ran to its end. */
  ok: number;
  /** Raised an ordinary error. */
  error: number;
  /** Was cancelled. */
  cancelled: number;
  /** Referred to something that did not exist. */
  missing: number;
  /** Began and was never heard of again: a deadlock, or the end of the loop. */
  unfinished: number;
}

/** By kind of statement; `await` by what is awaited, and the ends of the programs as `program: result` and so on. */
export type Statistics = Record<string, Outcomes>;

/** Adds up what became of each statement, on CPython. */
export function addStatistics(sum: Statistics, program: Program, trace: Trace): void {
  const labels = labelsById(program);
  for (const entry of trace) {
    const [, , id, event] = entry;
    if (id === 0) outcomes(sum, `program: ${event}`).ok++;
    else if (id < 0) outcomes(sum, event === "handler" ? "exception handler" : `transport: ${event}`).ok++;
    else count(outcomes(sum, labelOf(labels.get(id), event)), entry);
  }
}

export function mergeStatistics(sum: Statistics, more: Statistics): void {
  for (const [label, from] of Object.entries(more)) {
    const to = outcomes(sum, label);
    for (const key of Object.keys(from) as (keyof Outcomes)[]) to[key] += from[key];
  }
}

export function formatStatistics(statistics: Statistics): string {
  const head = ["on CPython", "ok", "error", "cancelled", "missing", "unfinished"];
  const rows = Object.entries(statistics)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, o]) => [label, o.ok, o.error, o.cancelled, o.missing, o.unfinished].map(String));
  const line = ([label = "", ...numbers]: readonly string[]) =>
    label.padEnd(28) + numbers.map((number) => number.padStart(11)).join("");
  return [head, ...rows].map(line).join("\n");
}

function labelsById(program: Program): Map<number, string> {
  const labels = new Map<number, string>();
  for (const node of objects(program.main)) {
    if (typeof node["id"] === "number") labels.set(node["id"], labelOfStatement(node as unknown as Statement));
  }
  return labels;
}

function labelOfStatement(statement: Statement): string {
  if (statement.kind === "await") return `await ${statement.of.kind}`;
  if (statement.kind === "asCompleted") return `asCompleted ${statement.form}`;
  if (statement.kind === "call") return `call ${statement.when}`;
  return statement.kind ?? "asyncGenerator";
}

/** Some statements log more than their own course; those entries are counted apart. */
const OWN: ReadonlySet<string> = new Set(["begin", "end", "did", "error", "missing", "return"]);

function labelOf(kind: string | undefined, event: string): string {
  const known = kind ?? "unknown";
  return OWN.has(event) ? known : `${known}: ${event}`;
}

function count(outcome: Outcomes, [, , , event, detail]: Entry): void {
  switch (event) {
    case "begin":
      outcome.unfinished++;
      return;
    case "missing":
      outcome.missing++;
      return;
    case "error":
      // Statements that never wait have no "begin".
      if (outcome.unfinished > 0) outcome.unfinished--;
      if (isError(detail) && detail.error === "CancelledError") outcome.cancelled++;
      else outcome.error++;
      return;
    case "end":
      outcome.unfinished--;
      outcome.ok++;
      return;
    default:
      outcome.ok++;
  }
}

function outcomes(statistics: Statistics, label: string): Outcomes {
  statistics[label] ??= { ok: 0, error: 0, cancelled: 0, missing: 0, unfinished: 0 };
  return statistics[label];
}
