import { CancelledError, createTask, Queue, QueueShutDown, sleep, taskGroup } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";

test("Queue can be iterated: it gives what comes and ends when the queue is shut down and empty", () =>
  runVirtual(async () => {
    const queue = new Queue<number>(1);
    const order: string[] = [];
    await taskGroup(async (group) => {
      group.createTask(async () => {
        for await (const item of queue) order.push(`got ${item}`);
        order.push("end");
      });
      for (let i = 0; i < 3; i++) await queue.put(i);
      order.push("shutdown");
      queue.shutdown();
    });
    expect(order).toEqual(["got 0", "got 1", "shutdown", "got 2", "end"]);
  }));

test("Queue's iteration ends at once after an immediate shutdown", () =>
  runVirtual(async () => {
    const queue = new Queue<number>();
    queue.putNowait(1);
    queue.shutdown({ immediate: true });
    for await (const item of queue) expect.unreachable(`got ${item}`);
  }));

test("Queue's items are shared out when several tasks iterate it", () =>
  runVirtual(async () => {
    const queue = new Queue<number>();
    const order: string[] = [];
    await taskGroup(async (group) => {
      for (const name of ["a", "b"]) {
        group.createTask(async () => {
          for await (const item of queue) order.push(`${name} got ${item}`);
        });
      }
      for (let i = 0; i < 4; i++) {
        await sleep(1);
        queue.putNowait(i);
      }
      queue.shutdown();
    });
    expect(order).toEqual(["a got 0", "b got 1", "a got 2", "b got 3"]);
  }));

test("Queue's iteration that is left by `break` takes no item more", () =>
  runVirtual(async () => {
    const queue = new Queue<number>();
    for (let i = 0; i < 3; i++) queue.putNowait(i);
    for await (const item of queue) if (item === 1) break;
    expect(queue.getNowait()).toBe(2);
  }));

test("Queue's iteration raises a cancellation, and the item stays", () =>
  runVirtual(async () => {
    const queue = new Queue<number>();
    const consumer = createTask(async () => {
      for await (const item of queue) expect.unreachable(`got ${item}`);
    });
    await sleep(1);
    queue.putNowait(1);
    consumer.cancel();
    await expect(consumer).rejects.toThrow(CancelledError);
    expect(queue.qsize()).toBe(1);
  }));

test("Queue's iterator ends a next() that waits when it is returned from another task", () =>
  runVirtual(async () => {
    const queue = new Queue<number>();
    const items = queue[Symbol.asyncIterator]();
    const consumer = createTask(async () => await items.next());
    await sleep(1);
    expect(await items.return?.()).toEqual({ done: true, value: undefined });
    expect(await consumer).toEqual({ done: true, value: undefined });
    expect(consumer.cancelling()).toBe(0);
    expect(await items.next()).toEqual({ done: true, value: undefined });
    queue.putNowait(1);
    expect(queue.qsize()).toBe(1);
  }));

test("Queue's iterator passes on an item that came for a next() that is returned", () =>
  runVirtual(async () => {
    const queue = new Queue<number>();
    const items = queue[Symbol.asyncIterator]();
    const consumer = createTask(async () => await items.next());
    const other = createTask(queue.get());
    await sleep(1);
    queue.putNowait(1);
    await items.return?.();
    queue.putNowait(2);
    const results = [await consumer, await other];
    // The first getter had been woken already: what it takes is its.
    expect(results).toEqual([{ done: false, value: 1 }, 2]);
  }));

test("Queue's iteration ends for everybody who waits in it", () =>
  runVirtual(async () => {
    const queue = new Queue<number>();
    const consumers = [1, 2].map(() =>
      createTask(async () => {
        for await (const item of queue) expect.unreachable(`got ${item}`);
        return "end";
      }),
    );
    const getter = createTask(queue.get());
    await sleep(1);
    queue.shutdown();
    expect([await consumers[0], await consumers[1]]).toEqual(["end", "end"]);
    await expect(getter).rejects.toThrow(QueueShutDown);
  }));
