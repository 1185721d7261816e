import {
  allTasks,
  CancelledError,
  createTask,
  currentTask,
  Future,
  gather,
  getRunningLoop,
  moveOnAfter,
  sleep,
  TimeoutError,
  taskGroup,
  timeout,
  waitFor,
} from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { describeError, eventsOf, type Log, now } from "../support/events.ts";

// What only the native spelling can do: wait for several things at once, and for promises of the platform.

async function sleepAndNote(log: Log, name: string, delay: number): Promise<string> {
  try {
    await sleep(delay);
    log(`${now()} ${name} slept`);
    return name;
  } catch (error) {
    log(`${now()} ${name} ${describeError(error)}`);
    throw error;
  } finally {
    await sleep(1);
    log(`${now()} ${name} cleaned up`);
  }
}

test("Task is the current one in all async functions that it calls, whatever they await", async () => {
  const events = await eventsOf(async (log) => {
    const deep = async (own: string, depth: number): Promise<void> => {
      if (depth > 0) await deep(own, depth - 1);
      const seen = [currentTask()?.getName()];
      await Promise.resolve();
      seen.push(currentTask()?.getName());
      await sleep(1);
      seen.push(currentTask()?.getName());
      log(`${now()} ${own}: ${seen.join()}`);
    };
    await Promise.all(["a", "b"].map((name) => createTask(() => deep(name, 1), { name })));
  });
  expect(events).toEqual(["1 a: a,a,a", "1 b: b,b,b", "2 a: a,a,a", "2 b: b,b,b"]);
});

test("Task can wait for several things at once with Promise.all()", async () => {
  const events = await eventsOf(async (log) => {
    log((await Promise.all([sleepAndNote(log, "a", 20), sleepAndNote(log, "b", 10), sleep(5, "c")])).join());
    log(`${now()} ${allTasks().size} task`);
  });
  expect(events).toEqual(["10 b slept", "11 b cleaned up", "20 a slept", "21 a cleaned up", "a,b,c", "21 1 task"]);
});

test("Task.cancel() cancels all that the task waits for with Promise.all()", async () => {
  const events = await eventsOf(async (log) => {
    const future = new Future();
    const task = createTask(async () => {
      await Promise.all([sleepAndNote(log, "a", 100), sleepAndNote(log, "b", 200), future]);
    });
    await sleep(10);
    task.cancel("enough");
    await sleep(10);
    log(`task cancelled: ${task.cancelled()} ${task.cancelling()}, future cancelled: ${future.cancelled()}`);
  });
  expect(events).toEqual([
    "10 a CancelledError(enough)",
    "10 b CancelledError(enough)",
    "11 a cleaned up",
    "11 b cleaned up",
    "task cancelled: true 1, future cancelled: true",
  ]);
});

test("Task.cancel() reaches one branch of Promise.allSettled() as well as the others, and each may refuse", async () => {
  const events = await eventsOf(async (log) => {
    const task = createTask(async () => {
      const refuse = async (): Promise<string> => {
        try {
          await sleep(100);
        } catch {}
        return sleep(5, "went on");
      };
      const outcomes = await Promise.allSettled([refuse(), sleep(100)]);
      log(outcomes.map(({ status }) => status).join());
    });
    await sleep(10);
    task.cancel();
    await task;
    log(`${now()} cancelled: ${task.cancelled()}, swallowed: ${getRunningLoop().swallowedCancellations}`);
  });
  expect(events).toEqual(["fulfilled,rejected", "15 cancelled: false, swallowed: 1"]);
});

test("Task goes on after Promise.race() while its losers still run, and its end does not wait for them", async () => {
  const events = await eventsOf(async (log) => {
    const task = createTask(async () => await Promise.race([sleepAndNote(log, "slow", 20), sleep(10, "fast")]));
    log(`${await task} at ${now()}`);
    await sleep(20);
  });
  expect(events).toEqual(["fast at 10", "20 slow slept", "21 slow cleaned up"]);
});

test("Task.cancel() after Promise.race() also reaches the losers", async () => {
  const events = await eventsOf(async (log) => {
    const task = createTask(async () => {
      await Promise.race([sleepAndNote(log, "slow", 100), sleep(10)]);
      await sleepAndNote(log, "next", 100);
    });
    await sleep(15);
    task.cancel();
    await sleep(10);
    log(`cancelled: ${task.cancelled()}`);
  });
  expect(events).toEqual([
    "15 slow CancelledError()",
    "15 next CancelledError()",
    "16 slow cleaned up",
    "16 next cleaned up",
    "cancelled: true",
  ]);
});

test("Task whose branch fails under Promise.all() fails at once; the other branches go on", async () => {
  const events = await eventsOf(async (log) => {
    const fail = async (): Promise<never> => {
      await sleep(5);
      throw new Error("failed");
    };
    const task = createTask(async () => await Promise.all([fail(), sleepAndNote(log, "other", 10)]));
    await expect(async () => await task).rejects.toThrow("failed");
    log(`${now()} failed`);
    await sleep(10);
  });
  expect(events).toEqual(["5 failed", "10 other slept", "11 other cleaned up"]);
});

test("Task steps of native code are atomic: nested async functions run to the next wait of the loop", async () => {
  const events = await eventsOf(async (log) => {
    const nested = async (name: string, depth: number): Promise<void> => {
      log(`${name}${depth}`);
      if (depth > 0) await nested(name, depth - 1);
    };
    createTask(() => nested("a", 3));
    createTask(() => nested("b", 3));
    await sleep(1);
  });
  expect(events).toEqual(["a3", "a2", "a1", "a0", "b3", "b2", "b1", "b0"]);
});

// Scopes in branches of one task.

/** Waits for an operation, and notes how that ended. */
async function branch(log: Log, name: string, operation: PromiseLike<unknown>): Promise<void> {
  try {
    const result = await operation;
    log(`${now()} ${name}: ${String(result)}`);
  } catch (error) {
    log(`${now()} ${name}: ${describeError(error)}`);
  }
}

test("timeout() that expires cancels the other branches of its task, too (docs/differences.md)", async () => {
  const events = await eventsOf(async (log) => {
    const limited = timeout(10, () => sleep(100));
    await Promise.all([branch(log, "limited", limited), branch(log, "other", sleep(20, "slept"))]);
    log(`requests: ${currentTask()?.cancelling()}`);
  });
  expect(events.sort()).toEqual(["10 limited: TimeoutError()", "10 other: CancelledError()", "requests: 0"]);
});

test("moveOnAfter() that expires leaves the other branches of its task alone, and so does a timeout() in gather()", async () => {
  const events = await eventsOf(async (log) => {
    const moving = moveOnAfter(10, async () => await sleep(100));
    const limited = timeout(10, () => sleep(100));
    const inTasks = gather([
      () => branch(log, "limited", limited),
      () => branch(log, "its neighbour", sleep(20, "slept")),
    ]);
    await Promise.all([branch(log, "moving", moving), branch(log, "other", sleep(30, "slept")), inTasks]);
  });
  expect(events).toEqual([
    "10 moving: undefined",
    "10 limited: TimeoutError()",
    "20 its neighbour: slept",
    "30 other: slept",
  ]);
});

test("Task.cancel() reaches every branch, whatever scope that is in, once", async () => {
  const events = await eventsOf(async (log) => {
    const sleeping = async (): Promise<void> => await sleep(100);
    const task = createTask(async () => {
      await Promise.all([
        branch(log, "waitFor", waitFor(sleep(100), 50)),
        branch(log, "timeout", timeout(50, sleeping)),
        branch(log, "group", taskGroup(sleeping)),
        branch(log, "scope", moveOnAfter(50, sleeping)),
      ]);
      await branch(log, "next", sleep(1, "slept"));
    });
    await sleep(10);
    task.cancel("enough");
    await task;
    log(`requests: ${task.cancelling()}`);
  });
  expect(events).toEqual([
    "10 waitFor: CancelledError(enough)",
    "10 timeout: CancelledError(enough)",
    "10 group: CancelledError(enough)",
    "10 scope: CancelledError(enough)",
    "11 next: slept",
    "requests: 1",
  ]);
});

// Promises of the platform.

interface Deferred {
  readonly promise: Promise<string>;
  readonly resolve: (value: string) => void;
}

function defer(): Deferred {
  let resolve!: (value: string) => void;
  const promise = new Promise<string>((onResolve) => {
    resolve = onResolve;
  });
  return { promise, resolve };
}

test("Task.cancel() while native code awaits a promise arrives at the next wait of the library", async () => {
  const events = await eventsOf(async (log) => {
    const { promise, resolve } = defer();
    const task = createTask(async () => {
      log(await promise);
      await sleepAndNote(log, "next", 10);
    });
    await sleep(0);
    task.cancel("enough");
    await sleep(0);
    log(`done: ${task.done()}`);
    resolve("the promise can't be interrupted");
    await sleep(10);
    log(`cancelled: ${task.cancelled()}`);
  });
  expect(events).toEqual([
    "done: false",
    "the promise can't be interrupted",
    "0 next CancelledError(enough)",
    "1 next cleaned up",
    "cancelled: true",
  ]);
});

test("Task.cancel() while native code awaits a promise ends the task as cancelled if no other wait follows", async () => {
  const events = await eventsOf(async (log) => {
    const { promise, resolve } = defer();
    const task = createTask(async () => await promise);
    await sleep(0);
    task.cancel("enough");
    resolve("lost");
    await expect(async () => await task).rejects.toThrow("enough");
    log(`cancelled: ${task.cancelled()}`);
  });
  expect(events).toEqual(["cancelled: true"]);
});

test("Task that is woken by a promise of another task goes on as itself", async () => {
  const events = await eventsOf(async (log) => {
    const { promise, resolve } = defer();
    const waiting = createTask(
      async () => {
        await promise;
        log(String(currentTask()?.getName()));
        await sleep(1);
        log(String(currentTask()?.getName()));
      },
      { name: "waiting" },
    );
    createTask(async () => resolve("x"), { name: "resolving" });
    await waiting;
  });
  expect(events).toEqual(["waiting", "waiting"]);
});

test("Task reports nothing, and awaits nothing, of native code that outlives it and uses the loop", async () => {
  const events = await eventsOf(async (log) => {
    const outlive = async (): Promise<void> => {
      await Promise.resolve();
      log(`task: ${currentTask()?.getName() ?? "none"}`);
      await sleep(10);
      log(`${now()} end of what outlived`);
    };
    await createTask(async () => void outlive(), { name: "short" });
    log("task is done");
    await sleep(20);
  });
  expect(events.at(-1)).toBe("10 end of what outlived");
  expect(events).toContain("task is done");
});

// Task.signal.

test("Task.signal is one signal, aborted by cancel() with the CancelledError as its reason", async () => {
  const events = await eventsOf(async (log) => {
    let signal: AbortSignal | undefined;
    const task = createTask(async () => {
      signal = currentTask()!.signal;
      signal.addEventListener("abort", () => log("abort"));
      await sleepAndNote(log, "task", 100);
    });
    await sleep(10);
    expect([signal === task.signal, signal?.aborted]).toEqual([true, false]);
    task.cancel("enough");
    log(`aborted: ${signal?.aborted} ${describeError(signal?.reason)}`);
    await sleep(10);
  });
  expect(events).toEqual([
    "abort",
    "aborted: true CancelledError(enough)",
    "10 task CancelledError(enough)",
    "11 task cleaned up",
  ]);
});

test("Task.signal that is first read after cancel() is aborted, with the same reason", async () => {
  const events = await eventsOf(async (log) => {
    const task = createTask(async () => {
      try {
        await sleep(100);
      } finally {
        const { aborted, reason } = currentTask()!.signal;
        log(`aborted: ${aborted} ${describeError(reason)} ${reason instanceof CancelledError}`);
      }
    });
    await sleep(10);
    task.cancel("enough");
    await sleep(10);
  });
  expect(events).toEqual(["aborted: true CancelledError(enough) true"]);
});

test("Task.signal is a new one after the last request was taken back", async () => {
  const events = await eventsOf(async (log) => {
    const task = currentTask()!;
    const first = task.signal;
    await expect(async () => await timeout(10, () => sleep(100))).rejects.toThrow(TimeoutError);
    log(`first aborted: ${first.aborted}, new: ${task.signal !== first}, aborted: ${task.signal.aborted}`);
  });
  expect(events).toEqual(["first aborted: true, new: true, aborted: false"]);
});

test("Task.signal of a task that ended is not aborted", () =>
  runVirtual(async () => {
    const task = createTask(async () => currentTask()!.signal);
    const signal = await task;
    task.cancel();
    expect(signal.aborted).toBe(false);
  }));
