import {
  aclosing,
  allTasks,
  CancelledError,
  ContextVar,
  copyContext,
  coroutine,
  createTask,
  currentTask,
  EventLoop,
  getEventLoop,
  getRunningLoop,
  KeyboardInterrupt,
  Runner,
  type RunnerOptions,
  RuntimeError,
  run,
  sleep,
} from "asyncio-ts";
import { VirtualHost } from "asyncio-ts/testing";
import { describe, expect, expectTypeOf, test } from "vitest";

/** Options for a loop in virtual time, whose reports go to `order`. */
function virtual(order: string[] = [], host = new VirtualHost()): RunnerOptions {
  const loopFactory = (): EventLoop => {
    const loop = new EventLoop({ host });
    loop.setExceptionHandler((_loop, { message, exception, task }) => {
      order.push(
        `report: ${message}${exception === undefined ? "" : ` ${exception}`} ${task?.getName() ?? ""}`.trimEnd(),
      );
    });
    return loop;
  };
  return { loopFactory };
}

describe("run()", () => {
  const greet = coroutine(function* (name: string) {
    yield* sleep(1);
    return `hello ${name}`;
  });

  test.each([
    ["an async function", async () => await greet("ada")],
    ["a generator function", () => greet("ada")],
    ["a coroutine", greet("ada")],
    [
      "a generator",
      (function* () {
        return yield* greet("ada");
      })(),
    ],
  ])("run() gives the result of %s", async (_what, main) => {
    expect(await run(main, virtual())).toBe("hello ada");
  });

  test("run() raises the error of its main coroutine", async () => {
    const failing = async (): Promise<never> => {
      throw new TypeError("inside");
    };
    await expect(run(failing, virtual())).rejects.toThrow(new TypeError("inside"));
  });

  test("run() raises CancelledError when its main task was cancelled", async () => {
    const main = async (): Promise<void> => {
      currentTask()?.cancel("by itself");
      await sleep(1);
    };
    await expect(run(main, virtual())).rejects.toThrow(new CancelledError("by itself"));
  });

  test.each([
    ["a promise", Promise.resolve(1)],
    ["a number", 1],
    ["undefined", undefined],
    ["a function that gives no coroutine", () => 1],
  ])("run() throws TypeError for %s, and leaves nothing behind", async (_what, main) => {
    const order: string[] = [];
    await expect(run(main as never, virtual(order))).rejects.toThrow(TypeError);
    expect(order).toEqual([]);
  });

  test("run() throws RuntimeError inside of a running loop, and does not start the coroutine", async () => {
    const order: string[] = [];
    const inner = async (): Promise<void> => void order.push("inner ran");
    const attempt = async (from: string): Promise<void> => {
      const error: unknown = await run(inner).catch((thrown: unknown) => thrown);
      order.push(`${from}: ${error}`);
    };
    await run(async () => {
      await attempt("in a task");
      await new Promise<void>((resolve) =>
        getRunningLoop().callSoon(() => void attempt("in a callback").then(resolve)),
      );
      const other = new Runner(virtual());
      await expect(other.run(inner)).rejects.toThrow("Runner.run() cannot be called from a running event loop");
    }, virtual());
    const message = "RuntimeError: run() cannot be called from a running event loop: await the coroutine instead";
    expect(order).toEqual([`in a task: ${message}`, `in a callback: ${message}`]);
  });

  test("run() uses a loop of its own, and closes it", async () => {
    const loops = new Set<EventLoop>();
    for (let i = 0; i < 2; i++) await run(async () => void loops.add(getRunningLoop()));
    expect(loops.size).toBe(2);
    expect([...loops].map((loop) => [loop.isRunning(), loop.isClosed()])).toEqual([
      [false, true],
      [false, true],
    ]);
    expect(() => getEventLoop()).toThrow(RuntimeError);
  });

  test("run() can be called where something was awaited without it before", async () => {
    expect(await sleep(1, "without run()")).toBe("without run()");
    expect(await run(async () => await sleep(1, "with run()"))).toBe("with run()");
    await using runner = new Runner(virtual());
    await sleep(0);
    expect(await runner.run(async () => "with a runner")).toBe("with a runner");
    await sleep(0);
  });

  test("run({ debug }) sets the debug mode", async () => {
    for (const debug of [true, false]) {
      expect(await run(async () => getRunningLoop().getDebug(), { ...virtual(), debug })).toBe(debug);
    }
  });

  test("run() knows the type of the result", () => {
    expectTypeOf(run<string>).returns.resolves.toEqualTypeOf<string>();
  });
});

describe("the clean-up", () => {
  test("run() cancels the tasks that are left, oldest first, and waits for them; then it closes async generators", async () => {
    const order: string[] = [];
    async function* ticks(): AsyncGenerator<number, void, undefined> {
      try {
        yield 1;
      } finally {
        order.push("generator closed");
      }
    }
    await run(async () => {
      await aclosing(ticks()).next();
      for (const [name, ms] of [
        ["a", 5],
        ["b", 1],
      ] as const) {
        createTask(async () => {
          try {
            await sleep(1000);
          } catch (error) {
            order.push(`${name} ${error}`);
            await sleep(ms);
            order.push(`${name} cleaned up`);
            throw error;
          }
        });
      }
      await sleep(0);
      order.push("main ends");
    }, virtual(order));
    order.push("run() is over");
    expect(order).toEqual([
      "main ends",
      "a CancelledError",
      "b CancelledError",
      "b cleaned up",
      "a cleaned up",
      "generator closed",
      "run() is over",
    ]);
  });

  test("run() cleans up also when the main coroutine failed", async () => {
    const order: string[] = [];
    const failing = async (): Promise<void> => {
      createTask(function* () {
        try {
          yield* sleep(1000);
        } finally {
          order.push("cleaned up");
        }
      });
      await sleep(0);
      throw new Error("main failed");
    };
    await expect(run(failing, virtual(order))).rejects.toThrow("main failed");
    expect(order).toEqual(["cleaned up"]);
  });

  test("run() reports tasks that fail while they are cancelled; others may refuse to stop", async () => {
    const order: string[] = [];
    await run(async () => {
      createTask(
        async () => {
          try {
            await sleep(1000);
          } finally {
            throw new Error("in the clean-up");
          }
        },
        { name: "failing" },
      );
      createTask(async () => {
        await sleep(1000).then(undefined, () => {});
        await sleep(1);
        order.push("refused, and ended by itself");
      });
      await sleep(0);
    }, virtual(order));
    expect(order).toEqual([
      "refused, and ended by itself",
      "report: unhandled exception during asyncio.run() shutdown Error: in the clean-up failing",
    ]);
  });

  test("run() lets a task that was made last take its first step, as CPython does, before it is cancelled", async () => {
    const order: string[] = [];
    await run(async () => {
      createTask(async () => {
        order.push("started");
        await sleep(1);
        order.push("went on");
      });
    }, virtual(order));
    expect(order).toEqual(["started"]);
  });

  test("run() does not cancel tasks that were started while it cancelled: they are destroyed with the loop", async () => {
    const order: string[] = [];
    await run(async () => {
      createTask(async () => {
        try {
          await sleep(1000);
        } finally {
          createTask(() => sleep(1000), { name: "too late" });
        }
      });
      await sleep(0);
    }, virtual(order));
    expect(order).toEqual(["report: Task was destroyed but it is pending! too late"]);
  });
});

describe("Runner", () => {
  test("Runner.run() runs one coroutine after the other on one loop, and tasks live on between them", async () => {
    const order: string[] = [];
    await using runner = new Runner(virtual(order));
    await runner.run(async () => {
      createTask(async () => {
        await sleep(5);
        order.push("task");
      });
    });
    order.push("between");
    const loop = await runner.run(async () => {
      await sleep(10);
      return getRunningLoop();
    });
    expect(loop).toBe(runner.getLoop());
    expect(order).toEqual(["between", "task"]);
  });

  test("Runner.run() shares one context between the runs, a copy of the one around the first", async () => {
    const user = new ContextVar<string>("user", { default: "nobody" });
    const seen: string[] = [];
    const context = copyContext();
    await using runner = new Runner(virtual());
    await context.run(async () => {
      user.set("outer");
      await runner.run(async () => {
        seen.push(user.get());
        user.set("first");
      });
      seen.push(user.get());
    });
    await runner.run(async () => void seen.push(user.get()));
    const own = copyContext();
    await runner.run(async () => void user.set("own"), { context: own });
    await runner.run(async () => void seen.push(user.get()));
    expect(seen).toEqual(["outer", "outer", "first", "first"]);
    expect(own.get(user)).toBe("own");
  });

  test("Runner is closed at the end of an `await using` block, and refuses to run then", async () => {
    const kept = await (async () => {
      await using runner = new Runner(virtual());
      await runner.run(async () => {});
      return runner;
    })();
    const loop = () => kept.getLoop();
    expect(loop).toThrow(new RuntimeError("Runner is closed"));
    await expect(kept.run(async () => {})).rejects.toThrow(new RuntimeError("Runner is closed"));
    await kept.close();
  });

  test("Runner makes its loop when it is first needed", async () => {
    let made = 0;
    const loopFactory = (): EventLoop => {
      made++;
      return new EventLoop({ host: new VirtualHost() });
    };
    const unused = new Runner({ loopFactory });
    await unused.close();
    expect(made).toBe(0);
    await using runner = new Runner({ loopFactory });
    const loop = runner.getLoop();
    expect(await runner.run(async () => getRunningLoop())).toBe(loop);
    expect(made).toBe(1);
  });

  test("Runner sets the event loop between its runs, unless it was given a factory", async () => {
    const plain = new Runner();
    const loop = plain.getLoop();
    expect(getEventLoop()).toBe(loop);
    await plain.close();
    expect(() => getEventLoop()).toThrow(RuntimeError);
    await using runner = new Runner(virtual());
    runner.getLoop();
    expect(() => getEventLoop()).toThrow(RuntimeError);
  });

  test("Runner.run() throws RuntimeError while another run is under way, and does not start the coroutine", async () => {
    const order: string[] = [];
    await using runner = new Runner(virtual(order));
    const first = runner.run(() => sleep(10, "first"));
    const second = runner.run(async () => void order.push("second ran"));
    await expect(second).rejects.toThrow(RuntimeError);
    expect(await first).toBe("first");
    await runner.run(() => sleep(10));
    expect(order).toEqual([]);
  });

  test("Runner.run() raises what its coroutine raises, and can go on", async () => {
    await using runner = new Runner(virtual());
    const failing = async (): Promise<never> => {
      throw new Error("first");
    };
    await expect(runner.run(failing)).rejects.toThrow("first");
    expect(await runner.run(async () => allTasks().size)).toBe(1);
  });
});

// A host whose Ctrl-C is a function call.
class InterruptibleHost extends VirtualHost {
  interrupt: (() => void) | undefined;

  onInterrupt(interrupt: () => void): () => void {
    this.interrupt = interrupt;
    return () => {
      this.interrupt = undefined;
    };
  }
}

describe("Ctrl-C", () => {
  test("run() cancels the main task on Ctrl-C, which cleans up, and raises KeyboardInterrupt", async () => {
    const host = new InterruptibleHost();
    const order: string[] = [];
    const main = async (): Promise<void> => {
      getRunningLoop().callLater(5, () => host.interrupt?.());
      try {
        await sleep(1000);
      } finally {
        await sleep(1);
        order.push(`cleaned up at ${getRunningLoop().time()}`);
      }
    };
    await expect(run(main, virtual(order, host))).rejects.toThrow(KeyboardInterrupt);
    expect(order).toEqual(["cleaned up at 6"]);
    expect(host.interrupt).toBeUndefined();
  });

  test("run() gives the result of a main task that swallows Ctrl-C", async () => {
    const host = new InterruptibleHost();
    const main = async (): Promise<string> => {
      getRunningLoop().callSoon(() => host.interrupt?.());
      return await sleep(1000, "slept").then(undefined, () => "went on");
    };
    expect(await run(main, virtual([], host))).toBe("went on");
  });

  test("run() raises CancelledError when the main task was cancelled by others as well as by Ctrl-C", async () => {
    const host = new InterruptibleHost();
    const main = async (): Promise<void> => {
      const task = currentTask();
      getRunningLoop().callSoon(() => {
        host.interrupt?.();
        task?.cancel();
      });
      await sleep(1000);
    };
    await expect(run(main, virtual([], host))).rejects.toThrow(CancelledError);
  });

  test("run() lets Ctrl-C go when it is over, also after an error", async () => {
    const host = new InterruptibleHost();
    const failing = async (): Promise<never> => {
      expect(host.interrupt).toBeDefined();
      throw new Error("inside");
    };
    await expect(run(failing, virtual([], host))).rejects.toThrow("inside");
    expect(host.interrupt).toBeUndefined();
  });
});
