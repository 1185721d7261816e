// oxlint-disable unicorn/require-post-message-target-origin -- these are threads, not windows
import { parentPort, workerData } from "node:worker_threads";
import { generate } from "../generate/program.ts";
import type { Program } from "../language/ast.ts";
import { Oracle } from "../oracle/oracle.ts";
import type { Job, Report, WorkerSettings } from "./messages.ts";
import { addStatistics, type Statistics } from "./statistics.ts";
import { type Divergence, spellingsOf, Trial } from "./trial.ts";

/** A thread with a CPython of its own: takes jobs, gives reports. */
const settings = workerData as WorkerSettings;
const trial = new Trial(await Oracle.load(), settings.subject);

parentPort?.on("message", (job: Job) => {
  void runJob(job).then((report) => parentPort?.postMessage(report));
});
parentPort?.postMessage("ready");

async function runJob(job: Job): Promise<Report> {
  const programs = job.programs.map((each) => (typeof each === "number" ? generate(each) : each));
  note(programs[0]);
  const traces = trial.expect(programs);
  const divergences: Divergence[] = [];
  const statistics: Statistics = {};
  for (const [i, program] of programs.entries()) {
    note(program);
    const expected = traces[i] ?? [];
    if (settings.withStatistics) addStatistics(statistics, program, expected);
    for (const spelling of spellingsOf(program, settings.spellings)) {
      const divergence = await trial.compare(program, expected, spelling);
      if (divergence === undefined) continue;
      divergences.push(divergences.length < job.shrink ? await trial.shrink(divergence) : divergence);
    }
  }
  return { programs: programs.length, divergences, statistics };
}

function note(program: Program | undefined): void {
  settings.progress[0] = program?.seed ?? 0;
}
