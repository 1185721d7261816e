import type { TaskGroup } from "asyncio-ts";
import {
  type Coroutine,
  type CoroutineGenerator,
  captureCallGraph,
  createTask,
  Event,
  EventLoop,
  Future,
  type FutureCallGraph,
  formatCallGraph,
  futureAddToAwaitedBy,
  futureDiscardFromAwaitedBy,
  gather,
  getRunningLoop,
  printCallGraph,
  RuntimeError,
  shield,
  sleep,
  Task,
  taskGroup,
  timeout,
  wait,
  waitFor,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { describe, expect, test } from "vitest";
import { Places } from "../support/places.ts";
import { awaiting, testBoth } from "../support/spellings.ts";

/** The names of a graph: each task with those that wait for it. */
type Names = { [name: string]: Names };

function namesOf(graph: FutureCallGraph): Names {
  const { future, awaitedBy } = graph;
  const name = future instanceof Task ? future.getName() : "future";
  return { [name]: Object.assign({}, ...awaitedBy.map(namesOf)) };
}

/** The functions on the call stack, innermost first. */
function functionsOf(graph: FutureCallGraph | null): string[] {
  return graph?.callStack.map(({ frame }) => frame.functionName) ?? ["no graph"];
}

test("formatCallGraph() shows where generators are suspended, to the line, and who waits for whom", () =>
  runVirtual(function* () {
    const places = new Places();
    const event = new Event();
    function* inner() {
      yield* places.mark("inner", event.wait());
    }
    function* middle() {
      yield* places.mark("middle", inner());
    }
    function* outer() {
      yield* places.mark("outer", middle());
    }
    const worker = createTask(outer, { name: "worker" });
    createTask(
      function* boss() {
        yield* places.mark("boss", worker);
      },
      { name: "boss" },
    );
    yield* sleep(1);
    expect(formatCallGraph(worker).split("\n")).toEqual([
      "* Task(name='worker')",
      "  + Call stack:",
      `  |   ${places.inGraph("inner")}, in inner()`,
      `  |   ${places.inGraph("middle")}, in middle()`,
      `  |   ${places.inGraph("outer")}, in outer()`,
      "  + Awaited by:",
      "    * Task(name='boss')",
      "      + Call stack:",
      `      |   ${places.inGraph("boss")}, in boss()`,
    ]);
  }));

test("formatCallGraph() does not disturb the generators it looks at", () =>
  runVirtual(function* () {
    const event = new Event();
    const order: string[] = [];
    const worker = createTask(function* () {
      try {
        order.push(`woke ${yield* event.wait()}`);
      } finally {
        order.push("finally");
      }
    });
    yield* sleep(1);
    for (let i = 0; i < 3; i++) formatCallGraph(worker);
    expect(order).toEqual([]);
    event.set();
    yield* worker;
    expect(order).toEqual(["woke true", "finally"]);
  }));

test("formatCallGraph() goes through very deep chains of yield*", () =>
  runVirtual(function* () {
    function* descend(depth: number): CoroutineGenerator<void> {
      if (depth > 0) yield* descend(depth - 1);
      else yield* sleep(10);
    }
    const worker = createTask(() => descend(20));
    yield* sleep(1);
    expect(functionsOf(captureCallGraph(worker))).toEqual(Array.from({ length: 21 }, () => "descend"));
  }));

test("formatCallGraph() shows where native code waits, in debug mode", () =>
  runVirtual(
    async () => {
      const places = new Places();
      const event = new Event();
      async function inner(): Promise<void> {
        await places.mark("inner", event.wait());
      }
      async function outer(): Promise<void> {
        await places.mark("outer", inner());
      }
      const worker = createTask(outer, { name: "worker" });
      await sleep(1);
      // Whether V8 calls a frame async depends on its version.
      expect(formatCallGraph(worker).replaceAll(" in async ", " in ").split("\n")).toEqual([
        "* Task(name='worker')",
        "  + Call stack:",
        `  |   ${places.inGraph("inner")}, in inner()`,
        `  |   ${places.inGraph("outer")}, in outer()`,
      ]);
      event.set();
    },
    { debug: true },
  ));

test("formatCallGraph() shows each branch of native code that waits for several things, in debug mode", () =>
  runVirtual(
    async () => {
      const event = new Event();
      const left = async (): Promise<void> => void (await event.wait());
      const right = async (): Promise<void> => void (await sleep(10));
      const worker = createTask(async () => await Promise.all([left(), right()]));
      await sleep(1);
      const functions = functionsOf(captureCallGraph(worker));
      expect(functions).toContain("left");
      expect(functions).toContain("right");
      event.set();
    },
    { debug: true },
  ));

test("formatCallGraph() of native code has no stack outside of debug mode", () =>
  runVirtual(async () => {
    const worker = createTask(async () => await sleep(10), { name: "worker" });
    await sleep(1);
    expect(formatCallGraph(worker)).toBe("* Task(name='worker')");
  }));

test("formatCallGraph() without a future shows the current task, where it runs", () =>
  runVirtual(function* () {
    const places = new Places();
    const graphs: string[] = [];
    function* inner() {
      graphs.push(places.mark("inner", formatCallGraph()));
    }
    function* outer() {
      yield* sleep(0);
      yield* places.mark("outer", inner());
    }
    createTask(outer, { name: "current" });
    yield* sleep(1);
    expect(graphs.join("").split("\n")).toEqual([
      "* Task(name='current')",
      "  + Call stack:",
      `  |   ${places.inGraph("inner")}, in inner()`,
      `  |   ${places.inGraph("outer")}, in outer()`,
    ]);
  }));

test("captureCallGraph() of the current task shows who waits for it", () =>
  runVirtual(async () => {
    const child = createTask(
      async () => {
        await sleep(1);
        return captureCallGraph();
      },
      { name: "child" },
    );
    createTask(async () => await child, { name: "parent" });
    await sleep(2);
    const graph = child.result();
    expect(graph?.future).toBe(child);
    expect(namesOf(graph!)).toEqual({ child: { parent: {} } });
    expect(functionsOf(graph)).toHaveLength(1);
  }));

// Who waits through a helper

const helpers: Record<string, (future: Future<void>) => Future<unknown> | Coroutine<unknown>> = {
  "gather()": (future) => gather([future, sleep(1)]),
  "shield()": (future) => shield(future),
  "wait()": (future) => wait([future]),
  "waitFor()": (future) => waitFor(future, 100),
  "timeout()": (future) => timeout(100, async () => await future),
};

describe.each(Object.entries(helpers))("captureCallGraph() shows the task behind %s", (_name, help) => {
  testBoth("captureCallGraph() finds it, and no longer when it is done", function* ({ start }) {
    const future = getRunningLoop().createFuture<void>();
    const task = start(
      function* () {
        const helper = help(future);
        if (typeof helper === "function")
          yield* awaiting(createTask(helper as () => Promise<void>, { name: "helper" }));
        else yield* awaiting(helper as Future<unknown>);
      },
      { name: "waiter" },
    );
    yield* awaiting(sleep(5));
    const names = JSON.stringify(namesOf(captureCallGraph(future)!));
    expect(names).toContain("waiter");
    future.setResult();
    yield* awaiting(task);
    expect(namesOf(captureCallGraph(future)!)).toEqual({ future: {} });
  });
});

testBoth("captureCallGraph() shows the task behind taskGroup() for each of its children", function* ({ start, spell }) {
  const children: Task<unknown>[] = [];
  start(
    function* () {
      const body = (group: TaskGroup) =>
        spell(function* () {
          children.push(group.createTask(() => sleep(10), { name: "child" }));
          yield* awaiting(sleep(0));
        })();
      yield* awaiting(taskGroup(body));
    },
    { name: "parent" },
  );
  yield* awaiting(sleep(5));
  expect(namesOf(captureCallGraph(children[0]!)!)).toEqual({ child: { parent: {} } });
});

test("captureCallGraph() shows all who wait for a future, and who waits for these", () =>
  runVirtual(async () => {
    const future = getRunningLoop().createFuture<void>();
    const wait1 = createTask(async () => await future, { name: "one" });
    createTask(async () => await future, { name: "two" });
    createTask(async () => await wait1, { name: "three" });
    await sleep(1);
    expect(namesOf(captureCallGraph(future)!)).toEqual({ future: { one: { three: {} }, two: {} } });
    expect(formatCallGraph(future)).toMatch(/^\* Future\(\)\n {2}\+ Awaited by:\n {4}\* Task\(name='one'\)/);
    future.setResult();
  }));

test("captureCallGraph() shows a cycle once", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  loop.setExceptionHandler(() => {}); // of the tasks that are pending for ever
  const tasks: Task<unknown>[] = [];
  await loop.runUntilComplete(function* () {
    for (const [i, name] of ["a", "b"].entries()) {
      const program = function* () {
        yield* sleep(0);
        yield* tasks[1 - i]!;
      };
      tasks.push(createTask(program, { name }));
    }
    yield* sleep(1);
  });
  loop.close();
  expect(namesOf(captureCallGraph(tasks[0])!)).toEqual({ a: { b: { a: {} } } });
});

test("futureAddToAwaitedBy() adds an edge, futureDiscardFromAwaitedBy() takes it back", () =>
  runVirtual(async () => {
    const future = new Future<void>();
    const one = createTask(() => sleep(1), { name: "one" });
    const two = createTask(() => sleep(1), { name: "two" });
    for (const task of [one, two, one]) futureAddToAwaitedBy(future, task);
    expect(namesOf(captureCallGraph(future)!)).toEqual({ future: { one: {}, two: {} } });
    futureDiscardFromAwaitedBy(future, one);
    expect(namesOf(captureCallGraph(future)!)).toEqual({ future: { two: {} } });
    futureDiscardFromAwaitedBy(future, two);
    futureDiscardFromAwaitedBy(future, two);
    expect(namesOf(captureCallGraph(future)!)).toEqual({ future: {} });
    futureAddToAwaitedBy({} as never, one);
    futureDiscardFromAwaitedBy({} as never, one);
  }));

// Options

// So say CPython's documentation and its source's doc string; its code does it the other way round.
test("captureCallGraph({ limit }) keeps the innermost calls, the outermost when it is negative, none when it is 0", () =>
  runVirtual(function* () {
    function* c() {
      yield* sleep(10);
    }
    function* b() {
      yield* c();
    }
    function* a() {
      yield* b();
    }
    const worker = createTask(a, { name: "worker" });
    createTask(
      function* boss() {
        yield* worker;
      },
      { name: "boss" },
    );
    yield* sleep(1);
    const functions = (limit?: number) => {
      const graph = captureCallGraph(worker, limit === undefined ? {} : { limit });
      return [functionsOf(graph), functionsOf(graph!.awaitedBy[0] ?? null)];
    };
    expect(functions()).toEqual([["c", "b", "a"], ["boss"]]);
    expect(functions(2)).toEqual([["c", "b"], ["boss"]]);
    expect(functions(-2)).toEqual([["b", "a"], ["boss"]]);
    expect(functions(0)).toEqual([[], []]);
    expect(formatCallGraph(worker, { limit: 0 }).split("\n")).toEqual([
      "* Task(name='worker')",
      "  + Awaited by:",
      "    * Task(name='boss')",
    ]);
  }));

test("captureCallGraph({ depth }) leaves out the innermost calls of the current task", () =>
  runVirtual(function* () {
    const capture = (depth: number) => functionsOf(captureCallGraph(null, { depth }));
    function* inner() {
      return [capture(0), capture(1)];
    }
    function* outer() {
      return yield* inner();
    }
    const [all, fewer] = (yield* createTask(outer)) as [string[], string[]];
    expect(all).toEqual(["capture", "inner", "outer"]);
    expect(fewer).toEqual(["inner", "outer"]);
  }));

// Without a graph

test("formatCallGraph() is empty and captureCallGraph() null where there is no current task", () =>
  runVirtual(async () => {
    const results: unknown[] = [];
    getRunningLoop().callSoon(() => results.push(captureCallGraph(), formatCallGraph()));
    await sleep(0);
    expect(results).toEqual([null, ""]);
  }));

test("captureCallGraph() throws RuntimeError outside of a loop when no future is given, TypeError for no future", async () => {
  expect(() => captureCallGraph()).toThrow(RuntimeError);
  await runVirtual(async () => {
    expect(() => captureCallGraph(Promise.resolve() as never)).toThrow(TypeError);
  });
});

test("formatCallGraph() of a task that is done is its name", () =>
  runVirtual(async () => {
    const task = createTask(async () => {}, { name: "done" });
    await task;
    expect(formatCallGraph(task)).toBe("* Task(name='done')");
  }));

test("printCallGraph() hands the text to write", () =>
  runVirtual(async () => {
    const written: string[] = [];
    const task = createTask(() => sleep(1), { name: "it" });
    printCallGraph(task, { write: (text) => written.push(text) });
    expect(written).toEqual([formatCallGraph(task)]);
  }));
