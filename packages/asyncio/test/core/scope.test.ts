import {
  asyncGenerator,
  type Body,
  ContextVar,
  type Coroutine,
  cancelScope,
  coroutine,
  createTask,
  currentTask,
  type Emit,
  Future,
  failAfter,
  moveOnAfter,
  sleep,
  taskGroup,
  timeout,
} from "asyncio-ts";
import { expect, test } from "vitest";
import { describeError, eventsOf, type Log, now, testEvents } from "../support/events.ts";
import { awaiting } from "../support/spellings.ts";
import { worker } from "../support/worker.ts";

// What all scopes have in common: any body, in either spelling, in a task of either spelling.

type Scoped = (body: Body<unknown, string>) => Coroutine<string | undefined>;

const scopes: [string, Scoped][] = [
  ["taskGroup", (body) => taskGroup(body)],
  ["timeout", (body) => timeout(50, body)],
  ["cancelScope", (body) => cancelScope(body)],
  ["moveOnAfter", (body) => moveOnAfter(50, body)],
  ["failAfter", (body) => failAfter(50, body)],
];

const bodies: [string, (log: Log) => Body<unknown, string>][] = [
  ["an async function", (log) => async () => await worker(log, "body", 10)],
  [
    "a generator function",
    (log) =>
      function* () {
        return yield* worker(log, "body", 10);
      },
  ],
  ["a function that gives a coroutine", (log) => () => worker(log, "body", 10)],
  ["a function that gives a task", (log) => () => createTask(worker(log, "body", 10))],
  [
    "a function of coroutine()",
    (log) =>
      coroutine(function* () {
        return yield* worker(log, "body", 10);
      }),
  ],
];

type Runner = (operation: () => Coroutine<unknown>, log: Log) => Promise<void>;

const callers: [string, Runner][] = [
  [
    "an async function",
    async (operation, log) => {
      try {
        const result = await operation();
        log(`${now()} [${String(result)}]`);
      } catch (error) {
        log(`${now()} ${describeError(error)}`);
      }
    },
  ],
  [
    "a generator",
    async (operation, log) =>
      await createTask(function* () {
        try {
          const result = yield* operation();
          log(`${now()} [${String(result)}]`);
        } catch (error) {
          log(`${now()} ${describeError(error)}`);
        }
      }),
  ],
];

for (const [scope, scoped] of scopes) {
  for (const [caller, call] of callers) {
    test.each(bodies)(`${scope}() in ${caller} runs %s`, async (_what, makeBody) => {
      const events = await eventsOf(async (log) => {
        await call(() => scoped(makeBody(log)), log);
      });
      expect(events).toEqual(["10 body ends", "10 [body]"]);
    });

    test.each(bodies)(`${scope}() in ${caller} hands the cancellation of its task to %s`, async (_what, makeBody) => {
      const events = await eventsOf(async (log) => {
        const task = createTask(async () => await call(() => scoped(makeBody(log)), log));
        await sleep(5);
        task.cancel("enough");
        await task;
      });
      expect(events).toEqual(["5 body CancelledError(enough)", "5 CancelledError(enough)"]);
    });

    test(`${scope}() in ${caller} raises what its body throws at once`, async () => {
      const events = await eventsOf(async (log) => {
        const throwing = (): Promise<string> => {
          throw new RangeError("at once");
        };
        await call(() => scoped(throwing), log);
      });
      const error = "RangeError(at once)";
      expect(events).toEqual([
        scope === "taskGroup" ? `0 ExceptionGroup(unhandled errors in a TaskGroup)[${error}]` : `0 ${error}`,
      ]);
    });
  }
}

// A body that is closed while it is suspended: that of an async generator in the generator spelling, for one.

testEvents(
  "taskGroup() in an async generator that is closed cancels its tasks, and waits for them",
  function* (log) {
    const generate = asyncGenerator(function* (emit: Emit<number>) {
      yield* taskGroup(function* (group) {
        group.createTask(worker(log, "task", 50, { cleanUp: 5 }));
        try {
          yield* sleep(1);
          yield* emit(1);
        } finally {
          log(`${now()} finally`);
        }
      });
    });
    const generator = generate();
    log(JSON.stringify(yield* awaiting(generator.next())));
    yield* awaiting(generator.return());
    log(`${now()} closed`);
  },
  ['{"done":false,"value":1}', "1 finally", "1 task CancelledError()", "6 task cleaned up", "6 closed"],
);

testEvents(
  "timeout() and moveOnAfter() in an async generator that is closed never expire",
  function* (log) {
    const generate = asyncGenerator(function* (emit: Emit<number>) {
      yield* timeout(10, function* () {
        yield* moveOnAfter(10, function* () {
          yield* emit(1);
        });
      });
    });
    const generator = generate();
    yield* awaiting(generator.next());
    yield* awaiting(generator.return());
    log(`${now()} closed`);
    yield* awaiting(sleep(50));
    log(`${now()} requests: ${currentTask()?.cancelling()}`);
  },
  ["0 closed", "50 requests: 0"],
);

test.each(scopes)("%s() runs once, and has a name", async (name, scoped) => {
  await eventsOf(async () => {
    const operation = scoped(async () => "result");
    expect(operation.name).toBe(name);
    await operation;
    for (const again of [async () => await operation, async () => await createTask(operation)]) {
      await expect(again).rejects.toThrow(`cannot reuse already awaited coroutine '${name}'`);
    }
  });
});

test.each(scopes)(
  "%s() does not run its body when its task is cancelled before the first step",
  async (_name, scoped) => {
    const events = await eventsOf(async (log) => {
      const task = createTask(
        scoped(async () => {
          log("body");
          return "result";
        }),
      );
      task.cancel("too early");
      await expect(async () => await task).rejects.toThrow("too early");
      log(`cancelled: ${task.cancelled()}`);
    });
    expect(events).toEqual(["cancelled: true"]);
  },
);

test.each(scopes)("%s() runs its body in the task that awaits it", async (_name, scoped) => {
  const events = await eventsOf(async (log) => {
    const name = async (): Promise<string> => String(currentTask()?.getName());
    await createTask(async () => log(String(await scoped(name))), { name: "native" });
    await createTask(
      function* () {
        log(String(yield* scoped(name)));
      },
      { name: "generator" },
    );
  });
  expect(events).toEqual(["native", "generator"]);
});

test.each(scopes)("%s() runs its body in the context of its task", async (_name, scoped) => {
  const user = new ContextVar("user", { default: "nobody" });
  await eventsOf(async () => {
    await scoped(async () => {
      await sleep(1);
      user.set("native body");
      return "";
    });
    expect(user.get()).toBe("native body");
    await scoped(function* () {
      yield* sleep(1);
      user.set("generator body");
      return "";
    });
    expect(user.get()).toBe("generator body");
  });
});

test.each(scopes)("%s() that is awaited outside of every task becomes a task of its own", async (_name, scoped) => {
  const events = await eventsOf(async (log) => {
    const done = new Future<void>();
    const body = async (): Promise<string> => (currentTask() === null ? "no task" : await sleep(1, "a task"));
    currentTask()
      ?.getLoop()
      .callSoon(() => {
        void scoped(body).then((result) => {
          log(String(result));
          done.setResult();
        });
      });
    await done;
  });
  expect(events).toEqual(["a task"]);
});
