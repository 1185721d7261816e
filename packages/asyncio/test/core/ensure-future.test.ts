import { coroutine, EventLoop, ensureFuture, Future, RuntimeError, sleep, Task, ValueError } from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";

test("ensureFuture() gives a future back as it is", () =>
  runVirtual(async () => {
    const future = new Future<number>();
    expect(ensureFuture(future) === future).toBe(true);
    expect(ensureFuture(future, { loop: future.getLoop() }) === future).toBe(true);
  }));

test("ensureFuture() makes a task of a coroutine, a generator and a function", () =>
  runVirtual(async () => {
    const fn = coroutine(function* () {
      return yield* sleep(1, "result");
    });
    const generator = function* () {
      return yield* fn();
    };
    for (const source of [fn(), fn, generator, generator(), async () => fn()]) {
      const future = ensureFuture(source);
      expect(future).toBeInstanceOf(Task);
      expect(await future).toBe("result");
    }
  }));

test("ensureFuture() wraps a promise", () =>
  runVirtual(async () => {
    const future = ensureFuture(Promise.resolve("result"));
    expect([future instanceof Future, future instanceof Task]).toEqual([true, false]);
    expect(await future).toBe("result");
  }));

test("ensureFuture() refuses a future of another loop than the one given", () =>
  runVirtual(async () => {
    const other = new EventLoop({ host: new VirtualHost() });
    expect(() => ensureFuture(new Future(), { loop: other })).toThrow(ValueError);
    expect(ensureFuture(() => sleep(1), { loop: other }).getLoop()).toBe(other);
  }));

test("ensureFuture() refuses what can't be awaited", () =>
  runVirtual(async () => {
    for (const wrong of [undefined, null, 42, "text", {}, [sleep(1)]] as never[]) {
      expect(() => ensureFuture(wrong)).toThrow(TypeError);
    }
  }));

test("ensureFuture() throws where there is no loop", () => {
  expect(() => ensureFuture(async () => {})).toThrow(RuntimeError);
});
