import type { Awaitable, AwaitableKind, Delay, Reference } from "../language/ast.ts";
import { writeRead } from "./reads.ts";
import { type Scope, UNNUMBERED } from "./scope.ts";

type Writer = (scope: Scope) => Awaitable;

/** An awaitable for `await`, gather, waitFor … */
function writeAwaitable(scope: Scope): Awaitable {
  const deep = scope.depth > 4 || scope.names.budget <= 0;
  const kind = scope.random.weighted(deep ? SIMPLE : { ...SIMPLE, ...NESTED });
  return WRITERS[kind](scope);
}

/** What createTask() takes: no futures. */
export function writeCoroutine(scope: Scope): Awaitable {
  if (scope.random.chance(0.7)) return writeCoro(scope);
  for (;;) {
    const written = writeAwaitable(scope);
    if (!FUTURES.has(written.kind)) return written;
  }
}

/** Like {@link writeAwaitable}, but it ends, if it has to here. */
export function writeEnding(scope: Scope): Awaitable {
  const of = writeAwaitable(scope);
  if (scope.mayStall || ENDING.has(of.kind) || scope.random.chance(0.02)) return of;
  return { kind: "waitFor", of, ms: scope.soonLimit() };
}

/** Arguments of gather and asCompleted: some appear twice. */
export function writeArguments(scope: Scope, atMost: number): Awaitable[] {
  const args: Awaitable[] = [];
  for (let left = scope.random.int(atMost + 1); left > 0; left--) {
    args.push(scope.random.chance(0.12) ? duplicate(scope, args) : writeAwaitable(scope));
  }
  return args;
}

function writeReference(scope: Scope): Reference {
  const task = scope.names.waitableTask(scope.lowestTask);
  if (task !== undefined && scope.random.chance(0.8)) return { kind: "task", task };
  return { kind: "future", future: scope.names.of("future") };
}

export function writeWait(scope: Scope, of: readonly Reference[], ms: Delay | null): Awaitable {
  const until = scope.random.pick(["FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED"] as const);
  return { kind: "wait", of, ms, until };
}

const SIMPLE: Partial<Record<AwaitableKind, number>> = {
  sleep: 26,
  task: 14,
  future: 8,
  acquire: 6,
  eventWait: 5,
  conditionWait: 1,
  conditionWaitFor: 2,
  barrierWait: 3,
  barrierReset: 0.6,
  barrierAbort: 0.6,
  get: 7,
  put: 6,
  join: 2.5,
  read: 1.5,
  readline: 1.5,
  readexactly: 1,
  readuntil: 1.5,
};

const NESTED: Partial<Record<AwaitableKind, number>> = { coro: 12, gather: 9, shield: 7, waitFor: 12, wait: 7 };

const FUTURES: ReadonlySet<AwaitableKind> = new Set(["task", "future", "gather", "shield"]);
const ENDING: ReadonlySet<AwaitableKind> = new Set(["sleep", "waitFor", "barrierReset", "barrierAbort"]);

const WRITERS: Record<AwaitableKind, Writer> = {
  coro: writeCoro,
  sleep: writeSleep,
  task: writeReference,
  future: (scope) => ({ kind: "future", future: scope.names.of("future") }),
  gather: (scope) => ({
    kind: "gather",
    of: writeArguments(scope.inside(), 4),
    returnExceptions: scope.random.chance(0.4),
  }),
  again: writeSleep,
  shield: (scope) => ({ kind: "shield", of: writeAwaitable(scope.inside()) }),
  waitFor: (scope) => ({ kind: "waitFor", of: writeAwaitable(scope.inside()), ms: scope.limit() }),
  wait: (scope) => {
    const length = scope.random.between(1, 4);
    const ms = scope.random.chance(0.3) ? null : scope.delay();
    return writeWait(
      scope,
      Array.from({ length }, () => writeReference(scope)),
      ms,
    );
  },
  acquire: (scope) => ({ kind: "acquire", what: scope.names.of("lock", "semaphore", "condition") }),
  eventWait: (scope) => ({ kind: "eventWait", event: scope.names.of("event") }),
  conditionWait: (scope) => ({ kind: "conditionWait", condition: scope.names.of("condition") }),
  conditionWaitFor: (scope) => ({
    kind: "conditionWaitFor",
    condition: scope.names.of("condition"),
    counter: scope.names.of("counter"),
    atLeast: scope.random.between(0, 3),
  }),
  barrierWait: (scope) => ({ kind: "barrierWait", barrier: scope.names.of("barrier") }),
  barrierReset: (scope) => ({ kind: "barrierReset", barrier: scope.names.of("barrier") }),
  barrierAbort: (scope) => ({ kind: "barrierAbort", barrier: scope.names.of("barrier") }),
  get: (scope) => ({ kind: "get", queue: scope.names.of("queue") }),
  put: (scope) => ({ kind: "put", queue: scope.names.of("queue"), item: scope.random.int(10) }),
  join: (scope) => ({ kind: "join", queue: scope.names.of("queue") }),
  read: (scope) => writeRead(scope, scope.names.of("reader"), "read"),
  readline: (scope) => writeRead(scope, scope.names.of("reader"), "readline"),
  readexactly: (scope) => writeRead(scope, scope.names.of("reader"), "readexactly"),
  readuntil: (scope) => writeRead(scope, scope.names.of("reader"), "readuntil"),
};

function writeSleep(scope: Scope): Awaitable {
  return { kind: "sleep", ms: scope.delay(), value: scope.value() };
}

/** A coroutine whose last statement gives a value, mostly. */
function writeCoro(scope: Scope): Awaitable {
  const inner = scope.inside();
  const body = inner.block(inner.random.between(1, 4));
  if (!inner.random.chance(0.6)) return { kind: "coro", body };
  return { kind: "coro", body: [...body, { id: UNNUMBERED, kind: "return", value: inner.value() }] };
}

/**
 * The same object twice. A coroutine of the program itself can't be: in the native spelling that is a function, and
 * given twice it is called twice.
 */
function duplicate(scope: Scope, args: readonly Awaitable[]): Awaitable {
  const possible = args.flatMap((arg, index) => (arg.kind === "coro" || arg.kind === "again" ? [] : [index]));
  return possible.length > 0 ? { kind: "again", index: scope.random.pick(possible) } : writeSleep(scope);
}
