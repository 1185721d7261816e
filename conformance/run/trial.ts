import { firstDifference } from "../compare/compare.ts";
import type { Trace } from "../compare/trace.ts";
import type { Program } from "../language/ast.ts";
import { usesEagerTasks } from "../language/walk.ts";
import type { Oracle } from "../oracle/oracle.ts";
import { runSubject, type SpellingName } from "../subject/run.ts";
import type { Sabotage } from "../subject/world.ts";
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
  readonly #sabotage: Sabotage | undefined;

  constructor(oracle: Oracle, sabotage?: Sabotage) {
    this.#oracle = oracle;
    this.#sabotage = sabotage;
  }

  /** What CPython does in each. */
  expect(programs: readonly Program[]): Trace[] {
    return this.#oracle.run(programs);
  }

  async compare(program: Program, expected: Trace, spelling: SpellingName): Promise<Divergence | undefined> {
    const actual = await runSubject(program, spelling, this.#sabotage);
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

/** Eager tasks don't exist in the native spelling, so programs with them are not run in it. */
export function spellingsOf(program: Program, wanted: readonly SpellingName[]): readonly SpellingName[] {
  return usesEagerTasks(program) ? wanted.filter((spelling) => spelling !== "native") : wanted;
}
