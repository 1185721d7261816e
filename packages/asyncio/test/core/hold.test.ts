import { Condition, createTask, Lock, Semaphore, sleep } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";

const kinds = { Lock: () => new Lock(), Semaphore: () => new Semaphore(1), Condition: () => new Condition() };

for (const [name, make] of Object.entries(kinds)) {
  test(`${name}.hold() holds until the end of the block (await using)`, () =>
    runVirtual(async () => {
      const target = make();
      const order: string[] = [];
      const visit = async (visitor: string): Promise<void> => {
        await using _ = await target.hold();
        order.push(`${visitor} in`);
        await sleep(1);
        order.push(`${visitor} out`);
      };
      const other = createTask(() => visit("a"));
      await visit("b");
      await other;
      expect(order).toEqual(["b in", "b out", "a in", "a out"]);
    }));

  test(`${name}.hold() holds until the end of the block (using, in a generator)`, () =>
    runVirtual(function* () {
      const target = make();
      const order: string[] = [];
      function* visit(visitor: string) {
        using _ = yield* target.hold();
        order.push(`${visitor} in`);
        yield* sleep(1);
        order.push(`${visitor} out`);
      }
      const other = createTask(() => visit("a"));
      yield* visit("b");
      yield* other;
      expect(order).toEqual(["b in", "b out", "a in", "a out"]);
    }));

  test(`${name} can itself be disposed of once it is acquired, as Python's async with does`, () =>
    runVirtual(async () => {
      const target = make();
      {
        await target.acquire();
        await using _ = target;
        expect(target.locked()).toBe(true);
      }
      expect(target.locked()).toBe(false);
    }));
}

test("Hold releases when the block ends by an error, and the error goes on", () =>
  runVirtual(async () => {
    const lock = new Lock();
    const failing = async (): Promise<void> => {
      await using _ = await lock.hold();
      throw new Error("inside");
    };
    await expect(failing()).rejects.toThrow("inside");
    expect(lock.locked()).toBe(false);
  }));

test("Hold releases when the task is cancelled inside the block", () =>
  runVirtual(function* () {
    const lock = new Lock();
    const order: string[] = [];
    const native = createTask(async () => {
      await using _ = await lock.hold();
      order.push("native in");
      await sleep(10);
    });
    const generator = createTask(function* () {
      using _ = yield* lock.hold();
      order.push("generator in");
      yield* sleep(10);
    });
    for (const task of [native, generator]) {
      yield* sleep(1);
      task.cancel();
    }
    yield* sleep(1);
    expect([native.cancelled(), generator.cancelled()]).toEqual([true, true]);
    expect(order).toEqual(["native in", "generator in"]);
    expect(lock.locked()).toBe(false);
  }));

test("Lock.hold() that is cancelled while it waits holds nothing", () =>
  runVirtual(async () => {
    const lock = new Lock();
    await lock.acquire();
    const waiter = createTask(async () => {
      await using _ = await lock.hold();
    });
    await sleep(1);
    waiter.cancel();
    await sleep(1);
    expect(waiter.cancelled()).toBe(true);
    expect(lock.locked()).toBe(true);
  }));

test("Hold releases once, even if it is disposed of by hand before the end of the block", () =>
  runVirtual(async () => {
    const slots = new Semaphore(1);
    {
      await using hold = await slots.hold();
      hold[Symbol.dispose]();
      await hold[Symbol.asyncDispose]();
    }
    await slots.acquire();
    expect(slots.locked()).toBe(true);
  }));

test("Hold can be disposed of by `using` in native code too, and by another task", () =>
  runVirtual(async () => {
    const lock = new Lock();
    {
      using _ = await lock.hold();
      expect(lock.locked()).toBe(true);
    }
    const hold = await lock.hold();
    await createTask(async () => hold[Symbol.dispose]());
    expect(lock.locked()).toBe(false);
  }));

test("Lock.hold() is lazy: nothing is held before it is awaited", () =>
  runVirtual(async () => {
    const lock = new Lock();
    const holding = lock.hold();
    expect(lock.locked()).toBe(false);
    await using _ = await holding;
    expect(lock.locked()).toBe(true);
  }));
