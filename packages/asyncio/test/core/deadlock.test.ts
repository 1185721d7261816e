import {
  createTask,
  currentTask,
  DeadlockError,
  Event,
  EventLoop,
  getRunningLoop,
  Lock,
  Queue,
  RuntimeError,
  sleep,
  type Task,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { Places } from "../support/places.ts";

/** What a run that can't go on says. */
async function deadlockOf(...args: Parameters<typeof runVirtual>): Promise<string> {
  try {
    await runVirtual(...args);
  } catch (error) {
    expect(error).toBeInstanceOf(DeadlockError);
    return (error as Error).message;
  }
  return expect.unreachable("no deadlock");
}

/** The first line, and those about tasks; not those about places. */
function withoutPlaces(message: string): string[] {
  return message.split("\n").filter((line) => !line.startsWith("    at "));
}

test("DeadlockError tells for each task what it waits for (native)", async () => {
  const message = await deadlockOf(async () => {
    currentTask()?.setName("main");
    const worker = createTask(async () => await new Queue().get(), { name: "worker" });
    await worker;
  });
  expect(message.split("\n")).toEqual([
    "nothing can wake the program up any more: all 2 tasks wait for ever",
    "  <Task pending name='main'> waits for <Task pending name='worker'>",
    "  <Task pending name='worker'> waits for Queue.get()",
  ]);
});

test("DeadlockError tells for each task what it waits for (generator)", async () => {
  const message = await deadlockOf(function* () {
    currentTask()?.setName("main");
    const worker = createTask(
      function* () {
        yield* new Queue().get();
      },
      { name: "worker" },
    );
    yield* worker;
  });
  expect(withoutPlaces(message)).toEqual([
    "nothing can wake the program up any more: all 2 tasks wait for ever",
    "  <Task pending name='main'> waits for <Task pending name='worker'>",
    "  <Task pending name='worker'> waits for Queue.get()",
  ]);
});

test("DeadlockError tells where generators wait, innermost call first", async () => {
  const places = new Places();
  const event = new Event();
  function* inner() {
    yield* places.mark("inner", event.wait());
  }
  const message = await deadlockOf(function* outer() {
    yield* sleep(1);
    yield* places.mark("outer", inner());
  });
  const found = message.split("\n").filter((line) => line.startsWith("    at "));
  expect(found.map((line) => line.replace(/:\d+\)$/, ")"))).toEqual([
    `    at inner (${places.of("inner")})`,
    `    at outer (${places.of("outer")})`,
  ]);
});

test("DeadlockError tells where native code waits, in debug mode", async () => {
  const places = new Places();
  async function outer(): Promise<void> {
    await sleep(1);
    await places.mark("outer", new Event().wait());
  }
  const message = await deadlockOf(outer, { debug: true });
  expect(message).toContain(`(${places.of("outer")}:`);
});

test("DeadlockError tells of all that a native task waits for at once", async () => {
  const message = await deadlockOf(async () => {
    await Promise.all([new Event().wait(), new Lock().acquire(), new Queue().get()]);
  });
  expect(withoutPlaces(message)[1]).toMatch(/ waits for Event\.wait\(\) and Queue\.get\(\)$/);
});

test("DeadlockError tells of a promise that the loop does not know", async () => {
  const never = new Promise<void>(() => {});
  const message = await deadlockOf(async () => await never, { foreignLimit: 20 });
  expect(message).toMatch(/waits for a promise that the loop does not know$/);
});

test("DeadlockError is raised for a lock that its holder takes again", async () => {
  const lock = new Lock();
  const native = await deadlockOf(async () => {
    await lock.acquire();
    await lock.acquire();
  });
  expect(withoutPlaces(native)).toEqual([
    "nothing can wake the program up any more: the task waits for ever",
    expect.stringMatching(/ waits for Lock\.acquire\(\)$/),
  ]);
});

test("DeadlockError is raised when tasks wait for each other", async () => {
  const message = await deadlockOf(function* () {
    currentTask()?.setName("main");
    const tasks: Task<unknown>[] = [];
    for (const [i, name] of ["a", "b"].entries()) {
      const program = function* () {
        yield* sleep(0);
        yield* tasks[1 - i]!;
      };
      tasks.push(createTask(program, { name }));
    }
    yield* tasks[0]!;
  });
  expect(withoutPlaces(message)).toEqual([
    "nothing can wake the program up any more: all 3 tasks wait for ever",
    "  <Task pending name='main'> waits for <Task pending name='a'>",
    "  <Task pending name='a'> waits for <Task pending name='b'>",
    "  <Task pending name='b'> waits for <Task pending name='a'>",
  ]);
});

/** A program that waits for ever and cleans up, in both spellings. */
const hanging = {
  native: (order: string[]) => async () => {
    try {
      await new Event().wait();
    } finally {
      await sleep(10);
      order.push("cleaned up");
    }
  },
  generator: (order: string[]) =>
    function* () {
      try {
        yield* new Event().wait();
      } finally {
        yield* sleep(10);
        order.push("cleaned up");
      }
    },
};

for (const [spelling, program] of Object.entries(hanging)) {
  test(`DeadlockError leaves run() after the tasks were cancelled and have cleaned up (${spelling})`, async () => {
    const order: string[] = [];
    await deadlockOf(program(order));
    order.push("raised");
    expect(order).toEqual(["cleaned up", "raised"]);
  });
}

test("EventLoop can run again after a DeadlockError, which leaves nothing on what was waited for", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const event = new Event();
  const task = loop.createTask(event.wait());
  await expect(loop.runUntilComplete(task)).rejects.toThrow(DeadlockError);
  expect(loop.isRunning()).toBe(false);
  const result = await loop.runUntilComplete(async () => {
    event.set();
    await sleep(1);
    return `the whole of it, with ${await task}`;
  });
  loop.close();
  expect(result).toBe("the whole of it, with true");
});

test("DeadlockError is not raised while a timer can still wake a task", () =>
  runVirtual(async () => {
    const event = new Event();
    getRunningLoop().callLater(1_000_000, () => event.set());
    expect(await event.wait()).toBe(true);
  }));

test("DeadlockError is raised in virtual time for a sleep that never ends", async () => {
  const message = await deadlockOf(() => sleep(Number.POSITIVE_INFINITY));
  expect(withoutPlaces(message)[1]).toMatch(/ waits for sleep\(\)$/);
});

test("DeadlockError is a RuntimeError", () => {
  expect(new DeadlockError("message")).toBeInstanceOf(RuntimeError);
});
