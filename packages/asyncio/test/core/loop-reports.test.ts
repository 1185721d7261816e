import {
  ContextVar,
  createTask,
  EventLoop,
  type ExceptionContext,
  Future,
  getRunningLoop,
  shield,
  sleep,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { eventsOf, type Log, noteReports } from "../support/events.ts";
import { awaiting, testBoth } from "../support/spellings.ts";

// What the loop tells of errors that nobody else takes.

/** A loop that notes what it prints. */
function printingLoop(): { loop: EventLoop; printed: string[] } {
  const printed: string[] = [];
  const host = Object.assign(new VirtualHost(), { report: (text: string) => void printed.push(text) });
  return { loop: new EventLoop({ host }), printed };
}

test("EventLoop reports the error of a callback with its handle, and goes on", () =>
  runVirtual(async () => {
    const loop = getRunningLoop();
    const reports: ExceptionContext[] = [];
    loop.setExceptionHandler((own, context) => {
      expect(own).toBe(loop);
      reports.push(context);
    });
    const error = new Error("from the callback");
    const handle = loop.callSoon(function explode() {
      throw error;
    });
    await sleep(1);
    expect(reports).toEqual([{ message: "Exception in callback explode()", exception: error, handle }]);
  }));

test("EventLoop reports what a callback throws even if it is no error", async () => {
  const { loop, printed } = printingLoop();
  loop.callSoon(() => {
    throw "a string";
  });
  loop.callSoon(() => loop.stop());
  await loop.runForever();
  loop.close();
  expect(printed).toHaveLength(1);
  expect(printed[0]).toMatch(/^Exception in callback <anonymous>\(\)\n[^]*a string/);
});

test("EventLoop.setExceptionHandler() sets what gets the reports; null brings the default back", async () => {
  const { loop, printed } = printingLoop();
  const handler = (_loop: EventLoop, { message }: ExceptionContext): void => void printed.push(`handler: ${message}`);
  expect(loop.getExceptionHandler()).toBeNull();
  loop.setExceptionHandler(handler);
  expect(loop.getExceptionHandler()).toBe(handler);
  loop.callExceptionHandler({ message: "one" });

  loop.setExceptionHandler(null);
  expect(loop.getExceptionHandler()).toBeNull();
  loop.callExceptionHandler({ message: "two" });
  expect(printed).toEqual(["handler: one", "two"]);
  expect(() => loop.setExceptionHandler("handler" as never)).toThrow(TypeError);
  loop.close();
});

test("EventLoop.defaultExceptionHandler() can be called by a handler that only looks", async () => {
  const { loop, printed } = printingLoop();
  loop.setExceptionHandler((own, context) => {
    printed.push("seen");
    own.defaultExceptionHandler(context);
  });
  loop.callExceptionHandler({ message: "message" });
  expect(printed).toEqual(["seen", "message"]);
  loop.close();
});

test("EventLoop survives a handler that throws, and prints both errors", async () => {
  const { loop, printed } = printingLoop();
  loop.setExceptionHandler(() => {
    throw new Error("from the handler");
  });
  loop.callSoon(() => {
    throw new Error("from the callback");
  });
  loop.callSoon(() => {
    printed.push("next callback");
    loop.stop();
  });
  await loop.runForever();
  loop.close();
  expect(printed).toHaveLength(2);
  expect(printed[0]).toMatch(/^Unhandled error in exception handler\n[^]*from the handler[^]*from the callback/);
  expect(printed[1]).toBe("next callback");
});

test("EventLoop.callExceptionHandler() never throws, even if nothing can be printed", () => {
  const report = (): void => {
    throw new Error("nothing can be printed");
  };
  const loop = new EventLoop({ host: Object.assign(new VirtualHost(), { report }) });
  expect(() => loop.callExceptionHandler({ message: "default handler" })).not.toThrow();
  loop.setExceptionHandler(() => {
    throw new Error("from the handler");
  });
  expect(() => loop.callExceptionHandler({ message: "handler that throws" })).not.toThrow();
  loop.close();
});

const user = new ContextVar("user", { default: "nobody" });

async function failAs(name: string): Promise<never> {
  user.set(name);
  await sleep(1);
  throw new Error("failed");
}

test("EventLoop calls the handler in the context of the callback, the task or the future that is a task", async () => {
  const events = await eventsOf(async (log) => {
    const loop = getRunningLoop();
    loop.setExceptionHandler((_loop, { message }) => log(`${user.get()}: ${message}`));
    loop.callSoon(() => {
      user.set("callback");
      throw new Error("failed");
    });
    createTask(() => failAs("task"));
    const wait = shield(() => failAs("shielded task"));
    await sleep(0);
    wait.cancel();
    await sleep(5);
  });
  expect(events).toEqual([
    "callback: Exception in callback <anonymous>()",
    "task: Task exception was never retrieved",
    "shielded task: Error exception in shielded future",
  ]);
});

// Errors that nobody retrieves.

function failedFuture(): Future<unknown> {
  const future = new Future();
  future.setException(new Error("failed"));
  return future;
}

/** Notes the next iterations as they begin. */
function noteIterations(log: Log, count: number): void {
  if (count > 0) {
    getRunningLoop().callSoon(() => {
      log("iteration");
      noteIterations(log, count - 1);
    });
  }
}

test("EventLoop reports the error of a future to which nobody listens one iteration later, once", async () => {
  const events = await eventsOf(async (log) => {
    noteIterations(log, 3);
    failedFuture();
    log("failed");
    await sleep(10);
  });
  expect(events).toEqual([
    "failed",
    "iteration",
    "report: Future exception was never retrieved",
    "iteration",
    "iteration",
  ]);
});

testBoth(
  "EventLoop reports the error of a task to which nobody listens one iteration after its end, once",
  function* ({ start }) {
    const events: string[] = [];
    const log: Log = (event) => events.push(event);
    noteReports(log);
    start(function* () {
      yield* awaiting(sleep(5));
      noteIterations(log, 2);
      log("fails");
      throw new Error("failed");
    });
    yield* awaiting(sleep(20));
    expect(events).toEqual(["fails", "iteration", "report: Task exception was never retrieved", "iteration"]);
  },
);

test("EventLoop reports an error with the task or the future that it belongs to", () =>
  runVirtual(async () => {
    const reports: ExceptionContext[] = [];
    getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context));
    const task = createTask(() => failAs("somebody"));
    await sleep(10);
    const future = failedFuture();
    await sleep(10);
    const [ofTask, ofFuture, ...others] = reports;
    expect(ofTask?.task).toBe(task);
    expect(ofFuture?.future).toBe(future);
    expect([ofTask?.exception, ofFuture?.exception]).toEqual([task.exception(), future.exception()]);
    expect(others).toEqual([]);
  }));

test("EventLoop does not report an error that was retrieved in the iteration in which it happened", async () => {
  const events = await eventsOf(async (log) => {
    failedFuture().exception();
    expect(() => failedFuture().result()).toThrow("failed");
    await expect(async () => await failedFuture()).rejects.toThrow("failed");
    log(`cancelled: ${failedFuture().cancel()}`);
    await sleep(10);
  });
  expect(events).toEqual(["cancelled: false"]);
});

test("EventLoop does not report an error to which somebody listens", async () => {
  const events = await eventsOf(async (log) => {
    const awaited = createTask(() => failAs("awaited"));
    const watched = createTask(() => failAs("watched"));
    watched.addDoneCallback(() => log("callback"));
    await expect(async () => await awaited).rejects.toThrow("failed");
    await sleep(10);
  });
  expect(events).toEqual(["callback"]);
});

test("EventLoop raises an error that it has reported in who awaits it later, too", async () => {
  const events = await eventsOf(async (log) => {
    const task = createTask(() => failAs("somebody"));
    await sleep(10);
    await expect(async () => await task).rejects.toThrow("failed");
    log("raised");
    await sleep(10);
  });
  expect(events).toEqual(["report: Task exception was never retrieved", "raised"]);
});

test("EventLoop reports the error of native code that goes on after the loop was closed", async () => {
  const events: string[] = [];
  const loop = new EventLoop({ host: new VirtualHost() });
  loop.setExceptionHandler((_loop, { message, exception }) => events.push(`${message}: ${String(exception)}`));
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((_resolve, onReject) => {
    reject = onReject;
  });
  loop.createTask(async () => await promise);
  loop.stop();
  await loop.runForever();
  loop.close();
  reject(new Error("too late"));
  await expect(promise).rejects.toThrow("too late");
  expect(events).toEqual([
    expect.stringMatching(/^Task was destroyed but it is pending!/),
    expect.stringMatching(/closed: Error: too late$/),
  ]);
});

test("EventLoop does not report tasks that were cancelled", async () => {
  const events = await eventsOf(async (log) => {
    const task = createTask(() => sleep(10));
    await sleep(1);
    task.cancel();
    await sleep(1);
    log(`cancelled: ${task.cancelled()}`);
  });
  expect(events).toEqual(["cancelled: true"]);
});
