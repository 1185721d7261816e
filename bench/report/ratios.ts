import type { Verdict } from "./goals.ts";
import { tableLines, threeDigits } from "./table.ts";

/** A promise that our cost is at most so many times the peer's. */
export interface RatioGoal {
  readonly ours: string;
  readonly peer: string;
  readonly limit: number;
}

/** What is measured, of which row, and each contestant's figure if it has one. */
export interface Measured {
  readonly row: string;
  readonly what: string;
  readonly valueOf: (contestant: string) => number | undefined;
}

/** Contestants that did not run are left out. */
export function judgeRatios(goals: readonly RatioGoal[], { row, what, valueOf }: Measured): Verdict[] {
  return goals.flatMap(({ ours, peer, limit }) => {
    const measured = (valueOf(ours) ?? Number.NaN) / (valueOf(peer) ?? Number.NaN);
    if (Number.isNaN(measured)) return [];
    return [{ row, what, ours, peer, promised: limit, measured, holds: measured <= limit }];
  });
}

export function ratioLines(verdicts: readonly Verdict[]): string[] {
  const [first] = verdicts;
  if (first === undefined) return [];
  const body = verdicts.map(({ ours, peer, measured, promised, holds }) => [
    `${ours} over ${peer}`,
    threeDigits(measured),
    threeDigits(promised),
    holds ? "holds" : "MISSED",
  ]);
  return [`Ratios of ${first.what}:`, "", ...tableLines(["ratio", "measured", "promised", ""], body)];
}
