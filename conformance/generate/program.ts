import type { Block, Name, Program, Statement } from "../language/ast.ts";
import { numbered, usedNames } from "../language/walk.ts";
import { Names } from "./names.ts";
import { Random } from "./random.ts";
import { writeScenario } from "./scenarios.ts";
import { Scope, UNNUMBERED } from "./scope.ts";
import { inner, writeBlock } from "./statements.ts";
import { writeSpawn } from "./sync-statements.ts";

/** One program in so many has eager tasks. */
const EAGER = 1 / 7;

/** The program of a seed. */
export function generate(seed: number): Program {
  const random = new Random(seed);
  const eager = random.chance(EAGER);
  const eagerFactory = eager && random.chance(0.4);
  const names = new Names(random, random.pick([10, 20, 40, 70, 110, 180]), eager);
  const start = { depth: 0, lowestTask: 0, groups: [], timeouts: [], mayStall: false, inCallback: false };
  const scope = new Scope({ random, names, ...start }, writeBlock);
  const main = numbered(writeMain(scope));
  const used = usedNames(main);
  // A condition's own lock comes with it.
  for (const entry of names.pool)
    if (entry.type === "condition" && used.has(entry.name) && entry.lock) used.add(entry.lock);
  return { seed, eagerFactory, pool: names.pool.filter((entry) => used.has(entry.name)), main };
}

function writeMain(scope: Scope): Block {
  const opening = Array.from({ length: scope.random.int(3) }, () => writeSpawn(scope));
  const situation = scope.random.chance(0.6) ? writeScenario(scope) : [];
  const middle = scope.block(scope.random.between(2, 14));
  const body: Statement[] = [...opening, ...situation, ...middle];
  if (scope.random.chance(0.3)) return [...body, ...writeEnding(scope)];
  // Else most programs would end at the first error.
  const handlers = [
    { catches: "any", body: scope.random.chance(0.3) ? inner(scope, 1) : [], then: "swallow" },
  ] as const;
  return [{ id: UNNUMBERED, kind: "try", body, handlers, cleanup: null }, ...writeEnding(scope)];
}

/** Time for the others to go on, then a look at what there is. What is left is cancelled by the end of the program. */
function writeEnding(scope: Scope): Statement[] {
  const rest: Statement = {
    id: UNNUMBERED,
    kind: "await",
    of: { kind: "sleep", ms: scope.random.pick([0, 1, 5, 15]), value: null },
    guard: true,
  };
  const looks = [...scope.names.tasks()].sort().map((target) => look(target));
  const states = scope.random.shuffled(scope.names.pool).flatMap((entry): Statement[] => {
    if (entry.type === "future") return [look(entry.name)];
    if (entry.type === "variable" || entry.type === "counter") return [];
    return [{ id: UNNUMBERED, kind: "state", of: entry.name }];
  });
  return scope.random.chance(0.8) ? [rest, ...looks, ...states.slice(0, 4)] : [];
}

function look(target: Name): Statement {
  return { id: UNNUMBERED, kind: "inspect", target, guard: true };
}
