import type { Run } from "./launch.ts";
import type { Library } from "./library.ts";
import type { Machine } from "./machine.ts";
import type { Options } from "./options.ts";

export interface Contest {
  readonly options: Options;
  readonly machine: Machine;
  readonly library: Library;
  /** Called with what is about to run, and with each run that ended well. */
  readonly onStart: (line: string) => void;
  readonly onRun: (run: Run<object>) => void;
}

/** What is run once in every round. */
export interface Lane<S> {
  readonly name: string;
  /** Why it can't run here. */
  readonly absent: string | undefined;
  readonly maxRounds?: number | undefined;
  readonly run: () => Promise<Run<S>>;
}

/** What came of a lane. */
export interface Laps<S> {
  readonly name: string;
  readonly runs: readonly Run<S>[];
  /** Why its runs don't count: it can't run here, or it failed. */
  readonly absent: string | undefined;
}

/** All lanes in turn, round after round: what drifts with time then drifts for all of them. The first failure takes a lane out. */
export async function roundRobin<S extends object>(
  title: string,
  lanes: readonly Lane<S>[],
  contest: Contest,
): Promise<Laps<S>[]> {
  const { options, onStart, onRun } = contest;
  const laps = lanes.map((lane) => ({ lane, runs: new Array<Run<S>>(), absent: lane.absent }));
  for (let round = 1; round <= options.rounds; round++) {
    for (const lap of laps) {
      const { name, maxRounds = round, run } = lap.lane;
      if (round > maxRounds || lap.absent !== undefined) continue;
      onStart(`${title}: round ${round} of ${options.rounds}, ${name}`);
      try {
        const done = await run();
        lap.runs.push(done);
        onRun(done);
      } catch (error) {
        lap.absent = `${FAILED}: ${reasonOf(error)}`;
      }
    }
  }
  return laps.map(({ lane, runs, absent }) => ({ name: lane.name, runs, absent }));
}

const FAILED = "failed";

/** Whether something failed that should have run here. */
export function anyFailed(entries: readonly { readonly absent?: string | undefined }[]): boolean {
  return entries.some(({ absent }) => absent?.startsWith(FAILED));
}

/** Those that `--only` names. */
export function chosen<C extends { readonly name: string }>(contestants: readonly C[], { only }: Options): C[] {
  return contestants.filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)));
}

/** The line of a child's standard error that names the error, not the source line above it. */
export function reasonOf(error: unknown): string {
  const lines = String(error instanceof Error ? error.message : error).split("\n");
  return lines.find((line) => /^\s*\w*(Error|Exit)\b/.test(line))?.trim() ?? lines[0] ?? "no reason given";
}
