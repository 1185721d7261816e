import type { Bench, Report } from "./bench.ts";
import { anyFailed, type Contest, chosen, type Laps, roundRobin } from "./contest.ts";
import { launch } from "./launch.ts";
import { reasonAbsent } from "./machine.ts";
import type { Options } from "./options.ts";
import { goalLines, judge } from "./report/goals.ts";
import { type Entry, rowLines } from "./report/row-report.ts";
import type { Contestant, Load, Row, Sample } from "./row.ts";
import { scaleLines } from "./scale.ts";
import { summarize } from "./stats.ts";

export function rowBench(row: Row): Bench {
  return {
    name: row.name,
    measure: (contest) => measureRow(row, contest),
    scaleLines: (options, library) => scaleLines(row, options, library),
  };
}

async function measureRow(row: Row, contest: Contest): Promise<Report> {
  const { options, machine, library } = contest;
  const missing = await row.missing?.();
  const lanes = chosen(row.contestants, options).map((contestant) => ({
    name: contestant.name,
    absent: missing ?? reasonAbsent(contestant.name, machine, row.pythonModule),
    maxRounds: contestant.maxRounds,
    run: () => launch({ row, contestant, load: loadOf(row, contestant, options), nodeFlags: library.nodeFlags }),
  }));
  const laps = await roundRobin(row.name, lanes, contest);
  const othersCores = laps.flatMap(({ runs }) => runs.map((run) => run.othersCores));
  const result = { row, entries: laps.map(entryOf), othersCores };
  const verdicts = judge(result);
  return { sections: [rowLines(result), goalLines(verdicts)], verdicts, failed: anyFailed(result.entries) };
}

function entryOf({ name, runs, absent }: Laps<Sample>): Entry {
  if (absent !== undefined) return { name, absent };
  return { name, figures: summarize(runs) };
}

function loadOf(row: Row, contestant: Contestant, { quick }: Options): Load {
  const n = quick ? Math.ceil(contestant.n / 10) : contestant.n;
  return { n, live: Math.min(row.live, n) };
}
