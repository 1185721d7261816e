import { aclosing, StreamReader, type Timeout, taskGroup, timeout, timeoutAt } from "asyncio-ts";
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

/** The programs in `async`/`await`. */
export const native: Spelling = {
  name: "native",
  main: (world) => async () => {
    world.setUp();
    return await runBody(world, world.program.main);
  },
  coroutine: (world, body) => async () => await runBody(world, body),
  scope: (world, body, enter) => async (scope) => {
    enter(scope);
    return await runBlock(world, body);
  },
};

async function runBody(world: World, body: Block): Promise<Value> {
  return (await runBlock(world, body))?.value ?? null;
}

async function runBlock(world: World, body: Block): Promise<Completion> {
  for (const statement of body) {
    const completion = await runStatement(world, statement);
    if (completion !== undefined) return completion;
  }
  return undefined;
}

async function runStatement(world: World, s: Statement): Promise<Completion> {
  if (isSync(s)) return runSync(world, s);
  if (!begin(world, s)) return undefined;
  let completion: Completion;
  try {
    completion = await WAITING[s.kind](world, s as never);
  } catch (error) {
    fail(world, s, error);
    return undefined;
  }
  end(world, s);
  return completion;
}

type Kind = WaitingStatement["kind"];
type OfKind<K extends Kind> = Extract<WaitingStatement, { kind: K }>;

const WAITING: { readonly [K in Kind]: (world: World, s: OfKind<K>) => Promise<Completion> } = {
  await: async (world, s) => {
    const awaitable = build(world, s.of);
    const value = await (typeof awaitable === "function" ? awaitable() : awaitable);
    world.log(s.id, "value", world.describe(value));
    return undefined;
  },

  try: async (world, s) => {
    try {
      return await runBlock(world, s.body);
    } catch (error) {
      const handler = handlerOf(world, s, error);
      const completion = await runBlock(world, handler.body);
      if (completion !== undefined || handler.then === "swallow") return completion;
      throw handler.then === "reraise" ? error : makeError(handler.then);
    } finally {
      if (s.cleanup !== null) {
        world.log(s.id, "finally", world.cancelling());
        await runBlock(world, s.cleanup);
      }
    }
  },

  timeout: async (world, s) => {
    const limit = s.at ? timeoutAt : timeout;
    let entered: Timeout | undefined;
    try {
      const enter = (active: Timeout): void => {
        entered = active;
        world.timeouts.set(s.timeout, active);
      };
      return await limit(deadline(world, s), world.spelling.scope(world, s.body, enter));
    } finally {
      leaveTimeout(world, s, entered);
    }
  },

  group: async (world, s) =>
    await taskGroup(world.spelling.scope(world, s.body, (group) => world.groups.set(s.group, group))),

  with: async (world, s) => {
    // Not `await using`: an error of the release would come as a SuppressedError, in Python it takes the place of the
    // body's.
    const hold = await world.holdable(s.what).hold();
    try {
      world.log(s.id, "entered");
      return await runBlock(world, s.body);
    } finally {
      hold[Symbol.dispose]();
    }
  },

  withVar: async (world, s) => {
    const token = world.variable(s.variable).set(s.value);
    try {
      return await runBlock(world, s.body);
    } finally {
      token[Symbol.dispose]();
    }
  },

  repeat: async (world, s) => {
    for (let i = 0; i < s.times; i++) {
      const completion = await runBlock(world, s.body);
      if (completion !== undefined) return completion;
    }
    return undefined;
  },

  forAsync: async (world, s) => {
    const items = aclosing(generate(world, s.source));
    let seen = 0;
    try {
      for await (const item of items) {
        world.log(s.id, "item", item);
        const completion = await runBlock(world, s.body);
        if (completion !== undefined) return completion;
        if (++seen === s.stopAfter) break;
      }
    } finally {
      await items[Symbol.asyncDispose]();
    }
    return undefined;
  },

  forLines: async (world, s) => {
    let seen = 0;
    for await (const line of world.get(s.reader, StreamReader)) {
      world.log(s.id, "line", world.describe(line));
      const completion = await runBlock(world, s.body);
      if (completion !== undefined) return completion;
      if (++seen === s.stopAfter) break;
    }
    return undefined;
  },

  stepAsync: async (world, s) => {
    const items = aclosing(generate(world, s.source));
    try {
      for (const step of s.steps) {
        const last = await (step === "next" ? items.next() : items.throw(new Boom("thrown")));
        if (logStep(world, s, last)) break;
      }
    } finally {
      if (s.close) await items[Symbol.asyncDispose]();
    }
    return undefined;
  },

  asCompleted: async (world, s) => {
    const items = buildAsCompleted(world, s);
    let seen = 0;
    if (s.form === "async") {
      // Without return(): a `break` would end the wait and stop its timer, which in Python goes on.
      for await (const { future } of { [Symbol.asyncIterator]: () => ({ next: () => items.next() }) }) {
        logCompleted(world, s, future);
        if (++seen === s.stopAfter) break;
      }
      return undefined;
    }
    for (const next of items) {
      try {
        world.log(s.id, "item", world.describe(await next));
      } catch (error) {
        logFailedItem(world, s, error);
      }
      if (++seen === s.stopAfter) break;
    }
    return undefined;
  },
};

async function* generate(world: World, spec: AsyncGeneratorSpec): AsyncGenerator<Value, void, void> {
  try {
    for (const item of spec.items) {
      await runBlock(world, item.before);
      world.log(spec.id, "yield", item.value);
      try {
        yield item.value;
      } catch (error) {
        thrownIn(world, spec, item, error);
      }
    }
  } finally {
    world.log(spec.id, "cleanup");
    await runBlock(world, spec.cleanup);
  }
}
