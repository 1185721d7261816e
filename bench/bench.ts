import type { Contest } from "./contest.ts";
import type { Library } from "./library.ts";
import type { Options } from "./options.ts";
import type { Verdict } from "./report/goals.ts";

/** Something that `npm run bench` measures, by its name. */
export interface Bench {
  readonly name: string;
  measure(contest: Contest): Promise<Report>;
  /** What `--scale` prints, where there is such a thing. */
  scaleLines?(options: Options, library: Library): Promise<string[]>;
}

export interface Report {
  /** What is printed, with an empty line between two of them. */
  readonly sections: readonly (readonly string[])[];
  readonly verdicts: readonly Verdict[];
  /** Whether a contestant failed that should have run. */
  readonly failed: boolean;
}
