import type { Program } from "../language/ast.ts";
import type { SpellingName, SubjectOptions } from "../subject/run.ts";
import type { Statistics } from "./statistics.ts";
import type { Divergence } from "./trial.ts";

/** What a worker is started with. */
export interface WorkerSettings {
  readonly spellings: readonly SpellingName[];
  readonly subject: SubjectOptions;
  readonly withStatistics: boolean;
  /** The seed of the program that runs just now: all that is left to tell when a worker hangs or crashes. */
  readonly progress: Int32Array;
}

/** Programs to run, by seed or as they are, and how many divergences to shrink. */
export interface Job {
  readonly programs: readonly (number | Program)[];
  readonly shrink: number;
}

export interface Report {
  readonly programs: number;
  /** Of these, the first were shrunk, as many as the job said. */
  readonly divergences: readonly Divergence[];
  readonly statistics: Statistics;
}
