import type { Awaitable, Statement, SyncStatement } from "../language/ast.ts";
import { writeArrival, writeFeed, writeRead } from "./reads.ts";
import { type Scope, UNNUMBERED } from "./scope.ts";

/** Something to wait for, what has to be done first so that it is not there yet, and what makes it happen. */
export interface Meeting {
  readonly prepare: readonly Statement[];
  readonly wait: Awaitable;
  readonly trigger: readonly SyncStatement[];
}

export function writeMeeting(scope: Scope): Meeting {
  const kind = scope.random.weighted({
    future: 4,
    event: 3,
    lock: 4,
    semaphore: 4,
    condition: 4,
    barrier: 2,
    get: 4,
    room: 3,
    join: 2,
    timer: 3,
    read: 4,
  });
  return MEETINGS[kind](scope);
}

const id = UNNUMBERED;
const guard = true;

const MEETINGS = { future, event, lock, semaphore, condition, barrier, get, room, join, timer, read };

function future(scope: Scope): Meeting {
  const name = scope.names.of("future");
  const result: SyncStatement = { id, kind: "setResult", target: name, value: scope.value(), guard };
  const error: SyncStatement = { id, kind: "setException", target: name, error: scope.error(), guard };
  const cancel: SyncStatement = { id, kind: "cancel", target: name, message: scope.message() };
  return {
    prepare: [{ id, kind: "renew", future: name }],
    wait: { kind: "future", future: name },
    trigger: [scope.random.pick([result, result, error, cancel])],
  };
}

function event(scope: Scope): Meeting {
  const name = scope.names.of("event");
  const set: SyncStatement = { id, kind: "set", event: name };
  return {
    prepare: [{ id, kind: "clear", event: name }],
    wait: { kind: "eventWait", event: name },
    trigger: scope.random.chance(0.4) ? [set, { id, kind: "clear", event: name }] : [set],
  };
}

function lock(scope: Scope): Meeting {
  const what = scope.names.of("lock");
  return {
    prepare: [acquire(scope, what)],
    wait: { kind: "acquire", what },
    trigger: releases(scope, what),
  };
}

function semaphore(scope: Scope): Meeting {
  const what = scope.names.of("semaphore");
  return {
    prepare: Array.from({ length: scope.random.between(1, 2) }, () => acquire(scope, what)),
    wait: { kind: "acquire", what },
    trigger: releases(scope, what),
  };
}

/** Whoever prepares must not wait for ever: nobody may be there to release. */
function acquire(scope: Scope, what: string): Statement {
  return { id, kind: "await", of: { kind: "waitFor", of: { kind: "acquire", what }, ms: scope.soonLimit() }, guard };
}

function releases(scope: Scope, what: string): SyncStatement[] {
  return Array.from({ length: scope.random.between(1, 2) }, () => ({ id, kind: "release", what, guard }));
}

function condition(scope: Scope): Meeting {
  const name = scope.names.of("condition");
  const counter = scope.names.of("counter");
  const wait: Awaitable = scope.random.chance(0.7)
    ? { kind: "conditionWait", condition: name }
    : { kind: "conditionWaitFor", condition: name, counter, atLeast: scope.random.pick([1, 1, 2]) };
  const held: Statement = { id, kind: "with", what: name, body: [{ id, kind: "await", of: wait }] };
  // Notifying needs the lock. Whoever triggers holds it only if it has acquired it in between, so a task does it too.
  const notify: SyncStatement = { id, kind: "notify", condition: name, count: scope.random.pick([1, 2, null]), guard };
  const notifier: Statement = { id, kind: "with", what: name, body: [{ id, kind: "count", counter, by: 1 }, notify] };
  const task = scope.names.newTask();
  const of: Awaitable = { kind: "coro", body: [notifier] };
  return {
    prepare: [],
    wait: { kind: "coro", body: [held] },
    trigger: [
      { id, kind: "spawn", task, of, eager: null, context: null },
      notify,
      { id, kind: "release", what: name, guard },
    ],
  };
}

function barrier(scope: Scope): Meeting {
  const name = scope.names.of("barrier");
  const of = scope.random.pick<Awaitable>([
    { kind: "barrierWait", barrier: name },
    { kind: "barrierWait", barrier: name },
    { kind: "barrierReset", barrier: name },
    { kind: "barrierAbort", barrier: name },
  ]);
  return {
    prepare: [],
    wait: { kind: "barrierWait", barrier: name },
    trigger: [{ id, kind: "spawn", task: scope.names.newTask(), of, eager: null, context: null }],
  };
}

function get(scope: Scope): Meeting {
  const queue = scope.names.of("queue");
  const put: SyncStatement = { id, kind: "putNow", queue, item: scope.random.int(10), guard };
  const shutdown: SyncStatement = { id, kind: "shutdown", queue, immediate: scope.random.chance(0.5) };
  return {
    prepare: [],
    wait: { kind: "get", queue },
    trigger: scope.random.chance(0.2) ? [put, shutdown] : scope.random.chance(0.4) ? [put, put] : [put],
  };
}

function room(scope: Scope): Meeting {
  const queue = scope.names.boundedQueue();
  const fill: Statement = { id, kind: "putNow", queue, item: scope.random.int(10), guard };
  const getNow: SyncStatement = { id, kind: "getNow", queue, guard };
  const shutdown: SyncStatement = { id, kind: "shutdown", queue, immediate: scope.random.chance(0.5) };
  return {
    prepare: [fill, fill], // Full, whether it holds one or two.
    wait: { kind: "put", queue, item: scope.random.int(10) },
    trigger: scope.random.chance(0.2) ? [getNow, shutdown] : [getNow],
  };
}

function join(scope: Scope): Meeting {
  const queue = scope.names.of("queue");
  const done: SyncStatement = { id, kind: "taskDone", queue, guard };
  return {
    prepare: [{ id, kind: "putNow", queue, item: scope.random.int(10), guard }],
    wait: { kind: "join", queue },
    trigger: scope.random.chance(0.2) ? [{ id, kind: "shutdown", queue, immediate: true }] : [done, done],
  };
}

function read(scope: Scope): Meeting {
  const reader = scope.names.of("reader");
  const arrivals = Array.from({ length: scope.random.between(1, 3) }, () => writeArrival(scope, reader));
  return {
    prepare: [{ id, kind: "renewReader", reader }, ...(scope.random.chance(0.5) ? [writeFeed(scope, reader)] : [])],
    wait: writeRead(scope, reader),
    trigger: arrivals,
  };
}

/** Nothing has to happen: the time itself comes, and with it whatever else is set to that time. */
function timer(scope: Scope): Meeting {
  return { prepare: [], wait: { kind: "sleep", ms: scope.random.between(0, 2), value: scope.value() }, trigger: [] };
}
