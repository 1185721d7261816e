import type { Awaitable, Name, Statement } from "../language/ast.ts";
import { writeFeed, writeRead } from "./reads.ts";
import { type Scope, UNNUMBERED } from "./scope.ts";
import { writeCancel } from "./sync-statements.ts";

const id = UNNUMBERED;
const guard = true;

/** One task reads, now and then two, while data comes in pieces, until the end or an error; and cancellations between. */
export function stream(scope: Scope): Statement[] {
  const reader = scope.names.of("reader");
  const tasks = Array.from({ length: scope.random.pick([1, 1, 1, 2]) }, () => scope.names.newTask());
  const spawns = tasks.map((task): Statement => {
    const of: Awaitable = { kind: "coro", body: reads(scope, reader) };
    return { id, kind: "spawn", task, of, eager: null, context: null };
  });
  const arrivals = Array.from({ length: scope.random.between(2, 7) }, (): Statement[] => {
    const feed = scope.random.chance(0.06) ? writeCancel(scope, scope.random.pick(tasks)) : writeFeed(scope, reader);
    return scope.random.chance(0.6) ? [feed, nap(scope)] : [feed];
  });
  const ending: Statement = scope.random.chance(0.85)
    ? { id, kind: "feedEof", reader }
    : { id, kind: "failReader", reader, error: scope.error() };
  const prepare: Statement = { id, kind: "renewReader", reader };
  const state: Statement = { id, kind: "state", of: reader };
  return [prepare, ...scope.random.shuffled([spawns, arrivals.flat()]).flat(), ending, nap(scope), state];
}

function reads(scope: Scope, reader: Name): Statement[] {
  const one = (): Statement => {
    const of = writeRead(scope, reader);
    const limited: Awaitable = scope.random.chance(0.1) ? { kind: "waitFor", of, ms: scope.soonLimit() } : of;
    return { id, kind: "await", of: limited, guard: scope.random.chance(0.9) };
  };
  if (scope.random.chance(0.25)) {
    const stopAfter = scope.random.chance(0.3) ? scope.random.between(1, 2) : null;
    return [{ id, kind: "forLines", reader, body: [nap(scope)], stopAfter, guard }, one()];
  }
  const body = Array.from({ length: scope.random.between(1, 4) }, one);
  return scope.random.chance(0.5) ? [{ id, kind: "repeat", times: scope.random.between(2, 4), body }] : body;
}

function nap(scope: Scope): Statement {
  return { id, kind: "await", of: { kind: "sleep", ms: scope.random.pick([0, 0, 1]), value: null }, guard };
}
