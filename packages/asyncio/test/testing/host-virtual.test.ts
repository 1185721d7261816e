import {
  createTask,
  DeadlockError,
  EventLoop,
  getRunningLoop,
  RuntimeError,
  sleep,
  TimeoutError,
  timeout,
  wrapFuture,
} from "asyncio-ts";
import { VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";

const DAY = 24 * 60 * 60 * 1000;

test("VirtualHost's time begins at 0 and jumps from timer to timer", async () => {
  const host = new VirtualHost();
  const loop = new EventLoop({ host });
  const times: number[] = [];
  expect(loop.time()).toBe(0);
  await loop.runUntilComplete(async () => {
    for (const delay of [DAY, 0, 0.5]) {
      await sleep(delay);
      times.push(loop.time());
    }
  });
  loop.close();
  expect(times).toEqual([DAY, DAY, DAY + 0.5]);
  expect(host.time()).toBe(DAY + 0.5);
});

test("VirtualHost's time stands while something runs, however long that takes", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const order: string[] = [];
  loop.callLater(1, () => order.push("timer"));
  await loop.runUntilComplete(function* () {
    for (let turn = 0; turn < 10_000; turn++) yield* sleep(0);
    order.push(`10,000 turns later it is ${loop.time()}`);
    yield* sleep(2);
  });
  loop.close();
  expect(order).toEqual(["10,000 turns later it is 0", "timer"]);
});

test("VirtualHost.advance() moves the clock: what is due runs in the next turn", async () => {
  const host = new VirtualHost();
  const loop = new EventLoop({ host });
  const order: string[] = [];
  await loop.runUntilComplete(function* () {
    loop.callLater(200, () => order.push("200"));
    loop.callLater(100, () => order.push("100"));
    loop.callLater(201, () => order.push("201"));
    host.advance(200);
    order.push("advanced");
    yield* sleep(0); // what was ready before runs before the timers
    order.push(`it is ${loop.time()}`);
    yield* sleep(0);
  });
  loop.close();
  expect(order).toEqual(["advanced", "it is 200", "100", "200"]);
});

test("VirtualHost.advance() goes forward only", () => {
  const host = new VirtualHost();
  host.advance(0);
  for (const ms of [-1, Number.NaN]) expect(() => host.advance(ms)).toThrow(RangeError);
  expect(host.time()).toBe(0);
});

test("VirtualHost's time stands while a task waits for a promise of the platform", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const order: string[] = [];
  const foreign = async (): Promise<void> => {
    for (let i = 0; i < 100; i++) await Promise.resolve();
    order.push(`the promise at ${loop.time()}`);
  };
  await loop.runUntilComplete(async () => {
    const waits = [createTask(foreign), createTask(async () => await wrapFuture(foreign()))];
    loop.callLater(1, () => order.push(`the timer at ${loop.time()}`));
    for (const task of waits) await task;
    await sleep(1);
  });
  loop.close();
  expect(order).toEqual(["the promise at 0", "the promise at 0", "the timer at 1"]);
});

test("VirtualHost waits for a promise as long as it was told, in real time; then it is a deadlock", async () => {
  const loop = new EventLoop({ host: new VirtualHost({ foreignLimit: 10 }) });
  const never = new Promise<void>(() => {});
  const started = performance.now();
  await expect(loop.runUntilComplete(async () => await never)).rejects.toThrow(DeadlockError);
  const took = performance.now() - started;
  expect(took).toBeGreaterThanOrEqual(9);
  expect(took).toBeLessThan(4000);
  loop.setExceptionHandler(() => {});
  loop.close();
});

test("VirtualHost({ sync: true }) runs within runSync(), and not before or after it", () => {
  const host = new VirtualHost({ sync: true });
  const loop = new EventLoop({ host });
  const order: string[] = [];
  loop.callLater(DAY, () => order.push(`a day later it is ${loop.time()}`));
  loop.callLater(DAY, () => loop.stop());
  void loop.runForever();
  order.push("started");
  host.runSync();
  order.push("stopped");
  expect(order).toEqual(["started", `a day later it is ${DAY}`, "stopped"]);
  expect(loop.isRunning()).toBe(false);
});

test("VirtualHost.runSync() throws RuntimeError on a host that was not made for it", () => {
  expect(() => new VirtualHost().runSync()).toThrow(RuntimeError);
});

test("VirtualHost makes timeouts exact", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const order: string[] = [];
  await loop.runUntilComplete(async () => {
    for (const limit of [99, 100, 101]) {
      const start = getRunningLoop().time();
      try {
        await timeout(limit, () => sleep(100));
        order.push(`${limit}: slept ${loop.time() - start}`);
      } catch (error) {
        expect(error).toBeInstanceOf(TimeoutError);
        order.push(`${limit}: timed out after ${loop.time() - start}`);
      }
    }
  });
  loop.close();
  expect(order).toEqual(["99: timed out after 99", "100: timed out after 100", "101: slept 100"]);
});
