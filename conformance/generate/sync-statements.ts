import type { ErrorSpec, Name, SyncBlock, SyncStatement } from "../language/ast.ts";
import { writeCoroutine } from "./awaitables.ts";
import { writeFeed } from "./reads.ts";
import { type Scope, UNNUMBERED } from "./scope.ts";

type Kind = Exclude<SyncStatement["kind"], "return">;

export function writeSyncStatement(scope: Scope): SyncStatement {
  const kind = scope.random.weighted(scope.inCallback ? { ...WEIGHTS, addCallback: 0 } : WEIGHTS);
  return { ...WRITERS[kind](scope), guard: kind !== "raise" && scope.random.chance(0.75) };
}

/** The body of a callback. */
export function writeSyncBlock(scope: Scope, inCallback: boolean = scope.inCallback): SyncBlock {
  const inner = scope.inside({ inCallback });
  const length = scope.random.between(1, 3);
  scope.names.budget -= length;
  return Array.from({ length }, () => writeSyncStatement(inner));
}

export function writeSpawn(scope: Scope): SyncStatement {
  const task = scope.names.newTask();
  const eager = scope.names.eager && scope.random.chance(0.6) ? scope.random.chance(0.8) : null;
  // An eager task in a context that is entered already can't start, and says so by an error of the interpreter.
  const context = !scope.names.eager && scope.random.chance(0.1) ? (scope.names.made("context") ?? null) : null;
  const of = writeCoroutine(scope.insideTask(task));
  return { id: UNNUMBERED, kind: "spawn", task, of, eager, context };
}

export function writeSpawnIn(scope: Scope, group: Name): SyncStatement {
  const task = scope.names.newTask();
  const eager = scope.names.eager && scope.random.chance(0.6) ? scope.random.chance(0.8) : null;
  const of = writeCoroutine(scope.insideTask(task));
  return { id: UNNUMBERED, kind: "spawnIn", group, task, of, eager, guard: scope.random.chance(0.7) };
}

export function writeCancel(scope: Scope, target: Name): SyncStatement {
  return { id: UNNUMBERED, kind: "cancel", target, message: scope.message() };
}

export function writeRaise(error: ErrorSpec): SyncStatement {
  return { id: UNNUMBERED, kind: "raise", error };
}

const WEIGHTS: Record<Kind, number> = {
  cancel: 12,
  inspect: 5,
  uncancel: 2.5,
  rename: 0.5,
  allTasks: 0.7,
  spawn: 5,
  spawnIn: 2,
  setResult: 5,
  setException: 2.5,
  renew: 1,
  addCallback: 3,
  removeCallback: 1.5,
  call: 6,
  cancelHandle: 2,
  inspectHandle: 2,
  raise: 1,
  set: 4,
  clear: 2,
  release: 4,
  notify: 3,
  putNow: 4,
  getNow: 2,
  taskDone: 2.5,
  shutdown: 1,
  feedData: 3,
  feedEof: 0.6,
  failReader: 0.3,
  renewReader: 0.6,
  state: 4,
  count: 2,
  setVar: 2.5,
  getVar: 2.5,
  resetVar: 2,
  capture: 1,
  readContext: 1,
  runIn: 1.5,
  reschedule: 2,
  inspectTimeout: 1,
  report: 0.5,
};

const id = UNNUMBERED;

const WRITERS: Record<Kind, (scope: Scope) => SyncStatement> = {
  cancel: (scope) => writeCancel(scope, someTarget(scope)),
  inspect: (scope) => ({ id, kind: "inspect", target: someTarget(scope) }),
  uncancel: (scope) => ({ id, kind: "uncancel", target: scope.random.chance(0.6) ? "self" : someTask(scope) }),
  rename: (scope) => ({ id, kind: "rename", target: someTask(scope), to: scope.names.fresh("renamed") }),
  allTasks: () => ({ id, kind: "allTasks" }),
  spawn: writeSpawn,
  spawnIn: (scope) =>
    writeSpawnIn(
      scope,
      scope.groups.length > 0 ? scope.random.pick(scope.groups) : (scope.names.made("group") ?? "G0"),
    ),
  setResult: (scope) => ({ id, kind: "setResult", target: someFuture(scope), value: scope.value() }),
  setException: (scope) => ({ id, kind: "setException", target: someFuture(scope), error: scope.error() }),
  renew: (scope) => ({ id, kind: "renew", future: scope.names.of("future") }),
  addCallback: (scope) => ({
    id,
    kind: "addCallback",
    target: someTarget(scope),
    callback: scope.names.make("callback"),
    body: writeSyncBlock(scope, true),
  }),
  removeCallback: (scope) => ({
    id,
    kind: "removeCallback",
    target: someTarget(scope),
    callback: scope.names.made("callback") ?? "cb0",
  }),
  call: (scope) => ({
    id,
    kind: "call",
    when: scope.random.pick(["soon", "later", "later", "at"]),
    ms: scope.random.chance(0.05) ? -1 : scope.delay(),
    handle: scope.names.make("handle"),
    context: scope.random.chance(0.2) ? (scope.names.made("context") ?? null) : null,
    body: writeSyncBlock(scope),
  }),
  cancelHandle: (scope) => ({ id, kind: "cancelHandle", handle: scope.names.made("handle") ?? "H0" }),
  inspectHandle: (scope) => ({ id, kind: "inspectHandle", handle: scope.names.made("handle") ?? "H0" }),
  raise: (scope) => writeRaise(scope.error()),
  set: (scope) => ({ id, kind: "set", event: scope.names.of("event") }),
  clear: (scope) => ({ id, kind: "clear", event: scope.names.of("event") }),
  release: (scope) => ({ id, kind: "release", what: scope.names.of("lock", "semaphore", "condition") }),
  notify: (scope) => ({
    id,
    kind: "notify",
    condition: scope.names.of("condition"),
    count: scope.random.chance(0.3) ? null : scope.random.between(1, 2),
  }),
  putNow: (scope) => ({ id, kind: "putNow", queue: scope.names.of("queue"), item: scope.random.int(10) }),
  getNow: (scope) => ({ id, kind: "getNow", queue: scope.names.of("queue") }),
  taskDone: (scope) => ({ id, kind: "taskDone", queue: scope.names.of("queue") }),
  shutdown: (scope) => ({
    id,
    kind: "shutdown",
    queue: scope.names.of("queue"),
    immediate: scope.random.chance(0.4),
  }),
  feedData: (scope) => writeFeed(scope, scope.names.of("reader")),
  feedEof: (scope) => ({ id, kind: "feedEof", reader: scope.names.of("reader") }),
  failReader: (scope) => ({ id, kind: "failReader", reader: scope.names.of("reader"), error: scope.error() }),
  renewReader: (scope) => ({ id, kind: "renewReader", reader: scope.names.of("reader") }),
  state: (scope) => ({
    id,
    kind: "state",
    of: scope.names.of("lock", "event", "condition", "semaphore", "barrier", "queue", "reader"),
  }),
  count: (scope) => ({ id, kind: "count", counter: scope.names.of("counter"), by: scope.random.pick([-1, 1, 1, 2]) }),
  setVar: (scope) => ({
    id,
    kind: "setVar",
    variable: scope.names.of("variable"),
    value: scope.value(),
    token: scope.names.make("token"),
  }),
  getVar: (scope) => ({ id, kind: "getVar", variable: scope.names.of("variable") }),
  resetVar: (scope) => ({
    id,
    kind: "resetVar",
    variable: scope.names.of("variable"),
    token: scope.names.made("token") ?? "K0",
  }),
  capture: (scope) => ({ id, kind: "capture", context: scope.names.make("context") }),
  readContext: (scope) => ({
    id,
    kind: "readContext",
    context: scope.names.made("context") ?? "X0",
    variable: scope.names.of("variable"),
  }),
  runIn: (scope) => ({
    id,
    kind: "runIn",
    context: scope.names.made("context") ?? "X0",
    body: writeSyncBlock(scope),
  }),
  reschedule: (scope) => ({ id, kind: "reschedule", timeout: someTimeout(scope), ms: scope.limit() }),
  inspectTimeout: (scope) => ({ id, kind: "inspectTimeout", timeout: someTimeout(scope) }),
  report: (scope) => ({ id, kind: "report", message: scope.names.fresh("report") }),
};

/** A task, a future, the task that runs this, or (rarely: it ends the program early) the main task. */
function someTarget(scope: Scope): Name {
  const kind = scope.random.weighted({ task: 6, future: 2, self: 1.2, main: 0.25 });
  if (kind === "task") return someTask(scope);
  return kind === "future" ? scope.names.of("future") : kind;
}

function someTask(scope: Scope): Name {
  const known = scope.names.tasks();
  return known.length > 0 ? scope.random.pick(known) : "self";
}

function someFuture(scope: Scope): Name {
  return scope.random.chance(0.03) ? someTask(scope) : scope.names.of("future");
}

function someTimeout(scope: Scope): Name {
  if (scope.timeouts.length > 0 && scope.random.chance(0.8)) return scope.random.pick(scope.timeouts);
  return scope.names.made("timeout") ?? "M0";
}
