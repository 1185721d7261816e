import {
  allTasks,
  Barrier,
  Condition,
  Context,
  copyContext,
  createTask,
  Event,
  Future,
  Handle,
  Queue,
  StreamReader,
  Task,
  TimerHandle,
} from "asyncio-ts";
import type { Detail } from "../compare/trace.ts";
import type { Statement, SyncBlock, SyncStatement } from "../language/ast.ts";
import { build, check } from "./awaitables.ts";
import type { Completion } from "./spelling.ts";
import { describeError, Missing, makeError, type World } from "./world.ts";

export function isSync(statement: Statement): statement is SyncStatement {
  return statement.kind in SYNC;
}

/** Runs one statement that never waits, and logs what is seen of it. */
export function runSync(world: World, s: SyncStatement): Completion {
  if (s.kind === "return") {
    world.log(s.id, "return");
    return { value: s.value };
  }
  try {
    world.log(s.id, "did", SYNC[s.kind](world, s as never) ?? null);
  } catch (error) {
    if (error instanceof Missing) {
      world.log(s.id, "missing", error.message);
      return undefined;
    }
    world.log(s.id, "error", describeError(error));
    if (!s.guard) throw error;
  }
  return undefined;
}

function runSyncBlock(world: World, body: SyncBlock): void {
  for (const statement of body) runSync(world, statement);
}

/** A callback: of a future, or of the loop. */
function call(world: World, s: SyncStatement & { readonly body: SyncBlock }, seen: Detail): void {
  world.log(s.id, "call", seen);
  runSyncBlock(world, s.body);
}

type Kind = Exclude<SyncStatement["kind"], "return">;
type OfKind<K extends Kind> = Extract<SyncStatement, { kind: K }>;

const TASKS: Pick<Handlers, "spawn" | "spawnIn" | "cancel" | "uncancel" | "rename" | "inspect" | "allTasks"> = {
  spawn: (world, s) => {
    const options = { ...world.contextOption(s.context), ...eager(s.eager) };
    return spawn(world, s, (source, name) => createTask(source, { name, ...options }));
  },
  spawnIn: (world, s) => {
    const group = world.group(s.group);
    return spawn(world, s, (source, name) => group.createTask(source, { name, ...eager(s.eager) }));
  },
  cancel: (world, s) => {
    const target = world.get(s.target, Future);
    if (s.message === null || world.sabotage === "cancels forget their message") return target.cancel();
    return target.cancel(s.message);
  },
  uncancel: (world, s) => world.get(s.target, Task).uncancel(),
  rename: (world, s) => world.get(s.target, Task).setName(s.to),
  inspect: (world, s) => {
    const target = world.get(s.target, Future);
    const cancelling = target instanceof Task ? target.cancelling() : 0;
    return [target.done(), target.cancelled(), cancelling, world.outcome(target)];
  },
  // A set: its order means nothing.
  allTasks: (world) => [...allTasks()].map((task) => world.taskName(task)).sort(),
};

type CreateTask = (source: Parameters<typeof createTask>[0], name: string) => Task<unknown>;

function spawn(world: World, s: OfKind<"spawn" | "spawnIn">, create: CreateTask): Detail {
  check(world, s.of);
  const task = create(build(world, s.of) as Parameters<typeof createTask>[0], world.freshName(s.task));
  world.things.set(s.task, task);
  return world.taskName(task);
}

function eager(eagerStart: boolean | null): { eagerStart?: boolean } {
  return eagerStart === null ? {} : { eagerStart };
}

const FUTURES: Pick<Handlers, "setResult" | "setException" | "renew" | "addCallback" | "removeCallback"> = {
  setResult: (world, s) => world.get(s.target, Future).setResult(s.value),
  setException: (world, s) => world.get(s.target, Future).setException(makeError(s.error)),
  renew: (world, s) => {
    world.things.set(s.future, world.loop.createFuture());
  },
  addCallback: (world, s) => {
    const target = world.get(s.target, Future);
    // The same name is the same function: removing it removes every time it was added.
    const callback = world.callbacks.get(s.callback) ?? ((future) => call(world, s, world.outcome(future)));
    world.callbacks.set(s.callback, callback);
    target.addDoneCallback(callback);
  },
  removeCallback: (world, s) => {
    const target = world.get(s.target, Future);
    const callback = world.callbacks.get(s.callback);
    if (callback === undefined) throw new Missing(s.callback);
    return target.removeDoneCallback(callback);
  },
};

const LOOP: Pick<Handlers, "call" | "cancelHandle" | "inspectHandle" | "report" | "raise"> = {
  call: (world, s) => {
    const { loop } = world;
    const options = world.contextOption(s.context);
    const fn = () => call(world, s, null);
    const schedule = {
      soon: () => loop.callSoon(fn, options),
      later: () => loop.callLater(s.ms, fn, options),
      at: () => loop.callAt(loop.time() + s.ms, fn, options),
    };
    world.things.set(s.handle, schedule[s.when]());
  },
  cancelHandle: (world, s) => world.get(s.handle, Handle).cancel(),
  inspectHandle: (world, s) => {
    const handle = world.get(s.handle, Handle);
    return [handle.cancelled(), handle instanceof TimerHandle ? handle.when() : null];
  },
  report: (world, s) => world.loop.callExceptionHandler({ message: s.message }),
  raise: (_, s) => {
    throw makeError(s.error);
  },
};

const PRIMITIVES: Pick<
  Handlers,
  "set" | "clear" | "release" | "notify" | "putNow" | "getNow" | "taskDone" | "shutdown" | "state" | "count"
> = {
  set: (world, s) => world.get(s.event, Event).set(),
  clear: (world, s) => world.get(s.event, Event).clear(),
  release: (world, s) => world.holdable(s.what).release(),
  notify: (world, s) => {
    const condition = world.get(s.condition, Condition);
    if (s.count === null) condition.notifyAll();
    else condition.notify(s.count);
  },
  putNow: (world, s) => world.get(s.queue, Queue).putNowait(s.item),
  getNow: (world, s) => world.describe(world.get(s.queue, Queue).getNowait()),
  taskDone: (world, s) => world.get(s.queue, Queue).taskDone(),
  shutdown: (world, s) => world.get(s.queue, Queue).shutdown({ immediate: s.immediate }),
  state: (world, s) => stateOf(world, world.things.get(s.of)),
  count: (world, s) => {
    const sum = (world.counters.get(s.counter) ?? 0) + s.by;
    world.counters.set(s.counter, sum);
    return sum;
  },
};

function stateOf(world: World, thing: unknown): Detail {
  if (thing instanceof Event) return [thing.isSet()];
  if (thing instanceof StreamReader) return [thing.atEof(), world.describe(thing.exception())];
  if (thing instanceof Barrier) return [thing.parties, thing.nWaiting, thing.broken];
  if (thing instanceof Queue) return [thing.qsize(), thing.empty(), thing.full(), thing.maxsize];
  return [(thing as { locked(): boolean }).locked()];
}

const STREAMS: Pick<Handlers, "feedData" | "feedEof" | "failReader" | "renewReader"> = {
  feedData: (world, s) => world.get(s.reader, StreamReader).feedData(new TextEncoder().encode(s.data)),
  feedEof: (world, s) => world.get(s.reader, StreamReader).feedEof(),
  failReader: (world, s) => world.get(s.reader, StreamReader).setException(makeError(s.error)),
  renewReader: (world, s) => world.renewReader(s.reader),
};

const CONTEXT: Pick<Handlers, "setVar" | "getVar" | "resetVar" | "capture" | "readContext" | "runIn"> = {
  setVar: (world, s) => {
    world.tokens.set(s.token, world.variable(s.variable).set(s.value));
  },
  getVar: (world, s) => world.variable(s.variable).get(),
  resetVar: (world, s) => world.variable(s.variable).reset(world.token(s.token)),
  capture: (world, s) => {
    world.things.set(s.context, copyContext());
  },
  readContext: (world, s) => {
    const context = world.get(s.context, Context);
    const variable = world.variable(s.variable);
    return [context.has(variable), context.get(variable) ?? null, context.size];
  },
  runIn: (world, s) => world.get(s.context, Context).run(() => runSyncBlock(world, s.body)),
};

const TIMEOUTS: Pick<Handlers, "reschedule" | "inspectTimeout"> = {
  reschedule: (world, s) => world.timeout(s.timeout).reschedule(s.ms === null ? null : world.loop.time() + s.ms),
  inspectTimeout: (world, s) => {
    const timeout = world.timeout(s.timeout);
    return [timeout.when(), timeout.expired()];
  },
};

type Handlers = { readonly [K in Kind]: (world: World, s: OfKind<K>) => Detail | void };

const SYNC: Handlers & { readonly return: null } = {
  ...TASKS,
  ...FUTURES,
  ...LOOP,
  ...PRIMITIVES,
  ...STREAMS,
  ...CONTEXT,
  ...TIMEOUTS,
  return: null,
};
