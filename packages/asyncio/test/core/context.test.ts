import {
  Context,
  ContextVar,
  copyContext,
  createTask,
  currentTask,
  getRunningLoop,
  LookupError,
  RuntimeError,
  sleep,
  Token,
  timeout,
  ValueError,
  waitFor,
} from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, expectTypeOf, test } from "vitest";
import { awaiting, testBoth } from "../support/spellings.ts";

const user = new ContextVar<string>("user", { default: "nobody" });

// The variable

test("ContextVar.get() gives the value, else the fallback, else the default, else throws LookupError", () => {
  const bare = new ContextVar<number>("bare");
  copyContext().run(() => {
    expect(user.get()).toBe("nobody");
    expect(user.get("fallback")).toBe("fallback");
    expect(bare.get(7)).toBe(7);
    expect(bare.get(undefined)).toBeUndefined();
    expect(() => bare.get()).toThrow(LookupError);
    expect(() => bare.get()).toThrow('"bare"');
    bare.set(1);
    expect(bare.get(7)).toBe(1);
  });
});

test("ContextVar() needs a name; a default of undefined is a default", () => {
  expect(user.name).toBe("user");
  expect(() => new ContextVar(3 as never)).toThrow(TypeError);
  expect(new ContextVar<undefined>("empty", { default: undefined }).get()).toBeUndefined();
});

test("ContextVar knows the type of its value", () => {
  expectTypeOf(() => user.get()).returns.toEqualTypeOf<string>();
  expectTypeOf(user.set).returns.toEqualTypeOf<Token<string>>();
});

test("ContextVar.reset() brings the value before back, or that there was none", () => {
  const variable = new ContextVar<number>("variable");
  copyContext().run(() => {
    const first = variable.set(1);
    const second = variable.set(2);
    expect([first.oldValue, second.oldValue]).toEqual([Token.MISSING, 1]);
    expect(second.var).toBe(variable);
    variable.reset(second);
    expect(variable.get()).toBe(1);
    variable.reset(first);
    expect(() => variable.get()).toThrow(LookupError);
  });
});

test("ContextVar.reset() refuses a token used before, of another variable, or of another context", () => {
  const other = new ContextVar<string>("other");
  copyContext().run(() => {
    const token = user.set("ada");
    expect(() => other.reset(token)).toThrow(ValueError);
    expect(() => copyContext().run(() => user.reset(token))).toThrow(ValueError);
    user.reset(token);
    expect(() => user.reset(token)).toThrow(RuntimeError);
  });
});

test("Token undoes the set at the end of a `using` block", () => {
  copyContext().run(() => {
    user.set("ada");
    {
      using _ = user.set("bob");
      expect(user.get()).toBe("bob");
    }
    expect(user.get()).toBe("ada");
  });
});

// The context

test("Context.run() keeps in what is set, gives the result, and puts the context before back", () => {
  const context = copyContext();
  const result = context.run(
    (greeting, name) => {
      user.set(name);
      const nested = context.copy();
      nested.run(() => user.set("nested"));
      expect(nested.get(user)).toBe("nested");
      return `${greeting} ${user.get()}`;
    },
    "hello",
    "ada",
  );
  expect(result).toBe("hello ada");
  expect(user.get()).toBe("nobody");
  expect(context.get(user)).toBe("ada");
});

test("Context.run() puts the context before back when the function throws", () => {
  const context = copyContext();
  const failing = (): never => {
    user.set("ada");
    throw new Error("inside");
  };
  expect(() => context.run(failing)).toThrow("inside");
  expect(user.get()).toBe("nobody");
  expect(context.run(() => user.get())).toBe("ada");
});

test("Context.run() throws RuntimeError when the context is entered already", () => {
  const context = copyContext();
  context.run(() => expect(() => context.run(() => {})).toThrow(RuntimeError));
  expect(context.run(() => "free again")).toBe("free again");
});

test("Context.run() of an async function lasts across its awaits", () =>
  runVirtual(async () => {
    const context = copyContext();
    const order: string[] = [];
    const running = context.run(async () => {
      user.set("ada");
      await sleep(1);
      order.push(`inside: ${user.get()}, task: ${currentTask()?.getName()}`);
      await Promise.resolve();
      user.set("ada later");
    });
    order.push(`outside: ${user.get()}`);
    await running;
    order.push(`outside: ${user.get()}`, `context: ${context.get(user)}`);
    const name = currentTask()?.getName();
    expect(order).toEqual(["outside: nobody", `inside: ada, task: ${name}`, "outside: nobody", "context: ada later"]);
  }));

testBoth("Context.run() inside of a task: the code is still that task's", function* () {
  const task = currentTask();
  const context = copyContext();
  const inside = context.run(() => {
    user.set("ada");
    return { task: currentTask(), child: createTask(async () => user.get()) };
  });
  expect(inside.task).toBe(task);
  expect(yield* awaiting(inside.child)).toBe("ada");
  expect(user.get()).toBe("nobody");
});

test("Context is a mapping of its variables", () => {
  const city = new ContextVar<string>("city");
  const context = new Context();
  expect(context.size).toBe(0);
  context.run(() => {
    user.set("ada");
    city.set("london");
  });
  expect(context.size).toBe(2);
  expect(context.has(user)).toBe(true);
  expect(context.copy().has(city)).toBe(true);
  expect(new Context().get(city)).toBeUndefined();
  expect(new Context().get(city, "paris")).toBe("paris");
  expect([...context]).toEqual([user, city]);
  expect([...context.keys()]).toEqual([user, city]);
  expect([...context.values()]).toEqual(["ada", "london"]);
  expect([...context.items()]).toEqual([
    [user, "ada"],
    [city, "london"],
  ]);
});

test("Context.copy() is not changed by what is set later in the original, nor the other way round", () => {
  const context = new Context();
  context.run(() => user.set("ada"));
  const copy = context.copy();
  context.run(() => user.set("bob"));
  expect(copy.get(user)).toBe("ada");
  copy.run(() => user.set("eve"));
  expect(context.get(user)).toBe("bob");
});

// Tasks and callbacks

testBoth("ContextVar has a value for each task: a child starts with a copy of its parent's", function* ({ start }) {
  const order: string[] = [];
  user.set("parent");
  const child = start(function* () {
    order.push(`child sees ${user.get()}`);
    user.set("child");
    yield* awaiting(sleep(2));
    order.push(`child still sees ${user.get()}`);
  });
  user.set("parent later");
  yield* awaiting(sleep(1));
  order.push(`parent sees ${user.get()}`);
  yield* awaiting(child);
  order.push(`parent sees ${user.get()}`);
  expect(order).toEqual([
    "child sees parent",
    "parent sees parent later",
    "child still sees child",
    "parent sees parent later",
  ]);
  expect(child.getContext().get(user)).toBe("child");
});

testBoth("ContextVar keeps its value across every kind of await", function* ({ start }) {
  const seen: string[] = [];
  const tasks = ["a", "b"].map((name) =>
    start(function* () {
      user.set(name);
      yield* awaiting(sleep(0));
      seen.push(user.get());
      yield* awaiting(sleep(1));
      seen.push(user.get());
      yield* awaiting(createTask(() => sleep(1)));
      seen.push(user.get());
      yield* awaiting(getRunningLoop().createTask(() => Promise.resolve()));
      seen.push(user.get());
    }),
  );
  for (const task of tasks) yield* awaiting(task);
  expect(seen).toEqual(["a", "b", "a", "b", "a", "b", "a", "b"]);
});

test("ContextVar keeps its value in native code after promises of the platform, and in all branches", () =>
  runVirtual(async () => {
    const seen: string[] = [];
    const branch = async (name: string, ms: number): Promise<void> => {
      await Promise.resolve();
      await sleep(ms);
      seen.push(`${name}: ${user.get()}`);
    };
    await Promise.all(
      ["ada", "bob"].map((name) =>
        createTask(async () => {
          user.set(name);
          await Promise.all([branch("slow", 2), branch("quick", 1)]);
        }),
      ),
    );
    expect(seen).toEqual(["quick: ada", "quick: bob", "slow: ada", "slow: bob"]);
  }));

testBoth("ContextVar set by something that is awaited directly is seen by the caller", function* ({ spell }) {
  const set = (name: string) =>
    spell(function* () {
      user.set(name);
      yield* awaiting(sleep(0));
    });
  yield* awaiting(waitFor(set("by waitFor"), 10));
  expect(user.get()).toBe("by waitFor");
  yield* awaiting(timeout(10, set("by timeout")));
  expect(user.get()).toBe("by timeout");
});

testBoth("createTask({ context }) runs the task in that very context", function* ({ start }) {
  const context = copyContext();
  const task = start(
    function* () {
      user.set("inside");
      yield* awaiting(sleep(0));
    },
    { context },
  );
  yield* awaiting(task);
  expect(task.getContext()).toBe(context);
  expect(context.get(user)).toBe("inside");
  expect(user.get()).toBe("nobody");
});

testBoth("EventLoop.callSoon() and its kin call in a copy of the context made when they were asked to", function* () {
  const seen: string[] = [];
  const loop = getRunningLoop();
  const future = loop.createFuture<void>();
  user.set("before");
  const note = (from: string) => (): void => {
    seen.push(`${from}: ${user.get()}`);
    user.set(`set by ${from}`);
  };
  loop.callSoon(note("callSoon"));
  loop.callLater(1, note("callLater"));
  loop.callAt(loop.time() + 2, note("callAt"));
  future.addDoneCallback(note("addDoneCallback"));
  user.set("after");
  future.setResult();
  yield* awaiting(sleep(3));
  expect(seen).toEqual(["callSoon: before", "addDoneCallback: before", "callLater: before", "callAt: before"]);
  expect(user.get()).toBe("after");
});

testBoth("EventLoop.callSoon({ context }) calls in that very context", function* () {
  const context = copyContext();
  const handle = getRunningLoop().callSoon(() => user.set("inside"), { context });
  expect(handle.getContext()).toBe(context);
  yield* awaiting(sleep(0));
  expect(context.get(user)).toBe("inside");
  expect(user.get()).toBe("nobody");
});

test("ContextVar.reset() refuses a token of another task", () =>
  runVirtual(async () => {
    const token = await createTask(async () => user.set("ada"));
    expect(() => user.reset(token)).toThrow(ValueError);
  }));
