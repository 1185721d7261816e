import { launch, type Run } from "./launch.ts";
import type { Library } from "./library.ts";
import { type Machine, reasonAbsent } from "./machine.ts";
import type { Options } from "./options.ts";
import type { Entry, RowResult } from "./report/row-report.ts";
import type { Contestant, Load, Row } from "./row.ts";
import { summarize } from "./stats.ts";

export interface Contest {
  readonly options: Options;
  readonly machine: Machine;
  readonly library: Library;
  /** Called with what is about to run, and with each run that ended well. */
  readonly onStart: (line: string) => void;
  readonly onRun: (run: Run) => void;
}

/** All contestants of a row, round robin: what drifts with time then drifts for all of them. */
export async function runRow(row: Row, contest: Contest): Promise<RowResult> {
  const lanes = chosen(row, contest.options).map((contestant) => new Lane(contestant, contest.machine));
  for (let round = 1; round <= contest.options.rounds; round++) {
    for (const lane of lanes) {
      if (round > (lane.contestant.maxRounds ?? round) || lane.absent !== undefined) continue;
      contest.onStart(`${row.name}: round ${round} of ${contest.options.rounds}, ${lane.contestant.name}`);
      await lane.run(row, contest);
    }
  }
  return {
    row,
    entries: lanes.map((lane) => lane.entry()),
    othersCores: lanes.flatMap(({ runs }) => runs.map(({ othersCores }) => othersCores)),
  };
}

export function chosen(row: Row, { only }: Options): Contestant[] {
  return row.contestants.filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)));
}

/** One contestant through the rounds; the first failure takes it out. */
class Lane {
  readonly contestant: Contestant;
  readonly runs: Run[] = [];
  absent: string | undefined;

  constructor(contestant: Contestant, machine: Machine) {
    this.contestant = contestant;
    this.absent = reasonAbsent(contestant.name, machine);
  }

  async run(row: Row, { options, library, onRun }: Contest): Promise<void> {
    const { contestant } = this;
    const order = { row, contestant, load: loadOf(row, contestant, options), nodeFlags: library.nodeFlags };
    try {
      const run = await launch(order);
      this.runs.push(run);
      onRun(run);
    } catch (error) {
      this.absent = `failed: ${reasonOf(error)}`;
    }
  }

  entry(): Entry {
    const { name } = this.contestant;
    if (this.absent !== undefined) return { name, absent: this.absent };
    return { name, figures: summarize(this.runs) };
  }
}

function loadOf(row: Row, contestant: Contestant, { quick }: Options): Load {
  const n = quick ? Math.ceil(contestant.n / 10) : contestant.n;
  return { n, live: Math.min(row.live, n) };
}

/** The line of a child's standard error that names the error, not the source line above it. */
export function reasonOf(error: unknown): string {
  const lines = String(error instanceof Error ? error.message : error).split("\n");
  return lines.find((line) => /^\s*\w*(Error|Exit)\b/.test(line))?.trim() ?? lines[0] ?? "no reason given";
}
