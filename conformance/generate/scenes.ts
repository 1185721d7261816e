import type { Awaitable, Reference, Statement, SyncStatement, WaitingStatement } from "../language/ast.ts";
import { writeWait } from "./awaitables.ts";
import { numberOf } from "./names.ts";
import { type Scope, UNNUMBERED } from "./scope.ts";
import { writeCancel, writeRaise, writeSyncBlock } from "./sync-statements.ts";

/** Statements that mean something only together: random ones would nearly always miss each other. */

const id = UNNUMBERED;
const guard = true;

/** A variable set and reset in the task, its child and a callback. */
export function variables(scope: Scope): Statement[] {
  const variable = scope.names.of("variable");
  const token = scope.names.make("token");
  const set = (): SyncStatement => ({ id, kind: "setVar", variable, value: scope.value(), token });
  const get: SyncStatement = { id, kind: "getVar", variable, guard };
  const reset: SyncStatement = { id, kind: "resetVar", variable, token, guard };
  const task = scope.names.newTask();
  const inside: Statement[] = scope.random.shuffled([get, set(), sleep(scope), get, reset]);
  const handle = scope.names.make("handle");
  const spawn: Statement = { id, kind: "spawn", task, of: { kind: "coro", body: inside }, eager: null, context: null };
  const call: Statement = {
    id,
    kind: "call",
    when: "soon",
    ms: 0,
    handle,
    context: null,
    body: [get, reset, set(), get],
  };
  const child = scope.random.pick([spawn, call]);
  const directly: Statement = { id, kind: "await", of: { kind: "coro", body: inside }, guard };
  return [set(), child, ...scope.random.shuffled([set(), sleep(scope), get, reset, directly]), get, reset];
}

/** Tasks and callbacks in a context of their own, and a look into it from outside. */
export function contexts(scope: Scope): Statement[] {
  const context = scope.names.make("context");
  const variable = scope.names.of("variable");
  const token = scope.names.make("token");
  const set: SyncStatement = { id, kind: "setVar", variable, value: scope.value(), token };
  const get: SyncStatement = { id, kind: "getVar", variable, guard };
  const look: Statement = { id, kind: "readContext", context, variable };
  const body = [set, get, sleep(scope), get];
  const task = scope.names.newTask();
  const handle = scope.names.make("handle");
  const users: Statement[] = [
    { id, kind: "runIn", context, body: [get, set, ...writeSyncBlock(scope)], guard },
    { id, kind: "call", when: "soon", ms: 0, handle, context, body: [get, set] },
  ];
  // An eager task would enter a context that may be entered already, and fail in a way of its own.
  if (!scope.names.eager) users.push({ id, kind: "spawn", task, of: { kind: "coro", body }, eager: null, context });
  return [{ id, kind: "capture", context }, ...scope.random.shuffled(users), look, sleep(scope), look, get];
}

/** One function added to a future several times, and taken away before, between or after. */
export function callbacks(scope: Scope): Statement[] {
  const target = scope.random.chance(0.5) ? scope.names.of("future") : scope.names.newTask();
  const callback = scope.names.make("callback");
  const add = (): Statement => {
    const body = scope.inCallback ? [] : writeSyncBlock(scope, true);
    return { id, kind: "addCallback", target, callback, body, guard };
  };
  const remove: Statement = { id, kind: "removeCallback", target, callback, guard };
  const settle: Statement = target.startsWith("F")
    ? scope.random.pick<Statement>([
        { id, kind: "setResult", target, value: scope.value(), guard },
        { id, kind: "setException", target, error: scope.error(), guard },
        writeCancel(scope, target),
      ])
    : writeCancel(scope, target);
  const prepare: Statement = target.startsWith("F")
    ? { id, kind: "renew", future: target }
    : {
        id,
        kind: "spawn",
        task: target,
        of: { kind: "sleep", ms: scope.delay(), value: null },
        eager: null,
        context: null,
      };
  // In a callback none is added, so there is none to remove either.
  if (scope.inCallback) return [prepare, settle];
  return [prepare, add(), ...scope.random.shuffled([add(), remove, settle, add(), sleep(scope)]), remove];
}

/** A limit that is moved while it runs: from inside, from another task, and after it was left. */
export function rescheduled(scope: Scope): Statement[] {
  const timeout = scope.names.make("timeout");
  const move = (): SyncStatement => ({ id, kind: "reschedule", timeout, ms: scope.limit(), guard });
  const look: SyncStatement = { id, kind: "inspectTimeout", timeout };
  const inside = scope.inside({ timeouts: [...scope.timeouts, timeout] });
  const body: Statement[] = [sleep(scope), move(), look, sleep(scope), ...inside.block(1)];
  const at = scope.random.chance(0.4);
  const whole: WaitingStatement = { id, kind: "timeout", timeout, ms: scope.limit(), at, body, guard };
  const handle = scope.names.make("handle");
  const mover: Statement = {
    id,
    kind: "call",
    when: "later",
    ms: scope.delay(),
    handle,
    context: null,
    body: [look, move()],
  };
  return scope.random.chance(0.6) ? [mover, whole, look, move()] : [whole, look];
}

/** Tasks that end at the same few instants in different ways, and somebody who waits for all of them together. */
export function crowd(scope: Scope): Statement[] {
  const names = new Set(Array.from({ length: scope.random.between(3, 5) }, () => scope.names.newTask()));
  // Who waits has the lowest number: see Scope.lowestTask.
  const [waiter = "t0", ...tasks] = [...names].sort();
  const spawns = tasks.map((task): Statement => {
    return { id, kind: "spawn", task, of: { kind: "coro", body: life(scope) }, eager: null, context: null };
  });
  const direct = !scope.mayStall && scope.random.chance(0.4);
  const references = tasks.filter((task) => !direct || numberOf(task) >= scope.lowestTask);
  const body = [
    together(
      scope,
      references.map((task) => ({ kind: "task", task })),
    ),
    sleep(scope),
  ];
  const waits: Statement[] = direct
    ? body
    : [{ id, kind: "spawn", task: waiter, of: { kind: "coro", body }, eager: null, context: null }];
  const cancels = Array.from({ length: scope.random.int(3) }, () => {
    return [sleep(scope), writeCancel(scope, scope.random.pick([...tasks, waiter, waiter]))];
  });
  return [...spawns, ...scope.random.shuffled([waits, cancels.flat()]).flat()];
}

function life(scope: Scope): Statement[] {
  const ending = scope.random.weighted({ value: 5, error: 3, cancelled: 1 });
  if (ending === "error") return [sleep(scope), writeRaise(scope.error())];
  if (ending === "cancelled") return [writeCancel(scope, "self"), sleep(scope)];
  return [sleep(scope), { id, kind: "return", value: scope.value() }];
}

function together(scope: Scope, of: readonly Reference[]): Statement {
  const ms = scope.random.chance(0.5) ? null : scope.delay();
  const stopAfter = scope.random.chance(0.2) ? 1 : null;
  const all: Awaitable[] = scope.random.chance(0.4)
    ? [...of, { kind: "sleep", ms: scope.delay(), value: scope.value() }]
    : [...of];
  const gathered: Awaitable = { kind: "gather", of: all, returnExceptions: scope.random.chance(0.5) };
  const how = scope.random.weighted({ gather: 4, wait: 4, async: 3, plain: 3 });
  if (how === "gather")
    return { id, kind: "await", of: ms === null ? gathered : { kind: "waitFor", of: gathered, ms }, guard };
  if (how === "wait") return { id, kind: "await", of: writeWait(scope, of, ms), guard };
  return { id, kind: "asCompleted", of: all, ms, form: how, stopAfter, guard };
}

function sleep(scope: Scope): Statement {
  return { id, kind: "await", of: { kind: "sleep", ms: scope.delay(), value: null }, guard };
}
