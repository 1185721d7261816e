import {
  asyncGenerator,
  type CoroutineGenerator,
  coroutine,
  type Emit,
  StreamReader,
  type Timeout,
  taskGroup,
  timeout,
  timeoutAt,
  waitFor,
} from "asyncio-ts";
import type { AsyncGeneratorSpec, Block, Statement, Value, WaitingStatement } from "../language/ast.ts";
import { build, buildAsCompleted } from "./awaitables.ts";
import {
  begin,
  deadline,
  end,
  fail,
  handlerOf,
  leaveTimeout,
  logCompleted,
  logFailedItem,
  logStep,
  thrownIn,
} from "./shared.ts";
import type { Completion, Spelling } from "./spelling.ts";
import { isSync, runSync } from "./sync-statements.ts";
import { Boom, makeError, type World } from "./world.ts";

/** The programs in `function*`/`yield*`. */
export const generators: Spelling = {
  name: "generator",
  main: coroutine(runMain),
  coroutine: coroutine(runBody),
  scope: (world, body, enter) =>
    function* (scope) {
      enter(scope);
      return yield* runBlock(world, body);
    },
};

function* runMain(world: World): CoroutineGenerator<Value> {
  world.setUp();
  return yield* runBody(world, world.program.main);
}

function* runBody(world: World, body: Block): CoroutineGenerator<Value> {
  return (yield* runBlock(world, body))?.value ?? null;
}

function* runBlock(world: World, body: Block): CoroutineGenerator<Completion> {
  for (const statement of body) {
    const completion = yield* runStatement(world, statement);
    if (completion !== undefined) return completion;
  }
  return undefined;
}

function* runStatement(world: World, s: Statement): CoroutineGenerator<Completion> {
  if (isSync(s)) return runSync(world, s);
  if (!begin(world, s)) return undefined;
  let completion: Completion;
  try {
    completion = yield* WAITING[s.kind](world, s as never);
  } catch (error) {
    fail(world, s, error);
    return undefined;
  }
  end(world, s);
  return completion;
}

type Kind = WaitingStatement["kind"];
type OfKind<K extends Kind> = Extract<WaitingStatement, { kind: K }>;

const WAITING: { readonly [K in Kind]: (world: World, s: OfKind<K>) => CoroutineGenerator<Completion> } = {
  *await(world, s) {
    const awaitable = build(world, s.of);
    // In the mixed spelling it may be an async function: this runs it as a part of the task, without a limit.
    const value = yield* typeof awaitable === "function" ? waitFor(awaitable, null) : awaitable;
    world.log(s.id, "value", world.describe(value));
    return undefined;
  },

  *try(world, s) {
    try {
      return yield* runBlock(world, s.body);
    } catch (error) {
      const handler = handlerOf(world, s, error);
      const completion = yield* runBlock(world, handler.body);
      if (completion !== undefined || handler.then === "swallow") return completion;
      throw handler.then === "reraise" ? error : makeError(handler.then);
    } finally {
      if (s.cleanup !== null) {
        world.log(s.id, "finally", world.cancelling());
        yield* runBlock(world, s.cleanup);
      }
    }
  },

  *timeout(world, s) {
    const limit = s.at ? timeoutAt : timeout;
    let entered: Timeout | undefined;
    try {
      const enter = (active: Timeout): void => {
        entered = active;
        world.timeouts.set(s.timeout, active);
      };
      return yield* limit(deadline(world, s), world.spelling.scope(world, s.body, enter));
    } finally {
      leaveTimeout(world, s, entered);
    }
  },

  *group(world, s) {
    return yield* taskGroup(world.spelling.scope(world, s.body, (group) => world.groups.set(s.group, group)));
  },

  *with(world, s) {
    const hold = yield* world.holdable(s.what).hold();
    try {
      world.log(s.id, "entered");
      return yield* runBlock(world, s.body);
    } finally {
      hold[Symbol.dispose]();
    }
  },

  *withVar(world, s) {
    const token = world.variable(s.variable).set(s.value);
    try {
      return yield* runBlock(world, s.body);
    } finally {
      token[Symbol.dispose]();
    }
  },

  *repeat(world, s) {
    for (let i = 0; i < s.times; i++) {
      const completion = yield* runBlock(world, s.body);
      if (completion !== undefined) return completion;
    }
    return undefined;
  },

  *forAsync(world, s) {
    const items = generate(world, s.source);
    let seen = 0;
    try {
      for (let step = yield* items.next(); !step.done; step = yield* items.next()) {
        world.log(s.id, "item", step.value);
        const completion = yield* runBlock(world, s.body);
        if (completion !== undefined) return completion;
        if (++seen === s.stopAfter) break;
      }
    } finally {
      yield* items.return();
    }
    return undefined;
  },

  *forLines(world, s) {
    let seen = 0;
    const reader = world.get(s.reader, StreamReader);
    for (let line = yield* reader.readline(); line.length > 0; line = yield* reader.readline()) {
      world.log(s.id, "line", world.describe(line));
      const completion = yield* runBlock(world, s.body);
      if (completion !== undefined) return completion;
      if (++seen === s.stopAfter) break;
    }
    return undefined;
  },

  *stepAsync(world, s) {
    const items = generate(world, s.source);
    try {
      for (const step of s.steps) {
        if (logStep(world, s, yield* step === "next" ? items.next() : items.throw(new Boom("thrown")))) break;
      }
    } finally {
      if (s.close) yield* items.return();
    }
    return undefined;
  },

  *asCompleted(world, s) {
    const items = buildAsCompleted(world, s);
    let seen = 0;
    if (s.form === "async") {
      for (let step = yield* items.next(); !step.done; step = yield* items.next()) {
        logCompleted(world, s, step.value.future);
        if (++seen === s.stopAfter) break;
      }
      return undefined;
    }
    for (const next of items) {
      try {
        world.log(s.id, "item", world.describe(yield* next));
      } catch (error) {
        logFailedItem(world, s, error);
      }
      if (++seen === s.stopAfter) break;
    }
    return undefined;
  },
};

const generate = asyncGenerator(function* (
  emit: Emit<Value>,
  world: World,
  spec: AsyncGeneratorSpec,
): CoroutineGenerator<void> {
  try {
    for (const item of spec.items) {
      yield* runBlock(world, item.before);
      world.log(spec.id, "yield", item.value);
      try {
        yield* emit(item.value);
      } catch (error) {
        thrownIn(world, spec, item, error);
      }
    }
  } finally {
    world.log(spec.id, "cleanup");
    yield* runBlock(world, spec.cleanup);
  }
});
