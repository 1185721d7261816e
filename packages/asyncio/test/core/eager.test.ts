import {
  allTasks,
  ContextVar,
  createEagerTaskFactory,
  createTask,
  currentTask,
  EventLoop,
  eagerTaskFactory,
  gather,
  getRunningLoop,
  sleep,
  Task,
  taskGroup,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { describeError, eventsOf, noteReports } from "../support/events.ts";
import { awaiting, testBoth } from "../support/spellings.ts";

const eager = { eagerStart: true } as const;

testBoth(
  "Task with eagerStart runs to its first wait inside of createTask(), then as any other",
  function* ({ start }) {
    const order: string[] = [];
    const creator = currentTask();
    const task = start(function* () {
      order.push(`first step, current: ${currentTask() === creator ? "creator" : "another"}`);
      order.push(`${allTasks().size} tasks`);
      yield* awaiting(sleep(1));
      order.push(`second step, current: ${currentTask() === task ? "itself" : "another"}`);
      return "result";
    }, eager);
    order.push(`created, current: ${currentTask() === creator ? "creator" : "another"}`);
    expect([...allTasks()].some((each) => each === task)).toBe(true);
    order.push(yield* awaiting(task));
    expect(order).toEqual([
      "first step, current: another",
      "2 tasks",
      "created, current: creator",
      "second step, current: itself",
      "result",
    ]);
  },
);

testBoth("Task with eagerStart runs its first step in its own context", function* ({ start }) {
  const user = new ContextVar("user", { default: "nobody" });
  user.set("creator");
  const seen: string[] = [];
  const task = start(function* () {
    seen.push(user.get());
    user.set("task");
    yield* awaiting(sleep(1));
    seen.push(user.get());
  }, eager);
  seen.push(user.get());
  yield* awaiting(task);
  expect(seen).toEqual(["creator", "creator", "task"]);
});

testBoth("Task with eagerStart that never waits needs no turn of the loop", function* ({ start }) {
  const order: string[] = [];
  getRunningLoop().callSoon(() => order.push("next callback"));
  const task = start(function* () {
    order.push("ran");
    return "result";
  }, eager);
  order.push(yield* awaiting(task));
  expect(allTasks().size).toBe(1);
  yield* awaiting(sleep(0));
  expect(order).toEqual(["ran", "result", "next callback"]);
});

test("Task with eagerStart that never waits is done when createTask() returns, in the generator spelling", () =>
  runVirtual(function* () {
    const task = createTask(function* () {
      return "result";
    }, eager);
    expect([task.done(), task.result(), task.getCoro(), allTasks().size]).toEqual([true, "result", null, 1]);
    return yield* sleep(0);
  }));

testBoth("Task with eagerStart keeps its error: createTask() does not throw it", function* ({ start }) {
  const events: string[] = [];
  noteReports((event) => events.push(event));
  const task = start(function* () {
    throw new Error("failed");
  }, eager);
  events.push("created");
  yield* awaiting(sleep(0));
  yield* awaiting(sleep(0));
  expect(events).toEqual(["created", "report: Task exception was never retrieved"]);
  expect(() => task.result()).toThrow("failed");
});

testBoth("Task with eagerStart can be cancelled at its first wait", function* ({ start }) {
  const order: string[] = [];
  const task = start(function* () {
    try {
      yield* awaiting(sleep(100));
    } finally {
      order.push("finally");
    }
  }, eager);
  yield* awaiting(sleep(0));
  task.cancel();
  yield* awaiting(sleep(1));
  expect([order, task.cancelled()]).toEqual([["finally"], true]);
});

testBoth(
  "Task with eagerStart that is cancelled right after its creation is cancelled at its first wait",
  function* ({ start }) {
    const order: string[] = [];
    const task = start(function* () {
      order.push("first step");
      try {
        yield* awaiting(sleep(100));
      } catch (error) {
        order.push(describeError(error));
        throw error;
      }
    }, eager);
    task.cancel("at once");
    yield* awaiting(sleep(1));
    expect([order, task.cancelled()]).toEqual([["first step", "CancelledError(at once)"], true]);
  },
);

test("Task with eagerStart starts in the first iteration when the loop does not run yet", async () => {
  const order: string[] = [];
  const loop = new EventLoop({ host: new VirtualHost() });
  const task = loop.createTask(async () => order.push("first step"), eager);
  order.push("created");
  await loop.runUntilComplete(task);
  loop.close();
  expect(order).toEqual(["created", "first step"]);
});

testBoth("eagerTaskFactory makes every task start eagerly, unless it says otherwise", function* ({ start }) {
  const order: string[] = [];
  getRunningLoop().setTaskFactory(eagerTaskFactory);
  const note = (name: string) =>
    function* () {
      order.push(name);
    };
  start(note("eager"), { name: "named" });
  start(note("scheduled"), { eagerStart: false });
  order.push("created");
  yield* awaiting(sleep(0));
  expect(order).toEqual(["eager", "created", "scheduled"]);
});

test("createEagerTaskFactory() makes the tasks by the function given", async () => {
  class MyTask<T> extends Task<T> {}
  const events = await eventsOf(async (log) => {
    getRunningLoop().setTaskFactory(createEagerTaskFactory((source, options) => new MyTask(source, options)));
    const task = createTask(async () => log("first step"), { name: "mine" });
    log(`created ${task.getName()}, ${task instanceof MyTask}`);
    await task;
  });
  expect(events).toEqual(["first step", "created mine, true"]);
});

test("gather() of eager tasks that are done is done itself, in the generator spelling", () =>
  runVirtual(function* () {
    getRunningLoop().setTaskFactory(eagerTaskFactory);
    const value = (n: number) =>
      function* () {
        return n;
      };
    const both = gather([value(1), value(2)]);
    expect([both.done(), both.result()]).toEqual([true, [1, 2]]);

    const failing = gather([value(1), () => Promise.reject(new Error("native"))]);
    expect(failing.done()).toBe(false);
    yield* sleep(1);
    expect(() => failing.result()).toThrow("native");
  }));

testBoth(
  "TaskGroup lets the body go on when an eager child fails at once: it is cancelled at its next wait",
  function* ({ spell }) {
    const order: string[] = [];
    const group = taskGroup(
      spell(function* (own: { createTask: typeof createTask }) {
        own.createTask(
          spell(function* () {
            throw new Error("failed");
          }),
          eager,
        );
        order.push("body goes on");
        try {
          yield* awaiting(sleep(10));
          order.push("body slept");
        } catch (error) {
          order.push(String((error as Error).name));
          throw error;
        }
      }),
    );
    try {
      yield* awaiting(group);
    } catch (error) {
      order.push(String((error as Error).message));
    }
    expect(order).toEqual(["body goes on", "CancelledError", "unhandled errors in a TaskGroup"]);
  },
);
