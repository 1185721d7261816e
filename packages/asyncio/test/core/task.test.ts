import {
  allTasks,
  CancelledError,
  ContextVar,
  type Coroutine,
  type CoroutineGenerator,
  copyContext,
  coroutine,
  createTask,
  currentTask,
  EventLoop,
  Future,
  getRunningLoop,
  RuntimeError,
  sleep,
  Task,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { describeError, eventsOf } from "../support/events.ts";
import { isCollected } from "../support/garbage.ts";
import { awaiting, testBoth } from "../support/spellings.ts";

// Steps.

testBoth("createTask() starts the task in the next iteration: the creator goes on first", function* ({ start }) {
  const order: string[] = [];
  getRunningLoop().callSoon(() => order.push("was ready before"));
  const task = start(function* () {
    order.push("first step");
    return "result";
  });
  order.push("creator goes on");
  expect(task.done()).toBe(false);
  order.push(yield* awaiting(task));
  expect(order).toEqual(["creator goes on", "was ready before", "first step", "result"]);
});

testBoth("Task steps take turns with callbacks and other tasks", function* ({ start }) {
  const order: string[] = [];
  const worker = (name: string) =>
    start(function* () {
      for (let i = 1; i <= 3; i++) {
        order.push(`${name}${i}`);
        yield* awaiting(sleep(0));
      }
    });
  worker("a");
  getRunningLoop().callSoon(() => order.push("callback"));
  yield* awaiting(worker("b"));
  expect(order).toEqual(["a1", "callback", "b1", "a2", "b2", "a3", "b3"]);
});

testBoth("Task takes no turn of the loop for a coroutine that it awaits", function* ({ spell }) {
  const order: string[] = [];
  const task = currentTask();
  const inner = spell(function* () {
    order.push(`inner is in the same task: ${currentTask() === task}`);
    return "result";
  });
  getRunningLoop().callSoon(() => order.push("next callback"));
  order.push(yield* awaiting(inner() as Coroutine<string>));
  yield* awaiting(sleep(0));
  expect(order).toEqual(["inner is in the same task: true", "result", "next callback"]);
});

testBoth("Task that is awaited resumes its awaiter in the iteration after its end", function* ({ start }) {
  const order: string[] = [];
  const task = start(function* () {
    order.push("ends");
    getRunningLoop().callSoon(() => order.push("made ready before the end"));
    return "result";
  });
  order.push(yield* awaiting(task));
  expect(order).toEqual(["ends", "made ready before the end", "result"]);
});

// Ends.

testBoth("Task has the result of its coroutine", function* ({ start }) {
  const task = start(function* () {
    yield* awaiting(sleep(1));
    return 42;
  });
  expect(yield* awaiting(task)).toBe(42);
  expect([task.done(), task.cancelled(), task.result(), task.exception()]).toEqual([true, false, 42, null]);
  expect(String(task)).toMatch(/^<Task finished name='Task-\d+'>$/);
});

testBoth("Task has the error of its coroutine, whatever it is", function* ({ start }) {
  for (const error of [new Error("failed"), "a string", undefined]) {
    const task = start(function* () {
      yield* awaiting(sleep(1));
      throw error;
    });
    let raised: unknown = "nothing";
    try {
      yield* awaiting(task);
    } catch (caught) {
      raised = caught;
    }
    expect(raised).toBe(error);
    expect([task.done(), task.cancelled()]).toEqual([true, false]);
  }
});

testBoth("Task whose coroutine ends with a CancelledError is cancelled, even if nobody asked", function* ({ start }) {
  const error = new CancelledError("of its own accord");
  const task = start(function* () {
    yield* awaiting(sleep(1));
    throw error;
  });
  let raised: unknown;
  try {
    yield* awaiting(task);
  } catch (caught) {
    raised = caught;
  }
  expect(raised).toBe(error);
  expect([task.cancelled(), task.cancelling(), currentTask()?.cancelling()]).toEqual([true, 0, 0]);
});

test("Task refuses setResult() and setException()", () =>
  runVirtual(async () => {
    const task = createTask(async () => {});
    expect(() => task.setResult()).toThrow("Task does not support set_result operation");
    expect(() => task.setException(new Error("x"))).toThrow("Task does not support set_exception operation");
    expect(() => task.setResult()).toThrow(RuntimeError);
    await task;
  }));

// Sources.

test("createTask() takes an async function, a coroutine, a generator function, a generator, and functions that give them", () =>
  runVirtual(async () => {
    const double = coroutine(function* (n: number) {
      yield* sleep(1);
      return 2 * n;
    });
    const generator = function* () {
      return yield* double(4);
    };
    const tasks = [
      createTask(async () => 2),
      createTask(double(2)),
      createTask(() => double(3)),
      createTask(generator),
      createTask(generator()),
      createTask(() => generator()),
      createTask(sleep(1, 10)),
      createTask(() => Promise.resolve(12)),
      createTask(() => createTask(async () => 14)),
    ];
    const results: number[] = [];
    for (const task of tasks) results.push(await task);
    expect(results).toEqual([2, 4, 6, 8, 8, 8, 10, 12, 14]);
  }));

test("createTask() refuses a promise, and says what to do instead", () =>
  runVirtual(async () => {
    const promise = Promise.resolve() as never;
    expect(() => createTask(promise)).toThrow(TypeError);
    expect(() => createTask(promise)).toThrow("a coroutine was expected, got a value of class Promise");
    expect(() => createTask(promise)).toThrow("pass the async function itself");
    expect(() => createTask(new Future() as never)).toThrow(TypeError);
    for (const wrong of [undefined, null, 1, "name", {}, []] as never[]) {
      expect(() => createTask(wrong)).toThrow(TypeError);
    }
    expect([...allTasks()].length).toBe(1);
  }));

test("Task of a function that gives no coroutine fails with a TypeError", () =>
  runVirtual(async () => {
    const task = createTask((() => 42) as never);
    await expect(async () => await task).rejects.toThrow(TypeError);
    expect(describeError(task.exception())).toMatch(/a coroutine was expected: the function given returned/);
  }));

test("Task of a function that throws before it gives a coroutine has its error", () =>
  runVirtual(async () => {
    const task = createTask((): Promise<void> => {
      throw new RangeError("thrown at once");
    });
    await expect(async () => await task).rejects.toThrow("thrown at once");
  }));

test("Task of a function that gives a future waits for it, and cancels it", async () => {
  const events = await eventsOf(async (log) => {
    const inner = createTask(() => sleep(100));
    const outer = createTask(() => inner, { name: "outer" });
    await sleep(10);
    outer.cancel("enough");
    await sleep(10);
    log(`inner cancelled: ${inner.cancelled()}, outer cancelled: ${outer.cancelled()}`);
    expect(() => outer.result()).toThrow("enough");
  });
  expect(events).toEqual(["inner cancelled: true, outer cancelled: true"]);
});

test("createTask() throws where no loop runs", () => {
  expect(() => createTask(async () => {})).toThrow(RuntimeError);
  expect(() => createTask(async () => {})).toThrow("no running event loop");
});

test("Task is made on the loop that it is given, running or not", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const task = new Task(async () => [currentTask()?.getName()], { loop, name: "made by hand" });
  expect(task.getLoop()).toBe(loop);
  expect(await loop.runUntilComplete(task)).toEqual(["made by hand"]);
  loop.close();
});

// Wrong waits.

testBoth("Task raises a RuntimeError in a coroutine that awaits its own task, which can go on", function* () {
  const task = currentTask() as Task<unknown>;
  let raised: unknown;
  try {
    yield* awaiting(task);
  } catch (error) {
    raised = error;
  }
  expect(raised).toBeInstanceOf(RuntimeError);
  expect(describeError(raised)).toContain("Task cannot await on itself");
  expect(yield* awaiting(sleep(1, "goes on"))).toBe("goes on");
});

testBoth(
  "Task raises a RuntimeError in a coroutine that awaits a future of another loop, in the next iteration",
  function* () {
    const other = new EventLoop({ host: new VirtualHost() });
    const order: string[] = [];
    getRunningLoop().callSoon(() => order.push("was ready before"));
    try {
      yield* awaiting(other.createFuture());
    } catch (error) {
      order.push(describeError(error));
    }
    expect(order).toEqual(["was ready before", expect.stringContaining("attached to a different loop")]);
    expect(yield* awaiting(sleep(1, "goes on"))).toBe("goes on");
    other.close();
  },
);

test.each([
  ["a value", () => 42, "Task got bad yield: 42"],
  ["a future without the star", () => new Future(), "yield was used instead of yield*"],
  ["a promise", () => Promise.resolve(), "Task got bad yield"],
  ["null", () => null, "Task got bad yield: null"],
])("Task raises a RuntimeError in a generator that yields %s, in the next iteration", async (_what, make, message) => {
  const events = await eventsOf(async (log) => {
    const task = createTask(function* () {
      getRunningLoop().callSoon(log, { args: ["was ready before"] });
      try {
        yield make() as never;
      } catch (error) {
        log(describeError(error));
      }
      return yield* sleep(1, "goes on");
    });
    log(await task);
  });
  expect(events).toEqual(["was ready before", expect.stringContaining(message), "goes on"]);
  expect(events[1]).toMatch(/^RuntimeError/);
});

// Names, contexts, the list of tasks.

test("Task has a name: the one given, else a number that no other has", () =>
  runVirtual(async () => {
    const names = [1, 2].map(() => createTask(async () => {}).getName());
    const [first, second] = names.map((name) => Number(/^Task-(\d+)$/.exec(name)?.[1]));
    expect(second).toBe(first! + 1);

    const task = createTask(async () => {}, { name: "named" });
    expect([task.getName(), String(task)]).toEqual(["named", "<Task pending name='named'>"]);
    task.setName(7 as never);
    expect(task.getName()).toBe("7");
  }));

const user = new ContextVar("user", { default: "nobody" });

testBoth("Task runs in a copy of its creator's context: neither sees what the other sets later", function* ({ start }) {
  user.set("creator");
  const task = start(function* () {
    const first = user.get();
    user.set("task");
    yield* awaiting(sleep(1));
    return [first, user.get()];
  });
  user.set("creator, later");
  expect(yield* awaiting(task)).toEqual(["creator", "task"]);
  expect(user.get()).toBe("creator, later");
  expect(task.getContext().get(user)).toBe("task");
});

testBoth("Task runs in the very context that it is given", function* ({ start }) {
  const context = copyContext();
  const task = start(
    function* () {
      user.set("set by the task");
      yield* awaiting(sleep(1));
      user.set(`${user.get()}, twice`);
    },
    { context },
  );
  yield* awaiting(task);
  expect(task.getContext()).toBe(context);
  expect([context.get(user), user.get()]).toEqual(["set by the task, twice", "nobody"]);
});

testBoth("currentTask() is the task that runs, and null in callbacks", function* ({ start }) {
  const seen: boolean[] = [];
  const task = start(function* () {
    seen.push(currentTask() === task);
    yield* awaiting(sleep(1));
    seen.push(currentTask() === task, currentTask(getRunningLoop()) === task);
    getRunningLoop().callSoon(() => seen.push(currentTask() === null));
    task.addDoneCallback(() => seen.push(currentTask() === null));
  });
  yield* awaiting(task);
  yield* awaiting(sleep(1));
  expect(seen).toEqual([true, true, true, true, true]);
  expect(currentTask(new EventLoop({ host: new VirtualHost() }))).toBe(null);
});

test("currentTask() is null outside of every loop", () => {
  expect(currentTask()).toBe(null);
});

testBoth("allTasks() has the unfinished tasks, oldest first", function* ({ start }) {
  const sleeping = (delay: number) =>
    function* () {
      yield* awaiting(sleep(delay));
    };
  start(sleeping(20), { name: "long" });
  start(sleeping(10), { name: "short" });
  const names = () => [...allTasks()].slice(1).map((task) => task.getName());
  expect([...allTasks()][0] === currentTask()).toBe(true);
  expect(names()).toEqual(["long", "short"]);

  yield* awaiting(sleep(15));
  expect(names()).toEqual(["long"]);
  yield* awaiting(sleep(15));
  expect(names()).toEqual([]);
});

test("allTasks() has the tasks of the loop that is given, and throws where none runs", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const task = loop.createTask(() => sleep(1), { name: "waits for a run" });
  expect([...allTasks(loop)].map((each) => each.getName())).toEqual(["waits for a run"]);
  expect(() => allTasks()).toThrow(RuntimeError);
  await loop.runUntilComplete(task);
  expect(allTasks(loop).size).toBe(0);
  loop.close();
});

test("EventLoop holds every unfinished task, even one that nobody can wake, and no finished one", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const makeTask = (fn: () => Promise<unknown>): WeakRef<object> => new WeakRef(loop.createTask(fn));
  const unfinished = makeTask(async () => await new Future());
  const finished = makeTask(async () => "done");
  await loop.runUntilComplete(sleep(10));

  expect([await isCollected(unfinished), await isCollected(finished)]).toEqual([false, true]);
  loop.setExceptionHandler(() => {});
  loop.close();
});

test("Task lets go of what its coroutine worked with when it has ended", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const makeTask = (): [Task, WeakRef<object>] => {
    let tool: object | null = {};
    const reference = new WeakRef(tool);
    const task = loop.createTask(() => {
      const steps = workWith(tool as object);
      tool = null;
      return steps;
    });
    return [task, reference];
  };
  const [task, tool] = makeTask();
  const before = await isCollected(tool);
  await loop.runUntilComplete(task);

  expect([before, await isCollected(tool), task.done()]).toEqual([false, true, true]);
  loop.close();
});

function* workWith(tool: object): CoroutineGenerator<string> {
  yield* sleep(1);
  return typeof tool;
}

test("Task.getCoro() gives what the task was made of", () =>
  runVirtual(async () => {
    const fn = async (): Promise<void> => {};
    const wait = sleep(1);
    const tasks = [createTask(fn), createTask(wait)] as const;
    expect(tasks[0].getCoro() === fn && tasks[1].getCoro() === wait).toBe(true);
    for (const task of tasks) await task;
    expect(tasks[0].getCoro() === fn && tasks[1].getCoro() === wait).toBe(true);
  }));
