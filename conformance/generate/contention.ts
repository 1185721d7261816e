import type { Awaitable, Name, Statement, SyncStatement } from "../language/ast.ts";
import { type Scope, UNNUMBERED } from "./scope.ts";
import { writeCancel, writeRaise } from "./sync-statements.ts";

/** Several tasks at one lock, barrier or queue for a while, and cancellations between them. */

const id = UNNUMBERED;
const guard = true;

/** Tasks that take it again and again, and hold it for a moment. */
export function holders(scope: Scope): Statement[] {
  const what = scope.names.of("lock", "semaphore", "semaphore", "condition");
  const tasks = newTasks(scope, 2, 4);
  const spawns = tasks.map((task) => {
    const held: Statement = { id, kind: "with", what, body: [sleep(scope)], guard };
    const body = scope.random.chance(0.3) ? [sleep(scope), held] : [held];
    return spawn(task, { id, kind: "repeat", times: scope.random.between(1, 2), body });
  });
  const release: SyncStatement = { id, kind: "release", what, guard };
  // Who releases and wants it back at once has to queue up behind those who wait.
  const releases = scope.random.chance(0.5) ? [release] : [release, release];
  const again: Statement[] = [...releases, { id, kind: "await", of: soon(scope, { kind: "acquire", what }), guard }];
  if (scope.random.chance(0.5)) return [...spawns, ...disturbed(scope, tasks, [])];
  return [...spawns, nap(scope.random.pick([0, 1])), ...again, ...disturbed(scope, tasks, [])];
}

/** Waiters that are cancelled while they try to get the lock of their condition back. */
export function reacquire(scope: Scope): Statement[] {
  const condition = scope.names.of("condition");
  const counter = scope.names.of("counter");
  const tasks = newTasks(scope, 1, 3);
  const wait: Awaitable = scope.random.chance(0.7)
    ? { kind: "conditionWait", condition }
    : { kind: "conditionWaitFor", condition, counter, atLeast: 1 };
  const waits: Statement = { id, kind: "await", of: wait, guard: scope.random.chance(0.3) };
  const spawns = tasks.map((task) => spawn(task, { id, kind: "with", what: condition, body: [waits] }));
  const count: SyncStatement = { id, kind: "count", counter, by: 1 };
  const notify: SyncStatement = { id, kind: "notify", condition, count: scope.random.pick([1, 1, 2, null]), guard };
  const body = [count, notify, sleep(scope), sleep(scope)];
  const holder = spawn(scope.names.newTask(), { id, kind: "with", what: condition, body });
  return [...spawns, nap(0), holder, ...disturbed(scope, tasks, [])];
}

/** More tasks than a barrier lets through, while it is reset or aborted. */
export function crossing(scope: Scope): Statement[] {
  const barrier = scope.names.of("barrier");
  const tasks = newTasks(scope, 2, 4);
  const wait: Awaitable = { kind: "barrierWait", barrier };
  const spawns = tasks.map((task) => {
    const waits: Statement = { id, kind: "await", of: wait, guard: scope.random.chance(0.7) };
    return spawn(
      task,
      ...(scope.random.chance(0.5) ? [sleep(scope)] : []),
      waits,
      ...(scope.random.chance(0.3) ? [waits] : []),
    );
  });
  const breaks = Array.from({ length: scope.random.int(3) }, (): Statement => {
    const kind = scope.random.pick(["barrierReset", "barrierReset", "barrierAbort"] as const);
    if (scope.random.chance(0.3))
      return spawn(scope.names.newTask(), { id, kind: "await", of: { kind, barrier }, guard });
    return { id, kind: "await", of: { kind, barrier }, guard };
  });
  return [...spawns, ...disturbed(scope, tasks, [...breaks, { id, kind: "state", of: barrier }])];
}

/** Producers and consumers at a small queue, until it is shut down. */
export function traffic(scope: Scope): Statement[] {
  const queue = scope.names.boundedQueue();
  const tasks = newTasks(scope, 2, 5);
  const put: Awaitable = { kind: "put", queue, item: scope.random.int(10) };
  const get: Awaitable = { kind: "get", queue };
  const spawns = tasks.map((task) => {
    const of = scope.random.pick([
      put,
      get,
      put,
      get,
      scope.random.chance(0.3) ? ({ kind: "join", queue } as const) : put,
    ]);
    const one: Statement = {
      id,
      kind: "await",
      of: scope.random.chance(0.15) ? soon(scope, of) : of,
      guard: scope.random.chance(0.3),
    };
    const done: Statement[] = of === get ? [{ id, kind: "taskDone", queue, guard }] : [];
    const body = [one, ...done, ...(scope.random.chance(0.3) ? [sleep(scope)] : [])];
    return spawn(task, { id, kind: "repeat", times: scope.random.between(1, 3), body });
  });
  const events = scope.random.shuffled<Statement>([
    { id, kind: "shutdown", queue, immediate: scope.random.chance(0.4) },
    { id, kind: "getNow", queue, guard },
    { id, kind: "putNow", queue, item: scope.random.int(10), guard },
    { id, kind: "getNow", queue, guard },
  ]);
  const some = events.slice(0, scope.random.int(4));
  return [...spawns, ...disturbed(scope, tasks, some), { id, kind: "state", of: queue }];
}

/** Children that go on making children of a group that is ending, with an error or without. */
export function lateChildren(scope: Scope): Statement[] {
  const owner = scope.names.newTask();
  const group = scope.names.make("group");
  const late = (): SyncStatement => {
    const of: Awaitable = {
      kind: "coro",
      body: scope.random.chance(0.2) ? [writeRaise(scope.error())] : [sleep(scope)],
    };
    return { id, kind: "spawnIn", group, task: scope.names.newTask(), of, eager: null, guard };
  };
  const child = (): Statement => {
    const work = scope.random.chance(0.3) ? [sleep(scope), writeRaise(scope.error())] : [sleep(scope), late()];
    const whole: Statement = { id, kind: "try", body: work, handlers: [], cleanup: [late(), sleep(scope), late()] };
    return {
      id,
      kind: "spawnIn",
      group,
      task: scope.names.newTask(),
      of: { kind: "coro", body: [whole] },
      eager: null,
      guard,
    };
  };
  const body = Array.from({ length: scope.random.between(1, 3) }, child);
  const members: Statement = { id, kind: "group", group, body, guard };
  const timer: Statement = {
    id,
    kind: "call",
    when: "later",
    ms: scope.delay(),
    handle: scope.names.make("handle"),
    context: null,
    body: [late()],
  };
  return [spawn(owner, members, sleep(scope)), timer, ...disturbed(scope, [owner], []), late()];
}

/** The events, with pauses and with cancellations of the tasks in between. */
function disturbed(scope: Scope, tasks: readonly Name[], events: readonly Statement[]): Statement[] {
  const cancels = Array.from(
    { length: scope.random.int(4) },
    (): Statement => writeCancel(scope, scope.random.pick(tasks)),
  );
  const all = scope.random.shuffled([...cancels, ...events]);
  return all.flatMap((statement) =>
    scope.random.chance(0.6) ? [nap(scope.random.pick([0, 0, 1])), statement] : [statement],
  );
}

function newTasks(scope: Scope, fewest: number, most: number): Name[] {
  const names = Array.from({ length: scope.random.between(fewest, most) }, () => scope.names.newTask());
  return [...new Set(names)];
}

function spawn(task: Name, ...body: readonly Statement[]): Statement {
  return { id, kind: "spawn", task, of: { kind: "coro", body }, eager: null, context: null };
}

function soon(scope: Scope, of: Awaitable): Awaitable {
  return { kind: "waitFor", of, ms: scope.soonLimit() };
}

function sleep(scope: Scope): Statement {
  return nap(scope.delay());
}

function nap(ms: number): Statement {
  return { id, kind: "await", of: { kind: "sleep", ms, value: null }, guard };
}
