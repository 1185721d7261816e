import type {
  AsyncGeneratorSpec,
  Awaitable,
  Block,
  Catches,
  Handler,
  Statement,
  WaitingStatement,
} from "../language/ast.ts";
import { writeArguments, writeEnding } from "./awaitables.ts";
import { writeScenario } from "./scenarios.ts";
import { type Scope, UNNUMBERED } from "./scope.ts";
import { writeRaise, writeSpawn, writeSpawnIn, writeSyncStatement } from "./sync-statements.ts";

/** The {@link BlockWriter} of every scope. */
export function writeBlock(scope: Scope, size: number): Statement[] {
  const block: Statement[] = [];
  for (let left = size; left > 0 && (scope.names.budget > 0 || block.length === 0); left--) {
    scope.names.budget--;
    block.push(...writeStatement(scope));
  }
  return block;
}

function writeStatement(scope: Scope): Statement[] {
  const plain = scope.depth > 5 || scope.names.budget <= 0;
  const kind = scope.random.weighted(plain ? PLAIN : { ...PLAIN, ...NESTED });
  if (kind === "scenario") return scope.depth > 2 ? writeStatement(scope) : writeScenario(scope);
  const written = WRITERS[kind](scope);
  const guarded = GUARDED.has(kind) ? { ...written, guard: scope.random.chance(0.6) } : written;
  return [STALLING.has(kind) && !scope.mayStall ? limited(scope, guarded) : guarded];
}

/** In main: what waits for others gets a limit. */
function limited(scope: Scope, statement: Statement): Statement {
  const timeout = scope.names.make("timeout");
  const guard = scope.random.chance(0.8);
  return { id, kind: "timeout", timeout, ms: scope.limitHere(), at: false, body: [statement], guard };
}

type Kind = WaitingStatement["kind"] | "sync" | "spawn" | "spawnIn" | "raise" | "return" | "scenario";

const PLAIN: Partial<Record<Kind, number>> = { await: 34, sync: 26, spawn: 5, spawnIn: 2, raise: 2, return: 1 };

const NESTED: Partial<Record<Kind, number>> = {
  scenario: 9,
  try: 9,
  timeout: 6,
  group: 6,
  with: 6,
  withVar: 1.5,
  repeat: 2,
  forAsync: 4,
  forLines: 1,
  stepAsync: 5,
  asCompleted: 3.5,
};

const STALLING: ReadonlySet<Kind> = new Set(["with", "group", "forLines"]);
const GUARDED: ReadonlySet<Kind> = new Set([
  "await",
  "timeout",
  "group",
  "with",
  "forAsync",
  "forLines",
  "stepAsync",
  "asCompleted",
]);

const id = UNNUMBERED;

/** An error, and only ever awaited directly: see isValid(). */
const WAIT_FOR_NONE: Awaitable = { kind: "wait", of: [], ms: null, until: "ALL_COMPLETED" };

const WRITERS: Record<Exclude<Kind, "scenario">, (scope: Scope) => Statement> = {
  await: (scope) => ({ id, kind: "await", of: scope.random.chance(0.004) ? WAIT_FOR_NONE : writeEnding(scope) }),
  sync: writeSyncStatement,
  spawn: writeSpawn,
  spawnIn: (scope) =>
    scope.groups.length > 0 ? writeSpawnIn(scope, scope.random.pick(scope.groups)) : writeSyncStatement(scope),
  raise: (scope) => writeRaise(scope.error()),
  return: (scope) => ({ id, kind: "return", value: scope.value() }),
  try: writeTry,
  timeout: writeTimeout,
  group: writeGroup,
  with: (scope) => ({
    id,
    kind: "with",
    what: scope.names.of("lock", "semaphore", "condition"),
    body: inner(scope, 3),
  }),
  withVar: (scope) => ({
    id,
    kind: "withVar",
    variable: scope.names.of("variable"),
    value: scope.value(),
    body: inner(scope, 3),
  }),
  repeat: (scope) => ({ id, kind: "repeat", times: scope.random.between(2, 3), body: inner(scope, 3) }),
  forAsync: (scope) => ({
    id,
    kind: "forAsync",
    source: writeGenerator(scope),
    body: inner(scope, 2),
    stopAfter: scope.random.chance(0.4) ? scope.random.between(1, 2) : null,
  }),
  forLines: (scope) => ({
    id,
    kind: "forLines",
    reader: scope.names.of("reader"),
    body: inner(scope, 2),
    stopAfter: scope.random.chance(0.4) ? scope.random.between(1, 2) : null,
  }),
  stepAsync: (scope) => ({
    id,
    kind: "stepAsync",
    source: writeGenerator(scope),
    steps: writeSteps(scope),
    close: scope.random.chance(0.7),
  }),
  asCompleted: (scope) => ({
    id,
    kind: "asCompleted",
    of: writeArguments(scope.inside(), 4),
    ms: scope.limitHere(),
    form: scope.random.pick(["async", "plain"]),
    stopAfter: scope.random.chance(0.25) ? scope.random.between(1, 2) : null,
  }),
};

export function inner(scope: Scope, atMost: number): Block {
  const inside = scope.inside();
  return inside.block(inside.random.between(1, atMost));
}

function writeTry(scope: Scope): WaitingStatement {
  const handlers = Array.from({ length: scope.random.pick([0, 1, 1, 1, 2]) }, () => writeHandler(scope));
  const cleanup = handlers.length === 0 || scope.random.chance(0.4) ? withoutReturn(inner(scope, 2)) : null;
  return { id, kind: "try", body: inner(scope, 3), handlers, cleanup };
}

function writeHandler(scope: Scope): Handler {
  const catches = scope.random.weighted<Catches>({
    Boom: 2,
    TimeoutError: 2,
    CancelledError: 5,
    ExceptionGroup: 2,
    Exception: 4,
    any: 3,
  });
  const then = scope.random.weighted({ swallow: 5, reraise: 4, raise: 2 });
  const body = scope.random.chance(0.7) ? inner(scope, 2) : [];
  return { catches, body, then: then === "raise" ? scope.error() : then };
}

/** A `return` in a `finally` would swallow the error, by the rules of both languages and not by those of asyncio. */
function withoutReturn(block: Block): Block {
  return block.filter((statement) => statement.kind !== "return");
}

function writeTimeout(scope: Scope): WaitingStatement {
  const timeout = scope.names.make("timeout");
  const inside = scope.inside({ timeouts: [...scope.timeouts, timeout] });
  return {
    id,
    kind: "timeout",
    timeout,
    ms: scope.limitHere(),
    at: scope.random.chance(0.3),
    body: inside.block(scope.random.between(1, 3)),
  };
}

function writeGroup(scope: Scope): WaitingStatement {
  const group = scope.names.make("group");
  const inside = scope.inside({ groups: [...scope.groups, group] });
  const children = Array.from({ length: scope.random.int(4) }, () => writeSpawnIn(inside, group));
  const body = [...children, ...inside.block(scope.random.int(3))];
  return { id, kind: "group", group, body: body.length > 0 ? body : [writeSpawnIn(inside, group)] };
}

/** Thrown into before its first step, a generator is over. */
function writeSteps(scope: Scope): ("next" | "throw")[] {
  const rest = Array.from({ length: scope.random.int(4) }, () => (scope.random.chance(0.65) ? "next" : "throw"));
  return [scope.random.chance(0.9) ? "next" : "throw", ...rest];
}

function writeGenerator(scope: Scope): AsyncGeneratorSpec {
  const items = Array.from({ length: scope.random.between(1, 3) }, () => ({
    before: scope.random.chance(0.7) ? withoutReturn(inner(scope, 2)) : [],
    value: scope.random.int(10),
    catches: scope.random.chance(0.6) ? scope.random.pick<Catches>(["Boom", "Exception", "any"]) : null,
  }));
  return { id, items, cleanup: scope.random.chance(0.5) ? withoutReturn(inner(scope, 2)) : [] };
}
