import { firstDifference } from "../compare/compare.ts";
import type { Trace } from "../compare/trace.ts";
import type { Program } from "../language/ast.ts";
import { usesEagerTasks } from "../language/walk.ts";
import type { Oracle } from "../oracle/oracle.ts";
import { runSubject, type SpellingName, type SubjectOptions } from "../subject/run.ts";
import { shrink } from "./shrink.ts";

/** A program that does not do the same on CPython and here. */
export interface Divergence {
  readonly program: Program;
  readonly spelling: SpellingName;
  readonly expected: Trace;
  readonly actual: Trace;
  /** The index of the first entry that differs. */
  readonly at: number;
}

/** Runs programs on both sides and compares. */
export class Trial {
  readonly #oracle: Oracle;
  readonly #options: SubjectOptions;

  constructor(oracle: Oracle, options: SubjectOptions = {}) {
    this.#oracle = oracle;
    this.#options = options;
  }

  /** What CPython does in each. */
  expect(programs: readonly Program[]): Trace[] {
    return this.#oracle.run(programs);
  }

  async compare(program: Program, expected: Trace, spelling: SpellingName): Promise<Divergence | undefined> {
    const actual = await runSubject(program, spelling, this.#options);
    const at = firstDifference(expected, actual);
    return at === undefined ? undefined : { program, spelling, expected, actual, at };
  }

  async check(program: Program, spelling: SpellingName): Promise<Divergence | undefined> {
    const [expected = []] = this.expect([program]);
    return await this.compare(program, expected, spelling);
  }

  /** The same divergence, or a related one, in as short a program as can be found. */
  async shrink(divergence: Divergence): Promise<Divergence> {
    const { spelling } = divergence;
    const holds = async (candidate: Program) => (await this.check(candidate, spelling)) !== undefined;
    const shrunk = await shrink(divergence.program, holds);
    return (await this.check(shrunk, spelling)) ?? divergence;
  }
}

/** An async function can't be run to its end inside createTask(), so programs with eager tasks are all generators. */
export function spellingsOf(program: Program, wanted: readonly SpellingName[]): readonly SpellingName[] {
  return usesEagerTasks(program) ? wanted.filter((spelling) => spelling === "generator") : wanted;
}
