import {
  CancelledError,
  gather,
  getRunningLoop,
  move,
  moveOnAfter,
  run,
  ThreadPoolExecutor,
  TimeoutError,
  timeout,
  toThread,
  wrapFuture,
} from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { awaiting } from "../../support/spellings.ts";
import { eventOf, notesOf } from "./fixtures/main-side.ts";
import {
  errorOf,
  newGate,
  openGate,
  POOLS,
  plain,
  resourcesAre,
  testReal,
  unique,
  work,
  workerResources,
} from "./support.ts";

/** A pool of one thread that is kept busy until the gate is opened. */
async function busyPool(options: ConstructorParameters<typeof ThreadPoolExecutor>[0] = {}) {
  const pool = new ThreadPoolExecutor({ ...options, maxWorkers: 1 });
  const gate = newGate();
  const key = unique();
  const call = getRunningLoop().runInExecutor(pool, work.hold, gate, key);
  await eventOf(key).wait();
  return { pool, gate, call };
}

testReal("toThread() is cancelled at once, and the call goes on by itself when it has begun", function* () {
  const gate = newGate();
  const key = unique();
  const task = getRunningLoop().createTask(toThread(work.hold, gate, key));
  yield* awaiting(eventOf(key).wait());
  task.cancel("enough");
  let thrown: unknown;
  try {
    yield* awaiting(task);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(CancelledError);
  expect((thrown as Error).message).toBe("enough");
  openGate(gate);
});

test("ThreadPoolExecutor takes a cancelled call back when it has not begun", () =>
  run(async () => {
    const { pool, gate, call } = await busyPool();
    const loop = getRunningLoop();
    const key = unique();
    const second = loop.runInExecutor(pool, work.hold, gate, key);
    const third = loop.runInExecutor(pool, plain.add, 1, 2);
    expect(second.cancel()).toBe(true);
    expect(second.cancelled()).toBe(true);
    openGate(gate);
    expect(await call).toBe("held");
    expect(await third).toBe(3);
    await pool.shutdown();
    expect(eventOf(key).isSet()).toBe(false);
  }));

test("ThreadPoolExecutor moves nothing for a call that was cancelled before it began", () =>
  run(async () => {
    const { pool, gate } = await busyPool();
    const loop = getRunningLoop();
    const bytes = new Uint8Array([1, 2]);
    loop.runInExecutor(pool, plain.sum, move(bytes)).cancel();
    openGate(gate);
    expect(await loop.runInExecutor(pool, plain.sum, bytes)).toBe(3);
    expect(bytes.length).toBe(2);
    await pool.shutdown();
  }));

test("ThreadPoolExecutor drops the result of an abandoned call, and uses its thread again", () =>
  run(async () => {
    const { pool, gate, call } = await busyPool();
    call.cancel();
    await expect(call).rejects.toThrow(CancelledError);
    openGate(gate);
    expect(await getRunningLoop().runInExecutor(pool, plain.add, 1, 2)).toBe(3);
    await pool.shutdown();
  }));

test("ThreadPoolExecutor reports an error of an abandoned call, once", () =>
  run(async () => {
    const reports: string[] = [];
    const loop = getRunningLoop();
    loop.setExceptionHandler((_loop, { message, exception }) => reports.push(`${message}: ${String(exception)}`));
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const gate = newGate();
    const key = unique();
    const call = loop.runInExecutor(pool, work.holdAndFail, gate, key);
    await eventOf(key).wait();
    call.cancel();
    openGate(gate);
    await pool.shutdown();
    expect(reports).toEqual([
      "holdAndFail() failed in its executor after the wait for it had been cancelled: ValueError: too late",
    ]);
  }));

describe.each(POOLS)('$name with onCancel: "terminate"', ({ name, make }) => {
  test(`${name} ends an endless call that is cancelled, and its worker with it`, () =>
    run(async () => {
      const before = workerResources();
      const pool = make({ maxWorkers: 1, onCancel: "terminate" });
      const loop = getRunningLoop();
      const first = await loop.runInExecutor(pool, plain.where);
      const key = unique();
      const call = loop.runInExecutor(pool, work.spin, key);
      await eventOf(key).wait();
      expect(call.cancel("enough")).toBe(true);
      expect(call.done()).toBe(false); // until the worker has ended
      await expect(call).rejects.toThrow(CancelledError);
      expect(call.cancelled()).toBe(true);
      const second = await loop.runInExecutor(pool, plain.where);
      expect(`${second.pid} ${second.thread}`).not.toBe(`${first.pid} ${first.thread}`);
      await pool.shutdown();
      await wrapFuture(resourcesAre(before));
    }));

  test(`${name} ends the endless call of a task that is cancelled, and the task gets its message`, () =>
    run(async () => {
      await using pool = make({ maxWorkers: 1, onCancel: "terminate" });
      const loop = getRunningLoop();
      const key = unique();
      const task = loop.createTask(async () => await loop.runInExecutor(pool, work.spin, key));
      await eventOf(key).wait();
      task.cancel("enough");
      const error = await errorOf(task);
      expect([error.name, error.message, task.cancelled()]).toEqual(["CancelledError", "enough", true]);
    }));
});

test('ThreadPoolExecutor with onCancel: "terminate" goes on with the next call in another thread', () =>
  run(async () => {
    const { pool, call } = await busyPool({ onCancel: "terminate" });
    const next = getRunningLoop().runInExecutor(pool, plain.add, 1, 2);
    call.cancel();
    expect(await next).toBe(3);
    expect(call.cancelled()).toBe(true);
    await pool.shutdown();
  }));

test('ThreadPoolExecutor with onCancel: "terminate" ends calls that run into a timeout', () =>
  run(async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2, onCancel: "terminate" });
    const loop = getRunningLoop();
    loop.setDefaultExecutor(pool);
    await expect(timeout(20, async () => await toThread(work.spin, unique()))).rejects.toThrow(TimeoutError);
    const scope = await moveOnAfter(20, async () => {
      await gather([toThread(work.spin, unique()), toThread(work.spin, unique())]);
    });
    expect(scope).toBeUndefined();
    expect(await toThread(plain.add, 1, 2)).toBe(3);
  }));

test('ThreadPoolExecutor with onCancel: "terminate" cancels what a call had asked the loop for', () =>
  run(async () => {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1, onCancel: "terminate" });
    const loop = getRunningLoop();
    const key = unique();
    const call = loop.runInExecutor(pool, work.blockForEver, key);
    await eventOf(key).wait();
    call.cancel();
    await expect(call).rejects.toThrow(CancelledError);
    await pool.shutdown();
    await eventOf(`${key} cleaned up`).wait();
    expect(notesOf(key)).toEqual(["begins", "cleaned up"]);
  }));
