import { EventEmitter } from "node:events";
import { ContextVar, createTask, currentTask, EventLoop, getRunningLoop, newEventLoop, run, sleep } from "asyncio-ts";
import { loopCallback, once } from "asyncio-ts/interop";
import { expect, test } from "vitest";

test("loopCallback() runs the function, and what follows from it, inside of the platform's callback when the loop is idle", () =>
  run(async () => {
    const order: string[] = [];
    const emitter = new EventEmitter();
    const done = once(emitter, "done");
    emitter.on(
      "event",
      loopCallback((name: string) => {
        order.push(`event ${name}, in ${currentTask()}`);
        createTask(async () => {
          order.push("first step");
          await sleep(0);
          order.push("second step");
          setImmediate(() => emitter.emit("done"));
        });
      }),
    );
    setTimeout(() => {
      emitter.emit("event", "one");
      order.push("after emit()");
    });
    await done;
    expect(order).toEqual(["event one, in null", "first step", "second step", "after emit()"]);
  }));

test("loopCallback() waits for its turn when the loop is busy", () =>
  run(async () => {
    const order: string[] = [];
    const callback = loopCallback(() => order.push("event"));
    await sleep(0);
    callback();
    order.push("after the call");
    await sleep(0);
    await sleep(0);
    expect(order).toEqual(["after the call", "event"]);
  }));

test("loopCallback() keeps the context variables of its making, and reports errors", () =>
  run(async () => {
    const variable = new ContextVar<string>("v");
    const seen: unknown[] = [];
    getRunningLoop().setExceptionHandler((_loop, { exception }) => seen.push(exception));
    variable.set("then");
    const error = new Error("broken");
    const callback = loopCallback((fail: boolean) => {
      if (fail) throw error;
      seen.push(variable.get());
    });
    variable.set("now");
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        callback(false);
        callback(true);
        resolve();
      });
    });
    expect(seen).toEqual(["then", error]);
  }));

test("loopCallback() does nothing when its loop is closed, and needs a loop and a function", async () => {
  const loop = newEventLoop();
  expect(loop).toBeInstanceOf(EventLoop);
  const calls: string[] = [];
  const callback = await loop.runUntilComplete(async () => loopCallback(() => calls.push("called")));
  loop.close();
  callback();
  expect(calls).toEqual([]);
  expect(() => loopCallback(() => {})).toThrow("no running event loop");
  expect(() => loopCallback("x" as never)).toThrow(TypeError);
});
