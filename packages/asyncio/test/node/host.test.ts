import { once } from "node:events";
import { connect, createServer } from "node:net";
import { currentTask, getRunningLoop, run, sleep, TimeoutError, timeout } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";

/** Keeps the loop busy in every turn, until `until` says so or much time has passed. Gives the number of turns. */
function* spin(until: () => boolean) {
  const end = performance.now() + 5000;
  let turns = 0;
  for (; !until() && performance.now() < end; turns++) yield* sleep(0);
  return turns;
}

test("run() gives the platform its turn while tasks never wait: timers", () =>
  run(function* () {
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 5);
    const start = performance.now();
    const turns = yield* spin(() => fired);
    expect(fired).toBe(true);
    expect(turns).toBeGreaterThan(100);
    expect(performance.now() - start).toBeLessThan(1000);
  }));

test("run() gives the platform its turn while tasks never wait: sockets", () =>
  run(function* () {
    const received: string[] = [];
    const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
    server.once("listening", () => {
      const { port } = server.address() as { port: number };
      connect(port, "127.0.0.1").on("data", (data) => received.push(String(data)));
    });
    yield* spin(() => received.length > 0);
    server.close();
    expect(received).toEqual(["hello"]);
  }));

test("run() gives the platform its turn within one iteration, however many callbacks are ready", () =>
  run(async () => {
    const order: string[] = [];
    const loop = getRunningLoop();
    const burn = (): void => {
      const end = performance.now() + 1;
      while (performance.now() < end);
    };
    setTimeout(() => order.push("the platform's timer"), 0);
    for (let i = 0; i < 40; i++) loop.callSoon(burn);
    loop.callSoon(() => order.push("the last callback"));
    while (order.length < 2) await sleep(1);
    expect(order).toEqual(["the platform's timer", "the last callback"]);
  }));

test("run() gives microtasks and process.nextTick() their turn between two callbacks", () =>
  run(async () => {
    const order: string[] = [];
    for (const name of ["a", "b"]) {
      getRunningLoop().callSoon(() => {
        order.push(name);
        process.nextTick(() => order.push(`tick of ${name}`));
        void Promise.resolve().then(() => order.push(`microtask of ${name}`));
      });
    }
    await sleep(0);
    expect(order.filter((entry) => !entry.startsWith("tick"))).toEqual(["a", "microtask of a", "b", "microtask of b"]);
    expect(order.indexOf("tick of a")).toBeLessThan(order.indexOf("b"));
  }));

test("sleep() takes at least as long as it was asked to, in real time", () =>
  run(async () => {
    for (const delay of [1, 5, 20]) {
      const start = performance.now();
      await sleep(delay);
      expect(performance.now() - start).toBeGreaterThanOrEqual(delay);
    }
  }));

test("EventLoop.time() is the platform's monotonic clock, in milliseconds", () =>
  run(async () => {
    expect(Math.abs(getRunningLoop().time() - performance.now())).toBeLessThan(50);
  }));

test("run() is woken at once by an event of the platform though its next timer is far away", () =>
  run(async () => {
    const server = createServer().listen(0, "127.0.0.1");
    const future = getRunningLoop().createFuture<string>();
    const timer = getRunningLoop().callLater(60_000, () => future.setResult("the timer"));
    server.once("listening", () => future.setResult("the event"));
    expect(await future).toBe("the event");
    timer.cancel();
    server.close();
    await once(server, "close");
  }));

// What the platform resumes runs outside of the loop's turns, while the loop may be asleep.

test("sleep() can begin after a promise of the platform", () =>
  run(async () => {
    const start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 2));
    await sleep(5);
    expect(performance.now() - start).toBeLessThan(1000);
  }));

test("timeout() can begin after a promise of the platform", () =>
  run(async () => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    await expect(timeout(5, () => sleep(60_000))).rejects.toThrow(TimeoutError);
  }));

test("EventLoop.callLater() works in callbacks of the platform, also before a later timer", () =>
  run(async () => {
    const loop = getRunningLoop();
    const order: string[] = [];
    const late = loop.callLater(60_000, () => order.push("late"));
    const future = loop.createFuture<void>();
    setTimeout(() => {
      loop.callLater(10, () => future.setResult());
      loop.callLater(5, () => order.push("5 ms"));
    }, 2);
    await future;
    late.cancel();
    expect(order).toEqual(["5 ms"]);
  }));

test("Task can wait in callbacks of the platform that it has made", () =>
  run(async () => {
    const task = currentTask();
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      const program = async (): Promise<void> => {
        order.push(`same task: ${currentTask() === task}`, await sleep(5, "slept"));
        resolve();
      };
      setTimeout(() => void program(), 2);
    });
    expect(order).toEqual(["same task: true", "slept"]);
  }));

test("runVirtual() goes on in virtual time after a promise of the platform", async () => {
  const started = performance.now();
  const time = await runVirtual(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await sleep(60_000);
    return getRunningLoop().time();
  });
  expect(time).toBe(60_000);
  expect(performance.now() - started).toBeLessThan(2000);
});
