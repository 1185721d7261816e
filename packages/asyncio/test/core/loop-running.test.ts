import { CancelledError, EventLoop, gather, getRunningLoop, RuntimeError, sleep, ValueError } from "asyncio-ts";
import { VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { noteReports } from "../support/events.ts";

function virtualLoop(): EventLoop {
  return new EventLoop({ host: new VirtualHost() });
}

test("EventLoop.runForever() runs until stop(), and isRunning() tells", async () => {
  const loop = virtualLoop();
  const events: string[] = [];
  loop.callLater(10, () => {
    events.push(`${loop.time()} running: ${loop.isRunning()}`);
    loop.stop();
  });
  expect(loop.isRunning()).toBe(false);
  await loop.runForever();
  expect(loop.isRunning()).toBe(false);
  expect(events).toEqual(["10 running: true"]);
  loop.close();
});

test("EventLoop.stop() lets the iteration end; what that made ready waits for the next run", async () => {
  const loop = virtualLoop();
  const events: string[] = [];
  loop.callSoon(() => {
    events.push("a");
    loop.stop();
    loop.callSoon(() => {
      events.push("made by a");
      loop.stop();
    });
  });
  loop.callSoon(() => events.push("b"));
  await loop.runForever();
  expect(events).toEqual(["a", "b"]);

  await loop.runForever();
  expect(events).toEqual(["a", "b", "made by a"]);
  loop.close();
});

test("EventLoop.stop() before the run lets it do one iteration, due timers included, and no waiting", async () => {
  const loop = virtualLoop();
  const events: string[] = [];
  loop.callSoon(() => {
    events.push("ready");
    loop.callSoon(() => events.push("made ready"));
  });
  loop.callLater(0, () => events.push("due"));
  loop.callLater(10, () => events.push("not due"));
  loop.stop();
  await loop.runForever();
  expect([events, loop.time()]).toEqual([["ready", "due"], 0]);
  loop.close();
});

test("EventLoop.stop() between two runs counts for the second only, which does its one iteration", async () => {
  const loop = virtualLoop();
  const events: string[] = [];
  loop.callLater(5, () => loop.stop());
  await loop.runForever();
  loop.callSoon(() => events.push("ready"));
  loop.stop();
  await loop.runForever();
  expect(events).toEqual(["ready"]);

  loop.callLater(5, () => loop.stop());
  await loop.runForever();
  expect(loop.time()).toBe(10);
  loop.close();
});

test("EventLoop.runUntilComplete() gives the result of a coroutine, a function, a generator, a future, a promise", async () => {
  const loop = virtualLoop();
  const future = loop.createFuture<number>();
  loop.callLater(1, () => future.setResult(4));
  const generator = function* () {
    yield* sleep(1);
    return 3;
  };
  const results = [
    await loop.runUntilComplete(sleep(1, 1)),
    await loop.runUntilComplete(async () => sleep(1, 2)),
    await loop.runUntilComplete(generator()),
    await loop.runUntilComplete(future),
    await loop.runUntilComplete(Promise.resolve(5)),
  ];
  expect(results).toEqual([1, 2, 3, 4, 5]);
  loop.close();
});

test("EventLoop.runUntilComplete() rejects with the error of the coroutine, and does not report it as well", async () => {
  const loop = virtualLoop();
  const reports: string[] = [];
  noteReports((event) => reports.push(event), loop);
  const error = new Error("failed");
  await expect(
    loop.runUntilComplete(async () => {
      throw error;
    }),
  ).rejects.toBe(error);
  loop.close();
  expect(reports).toEqual([]);
});

test("EventLoop.runUntilComplete() runs the iteration in which the coroutine ends to its end", async () => {
  const loop = virtualLoop();
  const events: string[] = [];
  await loop.runUntilComplete(async () => {
    loop.callSoon(() => {
      events.push("ready when the coroutine ended");
      loop.callSoon(() => events.push("ready after it"));
    });
  });
  expect(events).toEqual(["ready when the coroutine ended"]);
  loop.close();
});

test("EventLoop.runUntilComplete() rejects when the loop is stopped first, and the task can go on in another run", async () => {
  const loop = virtualLoop();
  const task = loop.createTask(() => sleep(10, "result"));
  loop.callLater(5, () => loop.stop());
  const run = loop.runUntilComplete(task);
  await expect(run).rejects.toThrow(RuntimeError);
  await expect(run).rejects.toThrow("Event loop stopped before Future completed.");
  expect([loop.time(), task.done()]).toEqual([5, false]);

  expect(await loop.runUntilComplete(task)).toBe("result");
  expect(loop.time()).toBe(10);
  loop.close();
});

test("EventLoop.runUntilComplete() that was stopped first leaves nothing behind that stops a later run", async () => {
  const loop = virtualLoop();
  const task = loop.createTask(() => sleep(10));
  loop.callLater(5, () => loop.stop());
  await expect(loop.runUntilComplete(task)).rejects.toThrow(RuntimeError);
  loop.callLater(15, () => loop.stop());
  await loop.runForever();
  expect([loop.time(), task.done()]).toEqual([20, true]);
  loop.close();
});

test("EventLoop.runUntilComplete() refuses a future of another loop, and what can't be awaited", async () => {
  const [loop, other] = [virtualLoop(), virtualLoop()];
  await expect(loop.runUntilComplete(other.createFuture())).rejects.toThrow(ValueError);
  await expect(loop.runUntilComplete("nothing" as never)).rejects.toThrow(TypeError);
  expect(loop.isRunning()).toBe(false);
  loop.close();
  other.close();
});

test("EventLoop.runForever() and runUntilComplete() refuse to run a loop that runs", async () => {
  const loop = virtualLoop();
  const future = loop.createFuture<void>();
  const run = loop.runUntilComplete(future);
  await expect(loop.runForever()).rejects.toThrow("This event loop is already running");
  await expect(loop.runUntilComplete(future)).rejects.toThrow("This event loop is already running");
  expect(() => loop.close()).toThrow("Cannot close a running event loop");

  future.setResult();
  await run;
  loop.close();
});

test("EventLoop.runForever() and runUntilComplete() refuse to run inside of another loop", async () => {
  const inner = virtualLoop();
  const outer = virtualLoop();
  const refused = async (run: () => Promise<unknown>): Promise<void> => {
    await expect(run()).rejects.toThrow("Cannot run the event loop while another loop is running");
  };
  await outer.runUntilComplete(async () => {
    await refused(() => inner.runForever());
    await refused(() => inner.runUntilComplete(inner.createFuture()));
    await sleep(1);
    await refused(() => inner.runForever());
  });
  const fromCallback = outer.createFuture<void>();
  outer.callSoon(() => void refused(() => inner.runForever()).then(() => fromCallback.setResult()));
  await outer.runUntilComplete(fromCallback);
  inner.close();
  outer.close();
});

test("EventLoop.runUntilComplete() of two loops at the same time lets each see its own", async () => {
  const loops = [virtualLoop(), virtualLoop()];
  const seen = await Promise.all(
    loops.map((loop) =>
      loop.runUntilComplete(async () => {
        const first = getRunningLoop() === loop;
        await sleep(10);
        await Promise.resolve();
        return first && getRunningLoop() === loop;
      }),
    ),
  );
  expect(seen).toEqual([true, true]);
  for (const loop of loops) loop.close();
});

test("EventLoop.close() drops what is scheduled without running it; a second call does nothing", async () => {
  const loop = virtualLoop();
  const events: string[] = [];
  loop.callSoon(() => events.push("ready"));
  loop.callLater(0, () => events.push("timer"));
  loop.close();
  loop.close();
  expect([loop.isClosed(), events]).toEqual([true, []]);
});

test("EventLoop refuses everything once it is closed", async () => {
  const loop = virtualLoop();
  const note = (): void => {};
  loop.close();
  expect(() => loop.callSoon(note)).toThrow("Event loop is closed");
  expect(() => loop.callLater(1, note)).toThrow("Event loop is closed");
  expect(() => loop.callAt(1, note)).toThrow("Event loop is closed");
  expect(() => loop.createTask(async () => {})).toThrow("Event loop is closed");
  await expect(loop.runForever()).rejects.toThrow("Event loop is closed");
  await expect(loop.runUntilComplete(async () => {})).rejects.toThrow("Event loop is closed");
});

test("EventLoop.close() reports each task that is not finished", async () => {
  const loop = virtualLoop();
  const reports: string[] = [];
  loop.setExceptionHandler((_loop, { message, task }) => reports.push(`${message} ${task?.getName()}`));
  const done = loop.createTask(() => sleep(1));
  loop.createTask(() => sleep(10), { name: "a" });
  loop.createTask(async () => await sleep(20), { name: "b" });
  await loop.runUntilComplete(done);
  loop.close();
  expect(reports).toEqual(["Task was destroyed but it is pending! a", "Task was destroyed but it is pending! b"]);
});

test("EventLoop.close() does not report the task that runUntilComplete() made, nor those that gather() made", async () => {
  const loop = virtualLoop();
  const reports: string[] = [];
  noteReports((event) => reports.push(event), loop);
  loop.callLater(5, () => loop.stop());
  const run = loop.runUntilComplete(async () => await gather([sleep(10), async () => await sleep(10)]));
  await expect(run).rejects.toThrow(RuntimeError);
  loop.close();
  expect(reports).toEqual([]);
});

test("EventLoop.close() reports an error that happened too late to be reported before", async () => {
  const loop = virtualLoop();
  const reports: string[] = [];
  noteReports((event) => reports.push(event), loop);
  loop.callSoon(() => {
    loop.createFuture().setException(new Error("late"));
    loop.stop();
  });
  await loop.runForever();
  expect(reports).toEqual([]);
  loop.close();
  expect(reports).toEqual(["report: Future exception was never retrieved"]);
});

test("EventLoop.stop() inside a task ends the run; the task goes on in the next", async () => {
  const events: string[] = [];
  const loop = virtualLoop();
  const task = loop.createTask(async () => {
    loop.stop();
    events.push("before the wait");
    await sleep(5);
    events.push("after the wait");
  });
  await loop.runForever();
  events.push("stopped");
  await loop.runUntilComplete(task);
  loop.close();
  expect(events).toEqual(["before the wait", "stopped", "after the wait"]);
});

test("EventLoop.runUntilComplete() rejects with the CancelledError of a task that was cancelled", async () => {
  const loop = virtualLoop();
  const task = loop.createTask(() => sleep(10));
  loop.callLater(1, () => task.cancel("enough"));
  const run = loop.runUntilComplete(task);
  await expect(run).rejects.toThrow(CancelledError);
  await expect(run).rejects.toThrow("enough");
  loop.close();
});
