import {
  abortable,
  asyncGenerator,
  Barrier,
  CancelledError,
  Condition,
  type Coroutine,
  cancelScope,
  coroutine,
  createTask,
  currentTask,
  type Emit,
  Event,
  EventLoop,
  type ExceptionContext,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  RuntimeError,
  run,
  shield,
  sleep,
  type TaskGroup,
  type TaskSource,
  TimeoutError,
  taskGroup,
  timeout,
  waitFor,
  wrapFuture,
} from "asyncio-ts";
import { VirtualHost } from "asyncio-ts/testing";
import { describe, expect, test } from "vitest";
import { Places } from "../support/places.ts";

/** Runs a program in virtual time and in debug mode; gives what is reported, also at the end. */
async function reportsOf(
  program: TaskSource<unknown>,
  { debug = true, host = new VirtualHost() }: { debug?: boolean; host?: VirtualHost } = {},
): Promise<ExceptionContext[]> {
  const reports: ExceptionContext[] = [];
  const loopFactory = (): EventLoop => {
    const loop = new EventLoop({ host });
    loop.setExceptionHandler((_loop, context) => reports.push(context));
    return loop;
  };
  await run(program, { debug, loopFactory });
  return reports;
}

function messages(reports: readonly ExceptionContext[]): string[] {
  return reports.map(({ message }) => message);
}

test("EventLoop.setDebug() turns debug mode on and off; it is off by default", () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  expect(loop.getDebug()).toBe(false);
  loop.setDebug(true);
  expect(loop.getDebug()).toBe(true);
  loop.setDebug(false);
  expect(loop.getDebug()).toBe(false);
  expect(new EventLoop({ host: new VirtualHost(), debug: true }).getDebug()).toBe(true);
});

// A virtual host's clock stands while something runs, unless it is moved: that is a step which takes long.

describe("slow steps", () => {
  test("EventLoop reports a task whose step takes long, and between which places (generator)", async () => {
    const host = new VirtualHost();
    const places = new Places();
    const event = new Event();
    const reports = await reportsOf(
      function* () {
        currentTask()?.setName("slow");
        yield* places.mark("resumed", sleep(1));
        host.advance(150);
        event.set();
        yield* sleep(0);
        host.advance(50);
        yield* places.mark("suspended", sleep(1));
      },
      { host },
    );
    expect(messages(reports)).toEqual([
      expect.stringMatching(/^Executing <Task pending name='slow'> took 0\.150 seconds/),
    ]);
    expect(reports[0]?.message).toContain(`resumed at ${places.of("resumed")}:`);
    expect(reports[0]?.task?.getName()).toBe("slow");
  });

  test("EventLoop reports a task whose step takes long, and between which places (native)", async () => {
    const host = new VirtualHost();
    const places = new Places();
    const reports = await reportsOf(
      async () => {
        await places.mark("resumed", sleep(1));
        host.advance(150);
        await places.mark("suspended", sleep(1));
      },
      { host },
    );
    expect(messages(reports)).toEqual([
      expect.stringMatching(/^Executing <Task pending name='.*'> took 0\.150 seconds/),
    ]);
    expect(reports[0]?.message).toContain(`resumed at ${places.of("resumed")}:`);
    expect(reports[0]?.message).toContain(`suspended again at ${places.of("suspended")}:`);
  });

  test("EventLoop reports a callback that takes long, with its handle", async () => {
    const host = new VirtualHost();
    const places = new Places();
    const crunch = (): void => host.advance(100);
    const reports = await reportsOf(
      async () => {
        places.mark("callSoon", getRunningLoop().callSoon(crunch));
        await sleep(1);
      },
      { host },
    );
    expect(messages(reports)).toEqual([expect.stringMatching(/^Executing <Handle crunch\(\)> took 0\.100 seconds/)]);
    expect(reports[0]?.handle?.toString()).toBe("<Handle crunch()>");
    expect(reports[0]?.sourceTraceback).toContain(places.of("callSoon"));
  });

  test("EventLoop.slowCallbackDuration sets what takes long", async () => {
    const host = new VirtualHost();
    const reports = await reportsOf(
      async () => {
        expect(getRunningLoop().slowCallbackDuration).toBe(100);
        for (const limit of [10, 11]) {
          getRunningLoop().slowCallbackDuration = limit;
          getRunningLoop().callSoon(() => host.advance(10));
          await sleep(1);
        }
      },
      { host },
    );
    expect(messages(reports)).toEqual([expect.stringContaining("took 0.010 seconds")]);
  });

  test("EventLoop counts the microtasks of native code into its step", async () => {
    const host = new VirtualHost();
    const reports = await reportsOf(
      async () => {
        await sleep(1);
        await Promise.resolve();
        host.advance(200);
      },
      { host },
    );
    expect(messages(reports)).toEqual([expect.stringContaining("took 0.200 seconds")]);
  });

  test("EventLoop does not look at the clock outside of debug mode", async () => {
    const host = new VirtualHost();
    const program = async (): Promise<void> => {
      host.advance(1000);
    };
    expect(await reportsOf(program, { host, debug: false })).toEqual([]);
  });

  test("EventLoop measures real time on a real host", async () => {
    const reports: string[] = [];
    await run(
      async () => {
        const loop = getRunningLoop();
        loop.slowCallbackDuration = 3;
        loop.setExceptionHandler((_loop, { message }) => reports.push(message));
        await sleep(0);
        const end = performance.now() + 5;
        while (performance.now() < end);
        await sleep(0);
      },
      { debug: true },
    );
    expect(reports).toEqual([expect.stringMatching(/^Executing <Task .*> took 0\.0\d\d seconds/)]);
  });
});

describe("forgotten coroutines", () => {
  const greet = coroutine(function* greet(name: string) {
    yield* sleep(1);
    return `hello ${name}`;
  });

  test("EventLoop reports coroutines that were never awaited, and where they were made", async () => {
    const places = new Places();
    const reports = await reportsOf(async () => {
      void places.mark("sleep", sleep(1));
      void places.mark("greet", greet("ada"));
      void timeout(1, () => sleep(2));
      await sleep(1);
    });
    expect(messages(reports)).toEqual([
      "coroutine 'sleep' was never awaited",
      "coroutine 'greet' was never awaited",
      "coroutine 'timeout' was never awaited",
    ]);
    expect(reports[0]?.sourceTraceback).toContain(places.of("sleep"));
    expect(reports[1]?.sourceTraceback).toContain(places.of("greet"));
  });

  test("EventLoop reports no coroutine that was awaited late, made a task, or closed", async () => {
    const reports = await reportsOf(function* () {
      const late = greet("late");
      const closed = greet("closed");
      const task = createTask(greet("task"));
      const cancelled = createTask(greet("cancelled"));
      cancelled.cancel();
      yield* sleep(5);
      yield* late;
      yield* task;
      yield* timeout(10, () => greet("in a body"));
      closed.close();
    });
    expect(reports).toEqual([]);
  });

  test("EventLoop reports no coroutine that was refused, or cancelled before it began", async () => {
    const reports = await reportsOf(async () => {
      let finished!: TaskGroup;
      await taskGroup(async (group) => {
        finished = group;
      });
      expect(() => finished.createTask(greet("too late"))).toThrow(RuntimeError);
      await expect(waitFor(greet("no time"), 0)).rejects.toThrow(TimeoutError);
      const gathering = gather([greet("a"), greet("b")]);
      gathering.cancel();
      await expect(gathering).rejects.toThrow(CancelledError);
    });
    expect(messages(reports)).toEqual([]);
  });

  test("EventLoop reports nothing about the library's own coroutines", async () => {
    const reports = await reportsOf(async () => {
      const [lock, condition, barrier, queue] = [new Lock(), new Condition(), new Barrier(2), new Queue<number>(1)];
      const numbers = asyncGenerator(function* (emit: Emit<number>) {
        yield* emit(1);
        yield* emit(2);
      });
      await taskGroup(async (group) => {
        group.createTask(async () => {
          for await (const _ of queue) queue.taskDone();
        });
        await queue.put(1);
        await queue.put(2);
        await queue.join();
        queue.shutdown();
        group.createTask(function* () {
          using _ = yield* condition.hold();
          yield* condition.wait();
        });
        await sleep(0);
        await using _ = await condition.hold();
        condition.notify();
      });
      await gather([barrier.wait(), barrier.wait()]);
      await barrier.reset();
      await using _ = await lock.hold();
      for await (const n of numbers()) if (n === 1) break;
      await timeout(10, () => waitFor(shield(sleep(1)), 5));
      await abortable(() => Promise.resolve());
      await cancelScope(function* (scope) {
        scope.cancel();
        yield* sleep(1);
      });
    });
    expect(messages(reports)).toEqual([]);
  });

  test("EventLoop notes no coroutines outside of debug mode", async () => {
    const reports = await reportsOf(
      async () => {
        void sleep(1);
      },
      { debug: false },
    );
    expect(reports).toEqual([]);
  });
});

describe("where things were made", () => {
  test("EventLoop reports errors that nobody retrieved with the place where the task was made", async () => {
    const places = new Places();
    const reports = await reportsOf(async () => {
      const failing = async (): Promise<void> => {
        throw new Error("unseen");
      };
      places.mark("task", createTask(failing, { name: "failing" }));
      places.mark("future", getRunningLoop().createFuture()).setException(new Error("unseen too"));
      await sleep(1);
    });
    const kinds = reports.map(({ message, exception }) => `${message}: ${exception}`);
    expect(kinds.sort()).toEqual([
      "Future exception was never retrieved: Error: unseen too",
      "Task exception was never retrieved: Error: unseen",
    ]);
    for (const { task, sourceTraceback } of reports) {
      expect(sourceTraceback).toContain(places.of(task === undefined ? "future" : "task"));
    }
  });

  test("EventLoop reports errors of callbacks with the place where they were scheduled", async () => {
    const places = new Places();
    const [report] = await reportsOf(async () => {
      const failing = (): never => {
        throw new Error("inside");
      };
      places.mark("callSoon", getRunningLoop().callSoon(failing));
      await sleep(1);
    });
    expect(report?.message).toBe("Exception in callback failing()");
    expect(report?.sourceTraceback).toContain(places.of("callSoon"));
  });

  test("EventLoop.close() reports the tasks that are pending with the place where they were made", async () => {
    const places = new Places();
    const reports: ExceptionContext[] = [];
    const loop = new EventLoop({ host: new VirtualHost(), debug: true });
    loop.setExceptionHandler((_loop, context) => reports.push(context));
    await loop.runUntilComplete(async () => {
      const leftOver = (): Coroutine<undefined> => sleep(10);
      places.mark("task", createTask(leftOver, { name: "left over" }));
      await sleep(1);
    });
    loop.close();
    expect(messages(reports)).toEqual(["Task was destroyed but it is pending!"]);
    expect(reports[0]?.task?.getName()).toBe("left over");
    expect(reports[0]?.sourceTraceback ?? "no traceback").toContain(places.of("task"));
  });

  test("EventLoop gives no places outside of debug mode", async () => {
    const reports = await reportsOf(
      async () => {
        getRunningLoop().createFuture().setException(new Error("unseen"));
        await sleep(1);
      },
      { debug: false },
    );
    expect(messages(reports)).toEqual(["Future exception was never retrieved"]);
    expect(reports[0]).not.toHaveProperty("sourceTraceback");
  });
});

describe("cancellations that do not arrive", () => {
  test("EventLoop reports a task that is cancelled while it awaits a promise that the loop does not know", async () => {
    const order: string[] = [];
    let end!: () => void;
    const foreign = new Promise<void>((resolve) => {
      end = resolve;
    });
    const reports = await reportsOf(async () => {
      const task = createTask(
        async () => {
          await foreign;
          order.push("the promise ended");
          await sleep(1);
        },
        { name: "stuck" },
      );
      await sleep(0);
      task.cancel();
      await sleep(0);
      end();
      await expect(task).rejects.toThrow(CancelledError);
    });
    expect(order).toEqual(["the promise ended"]);
    expect(messages(reports)).toEqual([
      expect.stringMatching(/^<Task cancelling name='stuck'> was cancelled while it awaits a promise .*wrapFuture\(\)/),
    ]);
  });

  test("EventLoop reports no task that is cancelled at a wait of the library, or comes to one at once", async () => {
    const reports = await reportsOf(async () => {
      const tasks = [
        createTask(async () => await sleep(10)),
        createTask(async () => await wrapFuture(new Promise(() => {}))),
        createTask(function* () {
          yield* sleep(10);
        }),
        createTask(async () => {
          currentTask()?.cancel();
          await Promise.resolve();
          await sleep(1);
        }),
      ];
      await sleep(0);
      for (const task of tasks) task.cancel();
      await sleep(1);
      expect(tasks.map((task) => task.cancelled())).toEqual([true, true, true, true]);
    });
    expect(reports).toEqual([]);
  });

  test("EventLoop reports a task that swallows a cancellation, with the place where it came, and counts it", async () => {
    const places = new Places();
    const stubborn = {
      native: async () => {
        await places.mark("native", sleep(10)).then(undefined, () => {});
      },
      generator: function* () {
        try {
          yield* places.mark("generator", sleep(10));
        } catch {
          // goes on
        }
      },
    };
    let count = 0;
    const reports = await reportsOf(async () => {
      for (const [name, program] of Object.entries(stubborn)) {
        const task = createTask(program as TaskSource<void>, { name });
        await sleep(0);
        task.cancel();
        await task;
      }
      count = getRunningLoop().swallowedCancellations;
    });
    expect(count).toBe(2);
    const names = ["native", "generator"];
    expect(messages(reports).map((message) => message.replace(/:\d+$/, ""))).toEqual(
      names.map(
        (name) =>
          `<Task cancelling name='${name}'> swallowed a cancellation: it went on, and 1 request(s) are still open; ` +
          `the CancelledError was thrown at ${places.of(name)}`,
      ),
    );
  });

  test("EventLoop does not call it swallowed when the request was taken back", async () => {
    const reports = await reportsOf(async () => {
      const task = createTask(async () => {
        try {
          await sleep(10);
        } catch {
          currentTask()?.uncancel();
        }
      });
      await sleep(0);
      task.cancel();
      await task;
      expect(getRunningLoop().swallowedCancellations).toBe(0);
    });
    expect(reports).toEqual([]);
  });
});

test("EventLoop.callSoon() and its kin refuse coroutine functions in debug mode", async () => {
  await reportsOf(async () => {
    const loop = getRunningLoop();
    const wrong = [async () => {}, function* () {}, coroutine(function* () {})];
    for (const fn of wrong) {
      expect(() => loop.callSoon(fn)).toThrow(
        new TypeError("coroutines cannot be used with callSoon(): use createTask()"),
      );
      expect(() => loop.callLater(1, fn)).toThrow(/^coroutines cannot be used with call/);
      expect(() => loop.callAt(1, fn)).toThrow(/^coroutines cannot be used with callAt/);
    }
  });
});
