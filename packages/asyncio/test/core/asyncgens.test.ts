import { aclosing, CancelledError, createTask, EventLoop, getRunningLoop, RuntimeError, sleep } from "asyncio-ts";
import { runVirtual, VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { isCollected } from "../support/garbage.ts";

/** Counts, a number a millisecond; its clean-up takes a millisecond too. */
async function* ticks(order: string[], count = Number.POSITIVE_INFINITY): AsyncGenerator<number, void, undefined> {
  try {
    for (let i = 0; i < count; i++) {
      await sleep(1);
      yield i;
    }
  } catch (error) {
    order.push(`threw ${error}`);
    throw error;
  } finally {
    await sleep(1);
    order.push("closed");
  }
}

test("aclosing() closes the generator at the end of the block, after a break", () =>
  runVirtual(async () => {
    const order: string[] = [];
    {
      await using numbers = aclosing(ticks(order));
      for await (const n of numbers) {
        order.push(`got ${n}`);
        if (n === 1) break;
      }
      order.push("broke off");
      for await (const n of numbers) {
        order.push(`got ${n}`);
        break;
      }
    }
    order.push("after the block");
    expect(order).toEqual(["got 0", "got 1", "broke off", "got 2", "closed", "after the block"]);
  }));

test("aclosing() lets a generator end by itself", () =>
  runVirtual(async () => {
    const order: string[] = [];
    {
      await using numbers = aclosing(ticks(order, 2));
      for await (const n of numbers) order.push(`got ${n}`);
      expect(await numbers.next()).toEqual({ done: true, value: undefined });
    }
    expect(order).toEqual(["got 0", "got 1", "closed"]);
  }));

test("aclosing() closes the generator when the body fails or is cancelled", () =>
  runVirtual(async () => {
    const order: string[] = [];
    const failing = async (): Promise<void> => {
      await using numbers = aclosing(ticks(order));
      for await (const n of numbers) throw new Error(`at ${n}`);
    };
    await expect(failing()).rejects.toThrow("at 0");
    expect(order).toEqual(["closed"]);

    const cancelled = createTask(async () => {
      await using numbers = aclosing(ticks(order));
      await numbers.next();
      order.push("waits");
      await sleep(1000);
    });
    await sleep(5);
    cancelled.cancel();
    await expect(cancelled).rejects.toThrow(CancelledError);
    expect(order).toEqual(["closed", "waits", "closed"]);
  }));

test("aclosing() lets a cancellation arrive inside the generator", () =>
  runVirtual(async () => {
    const order: string[] = [];
    const consumer = createTask(async () => {
      await using numbers = aclosing(ticks(order));
      for await (const n of numbers) order.push(`got ${n}`);
    });
    await sleep(1.5);
    consumer.cancel("enough");
    await expect(consumer).rejects.toThrow("enough");
    expect(order).toEqual(["got 0", "threw CancelledError: enough", "closed"]);
  }));

test("Aclosing.throw() throws into the generator, Aclosing.return() closes it, and both end it", () =>
  runVirtual(async () => {
    const order: string[] = [];
    const thrown = aclosing(ticks(order));
    await thrown.next();
    await expect(thrown.throw(new Error("from outside"))).rejects.toThrow("from outside");
    expect(await thrown.next()).toEqual({ done: true, value: undefined });

    const closed = aclosing(ticks(order));
    await closed.next();
    await closed.return();
    await closed.return();
    expect(await closed.next()).toEqual({ done: true, value: undefined });
    expect(order).toEqual(["threw Error: from outside", "closed", "closed"]);
  }));

test("Aclosing.throw() gives the next value when the generator catches the error", () =>
  runVirtual(async () => {
    async function* stubborn(): AsyncGenerator<string, void, undefined> {
      try {
        yield "first";
      } catch (error) {
        yield `caught ${(error as Error).message}`;
      }
    }
    await using values = aclosing(stubborn());
    await values.next();
    expect(await values.throw(new Error("it"))).toEqual({ done: false, value: "caught it" });
  }));

test("Aclosing.next() and return() throw RuntimeError while the generator runs, and return() is tried again at the end", async () => {
  const order: string[] = [];
  await runVirtual(async () => {
    const numbers = aclosing(ticks(order));
    const consumer = createTask(async () => await numbers.next());
    await sleep(0);
    await expect(numbers.next()).rejects.toThrow(
      new RuntimeError("anext(): asynchronous generator is already running"),
    );
    await expect(numbers.return()).rejects.toThrow(
      new RuntimeError("aclose(): asynchronous generator is already running"),
    );
    expect(await consumer).toEqual({ done: false, value: 0 });
    order.push("main ends");
  });
  expect(order).toEqual(["main ends", "closed"]);
});

test("run() closes the generators of aclosing() that are still open, at its end", async () => {
  const order: string[] = [];
  await runVirtual(async () => {
    const generators = [aclosing(ticks(order)), aclosing(ticks(order))];
    for (const generator of generators) await generator.next();
    order.push("main ends");
  });
  expect(order).toEqual(["main ends", "closed", "closed"]);
});

test("run() closes generators after the tasks that are left were cancelled", async () => {
  const order: string[] = [];
  await runVirtual(async () => {
    const generator = aclosing(ticks(order));
    createTask(async () => {
      try {
        await generator.next();
        await sleep(1000);
      } finally {
        order.push("task ends");
      }
    });
    await sleep(5);
  });
  expect(order).toEqual(["task ends", "closed"]);
});

test("run() reports an error during the closing of a generator, and closes the others", async () => {
  const order: string[] = [];
  async function* failing(): AsyncGenerator<number, void, undefined> {
    try {
      yield 1;
    } finally {
      throw new Error("in the clean-up");
    }
  }
  const generator = failing();
  await runVirtual(async () => {
    getRunningLoop().setExceptionHandler((_loop, { message, exception, asyncgen }) => {
      order.push(`${message}: ${exception}, is it: ${asyncgen === generator}`);
    });
    for (const open of [aclosing(generator), aclosing(ticks(order))]) await open.next();
  });
  expect(order).toEqual([
    "closed",
    "an error occurred during closing of asynchronous generator: Error: in the clean-up, is it: true",
  ]);
});

test("EventLoop.shutdownAsyncgens() closes what is open, once", async () => {
  const order: string[] = [];
  const loop = new EventLoop({ host: new VirtualHost() });
  await loop.runUntilComplete(async () => {
    await aclosing(ticks(order)).next();
    await loop.shutdownAsyncgens();
    order.push("shut down");
    await loop.shutdownAsyncgens();
  });
  loop.close();
  expect(order).toEqual(["closed", "shut down"]);
});

test("aclosing() makes the loop forget a generator that has ended, by itself or by return()", async () => {
  const loop = new EventLoop({ host: new VirtualHost() });
  const closed = async (): Promise<WeakRef<object>> => {
    const numbers = aclosing(ticks([]));
    await numbers.next();
    await numbers.return();
    return new WeakRef(numbers);
  };
  const ended = async (): Promise<WeakRef<object>> => {
    const numbers = aclosing(ticks([], 1));
    for await (const _ of numbers);
    return new WeakRef(numbers);
  };
  for (const program of [closed, ended]) {
    expect(await isCollected(await loop.runUntilComplete(program))).toBe(true);
  }
  loop.close();
});

test("aclosing() takes async generators only", () => {
  for (const wrong of [undefined, null, [1, 2], async () => {}])
    expect(() => aclosing(wrong as never)).toThrow(TypeError);
});

test("aclosing() works outside of run() too: the block closes the generator", async () => {
  const order: string[] = [];
  {
    await using numbers = aclosing(ticks(order, 1));
    await numbers.next();
  }
  expect(order).toEqual(["closed"]);
});
