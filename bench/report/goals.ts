import { type Goal, OURS_GENERATOR, OURS_NATIVE } from "../row.ts";
import type { Figures } from "../stats.ts";
import { figuresOf, type RowResult } from "./row-report.ts";
import { tableLines, threeDigits } from "./table.ts";

const SPELLINGS = [OURS_GENERATOR, OURS_NATIVE];

/** One promise held against one run: ours over the peer's, as it was promised and as it came out. */
export interface Verdict {
  readonly row: string;
  readonly what: string;
  readonly ours: string;
  readonly peer: string;
  readonly promised: number;
  readonly measured: number;
  readonly holds: boolean;
}

/** Peers that did not run are left out. */
export function judge(result: RowResult): Verdict[] {
  return result.row.goals.flatMap((goal) =>
    Object.keys(goal.peers).flatMap((peer) => SPELLINGS.flatMap((ours) => judgeOne(result, goal, ours, peer))),
  );
}

export function goalLines(verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return [];
  const keyOf = ({ what, peer }: Verdict) => `${peer}, ${what}`;
  const body = [...new Set(verdicts.map(keyOf))].map((key) => {
    const pair = verdicts.filter((verdict) => keyOf(verdict) === key);
    return [key, ...SPELLINGS.map((ours) => verdictText(pair.find((verdict) => verdict.ours === ours)))];
  });
  return ["Ours over the peer's, measured and promised:", "", ...tableLines(["peer", "generator", "native"], body)];
}

/** The runtimes apart from the bare JavaScript, which has neither cancellation nor errors to care for: it is the floor. */
export function summaryLines(verdicts: readonly Verdict[]): string[] {
  const bare = ({ peer }: Verdict) => peer.startsWith("bare");
  return [
    ...countLines(
      "other runtimes",
      verdicts.filter((verdict) => !bare(verdict)),
    ),
    ...countLines("bare JavaScript", verdicts.filter(bare)),
  ];
}

function countLines(against: string, verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return [];
  const missed = verdicts.filter(({ holds }) => !holds);
  return [
    `Of the ratios promised to ${against}, ${verdicts.length - missed.length} of ${verdicts.length} hold.`,
    ...missed.map(({ row, what, ours, peer, promised, measured }) => {
      const ratios = `${threeDigits(measured)}, promised ${threeDigits(promised)}`;
      return `- missed: ${row}, ${ours} over ${peer}, ${what}: ${ratios}`;
    }),
  ];
}

function judgeOne(result: RowResult, goal: Goal, ours: string, peer: string): Verdict[] {
  const ourFigures = figuresOf(result, ours);
  const peerFigures = figuresOf(result, peer);
  const peerThen = goal.peers[peer];
  if (ourFigures === undefined || peerFigures === undefined || peerThen === undefined) return [];
  const promised = (ours === OURS_GENERATOR ? goal.generator : goal.native) / peerThen;
  const measured = valueOf(ourFigures, goal) / valueOf(peerFigures, goal);
  return [{ row: result.row.name, what: goal.what, ours, peer, promised, measured, holds: measured <= promised }];
}

function valueOf(figures: Figures, goal: Goal): number {
  return goal.what === "ns per operation" ? figures.nsPerOp : figures.bytesPerOp;
}

function verdictText(verdict: Verdict | undefined): string {
  if (verdict === undefined) return "";
  const { measured, promised, holds } = verdict;
  return `${threeDigits(measured)} (${threeDigits(promised)}) ${holds ? "holds" : "MISSED"}`;
}
