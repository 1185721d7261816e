import { type Coroutine, DeadlockError, EventLoop, type Future, gather, shield, sleep, type Task } from "asyncio-ts";
import { VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { type Log, outcomeOf, testEvents } from "../support/events.ts";
import { awaiting, type Spelling } from "../support/spellings.ts";

// Tasks that wait for each other. CPython runs into its recursion limit when one of them is cancelled.

type Wait = (task: Task<unknown>) => Future<unknown> | Coroutine<unknown>;

/** As many tasks as there are waits, each of which waits in its way for the next one, and the last for the first. */
function startCircle(log: Log, { start }: Spelling, waits: readonly Wait[]): Task<unknown>[] {
  const tasks: Task<unknown>[] = waits.map((wait, index) =>
    start(function* () {
      const next = tasks[(index + 1) % tasks.length] as Task<unknown>;
      log(`${index}: ${yield* outcomeOf(awaiting(wait(next)))}`);
    }),
  );
  return tasks;
}

const direct: Wait = (task) => task;
const gathered: Wait = (task) => gather([task]);

testEvents(
  "Task.cancel() in a circle of tasks reaches each of them, and all end",
  function* (log, spelling) {
    const tasks = startCircle(log, spelling, [direct, direct, direct]);
    yield* awaiting(sleep(10));
    expect(tasks[0]?.cancel("enough")).toBe(true);
    yield* awaiting(sleep(1));
    log(`done: ${tasks.map((task) => task.done()).join()}, requests: ${tasks.map((task) => task.cancelling()).join()}`);
  },
  [
    "2: 10 CancelledError(enough)",
    expect.stringMatching(/^1: 10 /),
    expect.stringMatching(/^0: 10 /),
    "done: true,true,true, requests: 1,1,1",
  ],
);

testEvents(
  "Task.cancel() in a circle through gather() ends all tasks as well",
  function* (log, spelling) {
    const tasks = startCircle(() => {}, spelling, [gathered, direct]);
    yield* awaiting(sleep(10));
    tasks[0]?.cancel();
    yield* awaiting(sleep(1));
    log(`done: ${tasks.map((task) => task.done()).join()}`);
  },
  ["done: true,true"],
);

testEvents(
  "Task.cancel() of a task that waits for the shield() of itself ends it",
  function* (log, spelling) {
    const [task] = startCircle(log, spelling, [(own) => shield(own)]);
    yield* awaiting(sleep(10));
    task?.cancel("enough");
    yield* awaiting(sleep(1));
    log(`done: ${task?.done()}`);
  },
  ["0: 10 CancelledError(enough)", "done: true"],
);

test("EventLoop names the tasks of a circle when nothing else can happen", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const tasks: Task<unknown>[] = [];
  tasks.push(loop.createTask(async () => await tasks[1], { name: "a" }));
  tasks.push(loop.createTask(async () => await tasks[0], { name: "b" }));
  const run = loop.runForever();
  await expect(run).rejects.toThrow(DeadlockError);
  await expect(run).rejects.toThrow(/name='a'> waits for <Task pending name='b'>/);
  await expect(run).rejects.toThrow(/name='b'> waits for <Task pending name='a'>/);
  loop.setExceptionHandler(() => {});
  loop.close();
});
