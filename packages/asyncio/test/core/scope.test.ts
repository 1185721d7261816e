import {
  asyncGenerator,
  type Body,
  ContextVar,
  type Coroutine,
  cancelScope,
  copyContext,
  coroutine,
  createTask,
  currentTask,
  type Emit,
  Future,
  failAfter,
  getRunningLoop,
  mapConcurrent,
  moveOnAfter,
  sleep,
  taskGroup,
  timeout,
  waitFor,
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
  ["waitFor", (body) => waitFor(body as () => Coroutine<string>, 50)],
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

// A cancel scope has a frame of its own, into which each kind of body has to come.

for (const [caller, call] of callers) {
  test.each(bodies)(`moveOnAfter() in ${caller} cancels %s at its deadline`, async (_what, makeBody) => {
    const events = await eventsOf(async (log) => {
      await call(() => moveOnAfter(5, makeBody(log)), log);
    });
    expect(events).toEqual(["5 body CancelledError(deadline exceeded)", "5 [undefined]"]);
  });

  test(`moveOnAfter() in ${caller} cancels the scopes and operations that are its body, in either spelling`, async () => {
    const operations: ((log: Log) => Coroutine<unknown>)[] = [
      (log) => waitFor(worker(log, "waitFor", 100), 50),
      (log) => mapConcurrent([1], async (n) => await worker(log, `map ${n}`, 100)),
      (log) => taskGroup(async () => await worker(log, "group of an async function", 100)),
      (log) =>
        taskGroup(function* () {
          yield* worker(log, "group of a generator", 100);
        }),
    ];
    for (const operation of operations) {
      const events = await eventsOf(async (log) => {
        await call(() => moveOnAfter(5, () => operation(log)), log);
      });
      expect(events).toEqual([expect.stringMatching(/^5 .* CancelledError\(deadline exceeded\)$/), "5 [undefined]"]);
    }
  });
}

// Native code that awaits a generator, which runs native code: the innermost belongs to all around it.

const timeoutAround = coroutine(function* <T>(body: () => Promise<T>) {
  return yield* timeout(50, body);
});

test("moveOnAfter() cancels native code in a coroutine that native code awaits in it", async () => {
  const events = await eventsOf(async (log) => {
    const result = await moveOnAfter(10, async () => await timeoutAround(async () => await worker(log, "inner", 100)));
    log(`${now()} ${result}`);
  });
  expect(events).toEqual(["10 inner CancelledError(deadline exceeded)", "10 undefined"]);
});

test("Context.run() holds for native code in a coroutine that native code awaits in it", async () => {
  const user = new ContextVar("user", { default: "nobody" });
  const events = await eventsOf(async (log) => {
    await copyContext().run(async () => {
      user.set("ada");
      await sleep(1);
      await timeoutAround(async () => log(user.get()));
    });
    log(user.get());
  });
  expect(events).toEqual(["ada", "nobody"]);
});

test("moveOnAfter() and Context.run() hold however often native code and coroutines call each other", async () => {
  const user = new ContextVar("user", { default: "nobody" });
  const innermost = async (log: Log): Promise<void> => {
    await sleep(1);
    log(user.get());
    await worker(log, "innermost", 100);
  };
  const events = await eventsOf(async (log) => {
    const inner = async (): Promise<void> => await timeoutAround(() => innermost(log));
    const named = async (): Promise<void> => {
      user.set("ada");
      await timeoutAround(inner);
    };
    await moveOnAfter(10, async () => await copyContext().run(named));
    log(`${now()} ${user.get()}`);
  });
  expect(events).toEqual(["ada", "10 innermost CancelledError(deadline exceeded)", "10 nobody"]);
});

test("moveOnAfter() in a coroutine that native code awaits holds for native code in it, and not for what follows", async () => {
  const program = coroutine(function* (log: Log) {
    yield* moveOnAfter(5, function* () {
      yield* timeout(50, async () => await worker(log, "in the scope", 100));
    });
    yield* timeout(50, async () => await worker(log, "after it", 10));
  });
  const events = await eventsOf(async (log) => {
    await program(log);
    await moveOnAfter(10, async () => await program(log));
  });
  expect(events).toEqual([
    "5 in the scope CancelledError(deadline exceeded)",
    "15 after it ends",
    "20 in the scope CancelledError(deadline exceeded)",
    "25 after it CancelledError(deadline exceeded)",
  ]);
});

testEvents(
  "cancelScope() around native code in a generator forgets that wait when it is over",
  function* (log) {
    yield* awaiting(
      cancelScope(function* (scope) {
        yield* timeout(50, async () => await sleep(5));
        const shielded = function* () {
          getRunningLoop().callLater(5, () => scope.cancel("outer"));
          yield* worker(log, "shielded", 10);
        };
        yield* cancelScope(shielded, { shield: true });
        yield* worker(log, "not shielded", 10);
      }),
    );
  },
  ["15 shielded ends", "15 not shielded CancelledError(outer)"],
);

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
