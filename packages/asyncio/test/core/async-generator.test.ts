import {
  asyncGenerator,
  CancelledError,
  type CoroutineAsyncGenerator,
  createTask,
  type Emit,
  EventLoop,
  sleep,
} from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, expectTypeOf, test } from "vitest";
import { isCollected } from "../support/garbage.ts";
import { awaiting, type Steps, testBoth } from "../support/spellings.ts";

/** Counts, a number a millisecond; its clean-up takes a millisecond too. */
const ticks = asyncGenerator(function* (emit: Emit<number>, order: string[], count: number) {
  order.push("begins");
  try {
    for (let i = 0; i < count; i++) {
      yield* sleep(1);
      yield* emit(i);
    }
  } catch (error) {
    order.push(`threw ${error}`);
    throw error;
  } finally {
    yield* sleep(1);
    order.push("closed");
  }
});

/** All values, by `next()`. */
function* drain<T>(values: CoroutineAsyncGenerator<T>, order: string[]): Steps<void> {
  for (;;) {
    const step = yield* awaiting(values.next());
    if (step.done) return;
    order.push(`got ${step.value}`);
  }
}

function* messageOf(program: () => Steps<unknown>): Steps<string> {
  try {
    yield* program();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

testBoth("asyncGenerator() begins at the first next(), and gives one value after the other", function* () {
  const order: string[] = [];
  const numbers = ticks(order, 2);
  order.push("made");
  yield* drain(numbers, order);
  expect(order).toEqual(["made", "begins", "got 0", "got 1", "closed"]);
  expect(yield* awaiting(numbers.next())).toEqual({ done: true, value: undefined });
});

test("asyncGenerator() can be iterated with `for await`, and a break closes it", () =>
  runVirtual(async () => {
    const order: string[] = [];
    for await (const n of ticks(order, 5)) {
      order.push(`got ${n}`);
      if (n === 1) break;
    }
    order.push("after");
    expect(order).toEqual(["begins", "got 0", "got 1", "closed", "after"]);
  }));

test("asyncGenerator() can be iterated with `for await`, and an error in the body closes it", () =>
  runVirtual(async () => {
    const order: string[] = [];
    const iterate = async (): Promise<void> => {
      for await (const n of ticks(order, 5)) throw new Error(`at ${n}`);
    };
    await expect(iterate()).rejects.toThrow("at 0");
    expect(order).toEqual(["begins", "closed"]);
  }));

test("asyncGenerator() can be closed by `await using`", () =>
  runVirtual(async () => {
    const order: string[] = [];
    {
      await using numbers = ticks(order, 5);
      await numbers.next();
    }
    expect(order).toEqual(["begins", "closed"]);
  }));

testBoth("asyncGenerator() raises what its body throws, and has ended then", function* () {
  const failing = asyncGenerator(function* (emit: Emit<number>) {
    yield* emit(1);
    throw new Error("inside");
  });
  const numbers = failing();
  yield* awaiting(numbers.next());
  expect(yield* messageOf(() => awaiting(numbers.next()))).toBe("inside");
  expect((yield* awaiting(numbers.next())).done).toBe(true);
});

testBoth("CoroutineAsyncGenerator.return() runs the clean-up, and ends it", function* () {
  const order: string[] = [];
  const numbers = ticks(order, 5);
  yield* awaiting(numbers.next());
  expect(yield* awaiting(numbers.return())).toEqual({ done: true, value: undefined });
  expect((yield* awaiting(numbers.next())).done).toBe(true);
  yield* awaiting(numbers.return());
  expect(order).toEqual(["begins", "closed"]);
});

testBoth("CoroutineAsyncGenerator.return() before the first next() runs nothing of it", function* () {
  const order: string[] = [];
  const numbers = ticks(order, 5);
  yield* awaiting(numbers.return());
  expect((yield* awaiting(numbers.next())).done).toBe(true);
  expect(order).toEqual([]);
});

testBoth("CoroutineAsyncGenerator.throw() throws at the place where the value was handed out", function* () {
  const order: string[] = [];
  const numbers = ticks(order, 5);
  yield* awaiting(numbers.next());
  expect(yield* messageOf(() => awaiting(numbers.throw(new Error("from outside"))))).toBe("from outside");
  expect(order).toEqual(["begins", "threw Error: from outside", "closed"]);
});

testBoth("CoroutineAsyncGenerator.throw() gives the next value when the generator catches the error", function* () {
  const stubborn = asyncGenerator(function* (emit: Emit<string>) {
    try {
      yield* emit("first");
    } catch (error) {
      yield* sleep(1);
      yield* emit(`caught ${(error as Error).message}`);
    }
  });
  const values = stubborn();
  yield* awaiting(values.next());
  expect(yield* awaiting(values.throw(new Error("it")))).toEqual({ done: false, value: "caught it" });
});

testBoth("asyncGenerator() lets a cancellation arrive inside, whoever calls next()", function* ({ start }) {
  const order: string[] = [];
  const numbers = ticks(order, 5);
  const consumer = start(() => drain(numbers, order));
  yield* awaiting(sleep(1.5));
  consumer.cancel("enough");
  yield* awaiting(sleep(5));
  expect(consumer.cancelled()).toBe(true);
  expect(order).toEqual(["begins", "got 0", "threw CancelledError: enough", "closed"]);
});

testBoth("asyncGenerator() can catch the cancellation and go on", function* ({ start }) {
  const patient = asyncGenerator(function* (emit: Emit<string>) {
    try {
      yield* sleep(10);
    } catch (error) {
      expect(error).toBeInstanceOf(CancelledError);
      yield* emit("caught");
    }
  });
  const consumer = start(function* () {
    return yield* awaiting(patient().next());
  });
  yield* awaiting(sleep(1));
  consumer.cancel();
  expect(yield* awaiting(consumer)).toEqual({ done: false, value: "caught" });
});

testBoth("CoroutineAsyncGenerator.next() throws RuntimeError while another one runs", function* ({ start }) {
  const order: string[] = [];
  const numbers = ticks(order, 5);
  const consumer = start(function* () {
    return yield* awaiting(numbers.next());
  });
  yield* awaiting(sleep(0));
  const message = "asynchronous generator is already running";
  expect(yield* messageOf(() => awaiting(numbers.next()))).toContain(message);
  expect(yield* messageOf(() => awaiting(numbers.return()))).toContain(message);
  expect(yield* awaiting(consumer)).toEqual({ done: false, value: 0 });
  expect(order).toEqual(["begins"]);
});

testBoth("asyncGenerator() can be consumed by several tasks in turn", function* ({ start }) {
  const numbers = ticks([], 3);
  const seen: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const task = start(function* () {
      seen.push((yield* awaiting(numbers.next())).value);
    });
    yield* awaiting(task);
  }
  expect(seen).toEqual([0, 1, 2]);
});

test("asyncGenerator() can take its values from another one", () =>
  runVirtual(function* () {
    const doubled = asyncGenerator(function* (emit: Emit<number>, source: CoroutineAsyncGenerator<number>) {
      for (;;) {
        const step = yield* source.next();
        if (step.done) return;
        yield* emit(step.value * 2);
      }
    });
    const order: string[] = [];
    const numbers = doubled(ticks(order, 3));
    expect([yield* numbers.next(), yield* numbers.next()].map((step) => step.value)).toEqual([0, 2]);
    expect((yield* numbers.next()).value).toBe(4);
    expect((yield* numbers.next()).done).toBe(true);
    expect(order).toEqual(["begins", "closed"]);
  }));

test("asyncGenerator() that is still open is closed at the end of run(), one that has ended is not", async () => {
  const open: string[] = [];
  const ended: string[] = [];
  await runVirtual(async () => {
    await ticks(open, 5).next();
    for await (const _ of ticks(ended, 1));
    open.push("main ends");
    ended.push("main ends");
  });
  expect(open).toEqual(["begins", "main ends", "closed"]);
  expect(ended).toEqual(["begins", "closed", "main ends"]);
});

test("asyncGenerator() that has ended is forgotten by the loop", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const iterate = async (): Promise<WeakRef<object>> => {
    const numbers = ticks([], 2);
    for await (const _ of numbers);
    return new WeakRef(numbers);
  };
  expect(await isCollected(await loop.runUntilComplete(iterate))).toBe(true);
  loop.close();
});

test("asyncGenerator() whose consumer is left over is closed after it was cancelled", async () => {
  const order: string[] = [];
  await runVirtual(async () => {
    createTask(async () => {
      for await (const n of ticks(order, 5)) order.push(`got ${n}`);
    });
    await sleep(1.5);
  });
  expect(order).toEqual(["begins", "got 0", "threw CancelledError", "closed"]);
});

test("asyncGenerator() takes generator functions only", () => {
  for (const wrong of [undefined, async () => {}, () => {}]) {
    expect(() => asyncGenerator(wrong as never)).toThrow(TypeError);
  }
});

test("asyncGenerator() knows the types of its values and parameters", () => {
  expectTypeOf(ticks).parameters.toEqualTypeOf<[order: string[], count: number]>();
  expectTypeOf(ticks).returns.toEqualTypeOf<CoroutineAsyncGenerator<number>>();
});
