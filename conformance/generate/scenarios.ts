import type { Awaitable, Block, Catches, Handler, Name, Statement, SyncStatement } from "../language/ast.ts";
import { crossing, holders, lateChildren, reacquire, traffic } from "./contention.ts";
import { writeMeeting } from "./meetings.ts";
import { callbacks, contexts, crowd, rescheduled, variables } from "./scenes.ts";
import { type Scope, UNNUMBERED } from "./scope.ts";
import { stream } from "./streams.ts";
import { writeCancel, writeRaise } from "./sync-statements.ts";

/**
 * Situations that random statements meet too seldom: several things that happen to the same waiting task at the same
 * instant. Cancellation near a wake-up is where the mistakes are.
 */
export function writeScenario(scope: Scope): Statement[] {
  const kind = scope.random.weighted(WEIGHTS);
  const written = SCENARIOS[kind](scope);
  scope.names.budget -= written.length;
  return written;
}

type Scenario = (scope: Scope) => Statement[];

const WEIGHTS = {
  race: 10,
  notStarted: 2,
  childFails: 4,
  equalLimits: 2,
  uncancel: 2,
  selfCancel: 2,
  lateCallbacks: 2,
  variables: 2,
  contexts: 2,
  callbacks: 2,
  rescheduled: 2,
  crowd: 4,
  holders: 4,
  reacquire: 3,
  crossing: 3,
  traffic: 4,
  lateChildren: 2,
  stream: 5,
};

const SCENARIOS: Record<keyof typeof WEIGHTS, Scenario> = {
  race,
  notStarted,
  childFails,
  equalLimits,
  uncancel,
  selfCancel,
  lateCallbacks,
  variables,
  contexts,
  callbacks,
  rescheduled,
  crowd,
  holders,
  reacquire,
  crossing,
  traffic,
  lateChildren,
  stream,
};

const id = UNNUMBERED;

/** Tasks wait for something; then it happens and they are cancelled, in any order, in one step or in few. */
function race(scope: Scope): Statement[] {
  const meeting = writeMeeting(scope);
  const victims = Array.from({ length: scope.random.between(1, 3) }, () => scope.names.newTask());
  const spawns = victims.map((task) => spawnVictim(scope, task, meeting.wait));
  const attack = scope.random.shuffled([
    ...meeting.trigger,
    ...Array.from({ length: scope.random.between(1, 3) }, () => writeCancel(scope, scope.random.pick(victims))),
  ]);
  return [
    ...meeting.prepare,
    ...spawns,
    ...pause(scope, 0.85),
    ...deliver(scope, attack),
    ...aftermath(scope, victims),
  ];
}

/** In this task, with steps of the loop in between or without; or all in one callback of a timer. */
function deliver(scope: Scope, attack: readonly SyncStatement[]): Statement[] {
  if (scope.random.chance(0.75)) return attack.flatMap((statement) => [statement, ...pause(scope, 0.2)]);
  const handle = scope.names.make("handle");
  return [{ id, kind: "call", when: "later", ms: scope.delay(), handle, context: null, body: attack }];
}

function pause(scope: Scope, probability: number): Statement[] {
  return scope.random.chance(probability) ? [sleep(scope.random.pick([0, 0, 1, 1, 2]))] : [];
}

function sleep(ms: number): Statement {
  return { id, kind: "await", of: { kind: "sleep", ms, value: null }, guard: true };
}

function aftermath(scope: Scope, tasks: readonly Name[]): Statement[] {
  if (!scope.random.chance(0.6)) return [];
  return [...pause(scope, 0.8), ...tasks.map((target): Statement => ({ id, kind: "inspect", target, guard: true }))];
}

function spawnVictim(scope: Scope, task: Name, wait: Awaitable): Statement {
  const inside = scope.insideTask(task);
  const of: Awaitable = { kind: "coro", body: victimBody(inside, wait) };
  return { id, kind: "spawn", task, of, eager: null, context: null };
}

function victimBody(scope: Scope, wait: Awaitable): Block {
  const awaits: Statement = { id, kind: "await", of: wrap(scope, wait), guard: scope.random.chance(0.4) };
  const afterwards: Statement[] = scope.random.chance(0.4) ? [sleep(scope.delay())] : [];
  const result: Statement[] = scope.random.chance(0.7) ? [{ id, kind: "return", value: scope.value() }] : [];
  const shape = scope.random.weighted({ plain: 4, caught: 5, cleaned: 3 });
  if (shape === "plain") return [awaits, ...afterwards, ...result];
  const handlers = shape === "caught" ? [cancelHandler(scope)] : [];
  const cleanup = shape === "cleaned" || scope.random.chance(0.2) ? [sleep(scope.delay())] : null;
  return [{ id, kind: "try", body: [awaits], handlers, cleanup }, ...afterwards, ...result];
}

function cancelHandler(scope: Scope): Handler {
  const body: Statement[] = [];
  if (scope.random.chance(0.3)) body.push({ id, kind: "uncancel", target: "self" });
  if (scope.random.chance(0.4)) body.push(sleep(scope.delay()));
  const then = scope.random.weighted({ swallow: 5, reraise: 3, raise: 2 });
  const catches = scope.random.pick<Catches>(["CancelledError", "any", "CancelledError", "TimeoutError"]);
  return { catches, body, then: then === "raise" ? scope.error() : then };
}

/** The same wait, but through the things that hand a cancellation on. */
function wrap(scope: Scope, wait: Awaitable): Awaitable {
  const kind = scope.random.weighted({ none: 6, gather: 2, shield: 2, waitFor: 3, timeout: 2, group: 1, coro: 1 });
  return WRAPS[kind](scope, wait);
}

const WRAPS = {
  none: (_: Scope, wait: Awaitable): Awaitable => wait,
  gather: (scope: Scope, wait: Awaitable): Awaitable => {
    const of = scope.random.shuffled<Awaitable>([wait, { kind: "sleep", ms: scope.delay(), value: null }]);
    return { kind: "gather", of, returnExceptions: scope.random.chance(0.4) };
  },
  shield: (scope: Scope, wait: Awaitable): Awaitable => ({ kind: "shield", of: wrap(scope, wait) }),
  waitFor: (scope: Scope, wait: Awaitable): Awaitable => ({
    kind: "waitFor",
    of: wrap(scope, wait),
    ms: scope.limit(),
  }),
  timeout: (scope: Scope, wait: Awaitable): Awaitable => {
    const timeout = scope.names.make("timeout");
    return coro({ id, kind: "timeout", timeout, ms: scope.limit(), at: false, body: [once(wait)] });
  },
  group: (scope: Scope, wait: Awaitable): Awaitable => {
    return coro({ id, kind: "group", group: scope.names.make("group"), body: [once(wait)] });
  },
  coro: (_: Scope, wait: Awaitable): Awaitable => coro(once(wait)),
};

function once(of: Awaitable): Statement {
  return { id, kind: "await", of };
}

function coro(...body: readonly Statement[]): Awaitable {
  return { kind: "coro", body };
}

/** Cancelled before its first step: not even its `finally` runs. */
function notStarted(scope: Scope): Statement[] {
  const task = scope.names.newTask();
  const cancels = Array.from({ length: scope.random.between(1, 2) }, () => writeCancel(scope, task));
  const uncancels: Statement[] = scope.random.chance(0.3) ? [{ id, kind: "uncancel", target: task }] : [];
  const wait: Awaitable = { kind: "sleep", ms: scope.delay(), value: null };
  return [spawnVictim(scope, task, wait), ...cancels, ...uncancels, ...aftermath(scope, [task])];
}

/** A group whose children fail and sleep to the same instants, cancelled from outside at one of them. */
function childFails(scope: Scope): Statement[] {
  const owner = scope.names.newTask();
  const group = scope.names.make("group");
  const inside = scope.insideTask(owner, { groups: [...scope.groups, group] });
  const children = Array.from({ length: scope.random.between(1, 3) }, () => childOf(inside, group));
  const body: Statement[] = [...children, ...inside.block(scope.random.int(2))];
  if (scope.random.chance(0.5)) body.push(sleep(scope.delay()));
  if (scope.random.chance(0.2)) body.push(writeRaise(scope.error()));
  const handler: Handler = { catches: scope.random.pick(["any", "ExceptionGroup"]), body: [sleep(0)], then: "swallow" };
  const whole: Statement = { id, kind: "group", group, body };
  const guarded: Statement = { id, kind: "try", body: [whole], handlers: [handler], cleanup: null };
  const of: Awaitable = { kind: "coro", body: [scope.random.chance(0.6) ? guarded : whole, sleep(scope.delay())] };
  const cancels = Array.from({ length: scope.random.int(3) }, () => writeCancel(scope, owner));
  return [
    { id, kind: "spawn", task: owner, of, eager: null, context: null },
    ...pause(scope, 0.8),
    ...cancels.flatMap((cancel) => [cancel, ...pause(scope, 0.4)]),
    ...aftermath(scope, [owner]),
  ];
}

function childOf(scope: Scope, group: Name): Statement {
  const task = scope.names.newTask();
  const inside = scope.insideTask(task);
  const ending = scope.random.chance(0.5) ? writeRaise(scope.error()) : sleep(scope.delay());
  const working: Statement = { id, kind: "await", of: wrap(inside, { kind: "sleep", ms: scope.delay(), value: null }) };
  const body: Statement[] = [working, ending];
  if (scope.random.chance(0.3)) {
    const guarded: Statement = { id, kind: "try", body, handlers: [cancelHandler(inside)], cleanup: null };
    return { id, kind: "spawnIn", group, task, of: coro(guarded), eager: null, guard: true };
  }
  return { id, kind: "spawnIn", group, task, of: coro(...body), eager: null, guard: true };
}

/** Limits inside limits that come at one instant, which the work ends at too. */
function equalLimits(scope: Scope): Statement[] {
  const task = scope.names.newTask();
  const ms = scope.random.between(0, 3);
  let body: Statement[] = [sleep(ms), { id, kind: "return", value: scope.value() }];
  for (let depth = scope.random.between(1, 3); depth > 0; depth--) {
    const timeout = scope.names.make("timeout");
    const limit = scope.random.chance(0.7) ? ms : scope.limit();
    const inner: Statement = { id, kind: "timeout", timeout, ms: limit, at: scope.random.chance(0.5), body };
    const caught: Statement = { id, kind: "try", body: [inner], handlers: [cancelHandler(scope)], cleanup: null };
    body = [scope.random.chance(0.3) ? caught : inner];
  }
  const spawn: Statement = { id, kind: "spawn", task, of: { kind: "coro", body }, eager: null, context: null };
  const cancel: Statement[] = scope.random.chance(0.5) ? [sleep(ms), writeCancel(scope, task)] : [];
  return [spawn, ...cancel, ...aftermath(scope, [task])];
}

/** The task takes its cancellation back, and goes on; or takes back more than there was. */
function uncancel(scope: Scope): Statement[] {
  const task = scope.names.newTask();
  const takeBack: Statement = { id, kind: "uncancel", target: scope.random.chance(0.7) ? "self" : task };
  const handler: Handler = { catches: "CancelledError", body: [takeBack, sleep(scope.delay())], then: "swallow" };
  const work: Statement = { id, kind: "try", body: [sleep(5)], handlers: [handler], cleanup: null };
  const of: Awaitable = { kind: "coro", body: [work, sleep(scope.delay())] };
  const cancels = Array.from({ length: scope.random.between(1, 3) }, () => writeCancel(scope, task));
  const outside: Statement[] = scope.random.chance(0.3) ? [{ id, kind: "uncancel", target: task }] : [];
  return [
    { id, kind: "spawn", task, of, eager: null, context: null },
    ...pause(scope, 0.9),
    ...cancels.flatMap((cancel) => [cancel, ...pause(scope, 0.3)]),
    ...outside,
    ...aftermath(scope, [task]),
  ];
}

/** A task cancels itself, and then awaits what is ready and what is not. */
function selfCancel(scope: Scope): Statement[] {
  const task = scope.names.lonelyTask();
  const future = scope.names.of("future");
  const ready: Statement = { id, kind: "setResult", target: future, value: scope.value(), guard: true };
  const body: Statement[] = [
    writeCancel(scope, "self"),
    { id, kind: "await", of: { kind: "future", future }, guard: true },
    { id, kind: "try", body: [sleep(scope.delay())], handlers: [cancelHandler(scope)], cleanup: null },
    { id, kind: "await", of: { kind: "task", task }, guard: true }, // Itself: an error that comes one step later.
  ];
  const of: Awaitable = { kind: "coro", body: scope.random.chance(0.5) ? body : body.slice(0, 3) };
  return [ready, { id, kind: "spawn", task, of, eager: null, context: null }, ...aftermath(scope, [task])];
}

/** Timers of one instant that cancel each other, a task, or the wait of a task for that instant. */
function lateCallbacks(scope: Scope): Statement[] {
  const ms = scope.random.between(0, 2);
  const task = scope.names.newTask();
  const handles = [scope.names.make("handle"), scope.names.make("handle")];
  const calls = handles.map((handle): Statement => {
    const target = scope.random.chance(0.5) ? task : "main";
    const cancel: SyncStatement = target === "main" ? { id, kind: "allTasks" } : writeCancel(scope, target);
    const body: SyncStatement[] = [{ id, kind: "cancelHandle", handle: scope.random.pick(handles) }, cancel];
    const when = scope.random.pick(["later", "at"] as const);
    return { id, kind: "call", when, ms, handle, context: null, body };
  });
  const victim = spawnVictim(scope, task, { kind: "sleep", ms, value: scope.value() });
  return [...scope.random.shuffled([victim, ...calls]), sleep(ms), ...aftermath(scope, [task])];
}
