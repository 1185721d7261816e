/**
 * Runs random programs on CPython and on this library, and compares what they do, step by step.
 *
 *     npm run conformance -- [--programs 1000] [--seed S] [--spelling native|generator|mixed|both|all] [--jobs 2]
 *                            [--replay SEED] [--debug] [--stats] [--save]
 */
import { parseArgs } from "node:util";
import { generate } from "./generate/program.ts";
import { print } from "./language/print.ts";
import { runConformance } from "./run/conformance.ts";
import { addToCorpus, readCorpus } from "./run/corpus.ts";
import type { Casualty } from "./run/pool.ts";
import { formatDivergence } from "./run/report.ts";
import { formatStatistics } from "./run/statistics.ts";
import type { Divergence } from "./run/trial.ts";
import type { SpellingName } from "./subject/run.ts";

const SPELLINGS: Readonly<Record<string, readonly SpellingName[]>> = {
  native: ["native"],
  generator: ["generator"],
  mixed: ["mixed"],
  both: ["native", "generator"],
  all: ["native", "generator", "mixed"],
};
/** Beyond that, divergences are only counted. */
const PRINTED = 20;

const { values } = parseArgs({
  options: {
    programs: { type: "string", default: "1000" },
    seed: { type: "string" },
    spelling: { type: "string", default: "both" },
    jobs: { type: "string", default: "2" },
    replay: { type: "string" },
    debug: { type: "boolean", default: false },
    stats: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const spellings = SPELLINGS[values.spelling];
  if (spellings === undefined) throw new Error(`--spelling is one of ${Object.keys(SPELLINGS).join(", ")}`);
  const replay = values.replay === undefined ? undefined : wholeNumber("replay", values.replay);
  if (replay !== undefined) console.log(print(generate(replay)));
  const seed =
    replay ?? (values.seed === undefined ? Math.floor(Math.random() * 1e9) : wholeNumber("seed", values.seed));
  const programs = replay === undefined ? wholeNumber("programs", values.programs) : 1;
  if (replay === undefined) console.log(`seed ${seed}`);

  const started = performance.now();
  const found: Divergence[] = [];
  const result = await runConformance({
    programs,
    seed,
    spellings,
    jobs: replay === undefined ? wholeNumber("jobs", values.jobs) : 1,
    corpus: replay === undefined ? await readCorpus() : [],
    withStatistics: values.stats,
    debug: values.debug,
    onDivergence: (divergence) => {
      found.push(divergence);
      if (found.length <= PRINTED) console.log(`\n${formatDivergence(divergence)}`);
    },
    onCasualty: reportCasualty,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (values.stats) console.log(`\n${formatStatistics(result.statistics)}\n`);
  if (values.save)
    for (const divergence of found.slice(0, PRINTED)) console.log(`saved ${await addToCorpus(divergence)}`);
  console.log(
    `${result.programs} programs, ${spellings.length} spellings, ${result.divergences} divergences, ${seconds} s`,
  );
  return result.divergences === 0 ? 0 : 1;
}

function reportCasualty({ seed, reason }: Casualty): void {
  console.log(`\nseed ${seed}: the worker was lost: ${reason}`);
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new Error(`--${option} wants a whole number, got ${text}`);
  return number;
}
