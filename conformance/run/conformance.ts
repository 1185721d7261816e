import type { Program } from "../language/ast.ts";
import type { SpellingName } from "../subject/run.ts";
import type { Job, Report } from "./messages.ts";
import { type Casualty, runPool } from "./pool.ts";
import { mergeStatistics, type Statistics } from "./statistics.ts";
import type { Divergence } from "./trial.ts";

export interface ConformanceOptions {
  /** How many programs to make, and the seed of the first; the next has the next seed. */
  readonly programs: number;
  readonly seed: number;
  readonly spellings: readonly SpellingName[];
  /** Threads. */
  readonly jobs: number;
  /** These run before the others. */
  readonly corpus: readonly Program[];
  readonly withStatistics: boolean;
  /** Runs the library in debug mode. */
  readonly debug: boolean;
  readonly onDivergence?: (divergence: Divergence) => void;
  readonly onCasualty?: (casualty: Casualty) => void;
}

export interface ConformanceResult {
  readonly programs: number;
  readonly divergences: number;
  readonly statistics: Statistics;
}

/** Small enough that the threads end at about the same time, large enough that messages cost nothing. */
const BATCH = 20;
/** Each takes seconds to shrink, and a mistake in the library rarely shows only once. */
const SHRUNK = 5;
/** When so many threads were lost, something is wrong everywhere. */
const CASUALTIES = 5;

export async function runConformance(options: ConformanceOptions): Promise<ConformanceResult> {
  const result = { programs: 0, divergences: 0, statistics: {} as Statistics };
  const batches = batchesOf(options);
  let casualties = 0;
  const { spellings, withStatistics, debug } = options;
  await runPool(
    options.jobs,
    { spellings, withStatistics, subject: { debug } },
    {
      nextJob: (): Job | undefined => {
        const next = batches.next();
        return next.done || casualties === CASUALTIES
          ? undefined
          : { programs: next.value, shrink: Math.max(0, SHRUNK - result.divergences) };
      },
      onReport: (report: Report) => {
        result.programs += report.programs;
        result.divergences += report.divergences.length;
        mergeStatistics(result.statistics, report.statistics);
        for (const divergence of report.divergences) options.onDivergence?.(divergence);
      },
      onCasualty: (casualty) => {
        result.divergences++;
        casualties++;
        options.onCasualty?.(casualty);
      },
    },
  );
  return result;
}

function* batchesOf({ corpus, programs, seed }: ConformanceOptions): Generator<(number | Program)[], undefined> {
  if (corpus.length > 0) yield [...corpus];
  for (let done = 0; done < programs; done += BATCH) {
    yield Array.from({ length: Math.min(BATCH, programs - done) }, (_, i) => seed + done + i);
  }
}
