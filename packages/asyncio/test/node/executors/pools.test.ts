import {
  BrokenExecutorError,
  CancelledError,
  gather,
  getRunningLoop,
  ProcessPoolExecutor,
  RuntimeError,
  run,
  sleep,
  ThreadPoolExecutor,
  toThread,
  ValueError,
  wrapFuture,
} from "asyncio-ts";
import { describe, expect, test } from "vitest";
import { awaiting } from "../../support/spellings.ts";
import { eventOf } from "./fixtures/main-side.ts";
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

describe.each(POOLS)("$name", ({ name, make }) => {
  testReal(`${name} runs functions elsewhere, through EventLoop.runInExecutor()`, function* () {
    const pool = make({ maxWorkers: 1 });
    const loop = getRunningLoop();
    expect(yield* awaiting(loop.runInExecutor(pool, plain.add, 1, 2))).toBe(3);
    const { pid, thread } = yield* awaiting(loop.runInExecutor(pool, plain.where));
    expect([pid === process.pid, thread === 0]).toEqual(name === "ThreadPoolExecutor" ? [true, false] : [false, true]);
    yield* awaiting(pool.shutdown());
  });

  test(`${name} runs 1,000 quick calls on two workers, each result to its call`, () =>
    run(async () => {
      await using pool = make({ maxWorkers: 2 });
      const loop = getRunningLoop();
      const numbers = Array.from({ length: 1000 }, (_, n) => n);
      const calls = gather(numbers.map((n) => loop.runInExecutor(pool, plain.echo, n)));
      const places = gather(numbers.slice(0, 20).map(() => loop.runInExecutor(pool, plain.where)));
      expect(await calls).toEqual(numbers);
      expect(new Set((await places).map(({ pid, thread }) => `${pid} ${thread}`)).size).toBeLessThanOrEqual(2);
    }));

  test(`${name} begins calls in their order`, () =>
    run(async () => {
      await using pool = make({ maxWorkers: 1 });
      const loop = getRunningLoop();
      const order: number[] = [];
      const calls = [1, 2, 3, 4].map((n) => {
        const call = loop.runInExecutor(pool, plain.echo, n);
        call.addDoneCallback(() => order.push(n));
        return call;
      });
      await gather(calls);
      expect(order).toEqual([1, 2, 3, 4]);
    }));

  test(`${name} uses idle workers again, and starts no more than it needs`, () =>
    run(async () => {
      await using pool = make({ maxWorkers: 4 });
      const loop = getRunningLoop();
      const places = new Set<string>();
      for (let i = 0; i < 5; i++) {
        const { pid, thread } = await loop.runInExecutor(pool, plain.where);
        places.add(`${pid} ${thread}`);
      }
      expect(places.size).toBe(1);
    }));

  test(`${name} keeps no process alive while it is idle, and leaves no worker behind`, () =>
    run(async () => {
      const before = workerResources();
      const pool = make({ maxWorkers: 2 });
      const loop = getRunningLoop();
      await gather([loop.runInExecutor(pool, plain.add, 1, 2), loop.runInExecutor(pool, plain.add, 1, 2)]);
      expect(workerResources()).toEqual(before);
      await pool.shutdown();
      await wrapFuture(resourcesAre(before));
    }));

  test(`${name} keeps no process alive when its first call could not be sent`, () =>
    run(async () => {
      const before = workerResources();
      const pool = make({ maxWorkers: 1 });
      await errorOf(getRunningLoop().runInExecutor(pool, plain.echo, () => {}));
      expect(workerResources()).toEqual(before);
      await pool.shutdown();
    }));

  test(`${name}.shutdown() ends when the last calls die or can't be sent`, () =>
    run(async () => {
      const pool = make({ maxWorkers: 1 });
      const loop = getRunningLoop();
      const calls = [
        loop.runInExecutor(pool, plain.exit, 3),
        loop.runInExecutor(pool, plain.echo, () => {}),
        loop.runInExecutor(pool, plain.exit, 4),
        loop.runInExecutor(pool, plain.echo, () => {}),
      ];
      await pool.shutdown();
      const names = calls.map((call) => (call.exception() as Error).name);
      expect(names).toEqual(["BrokenExecutorError", "TypeError", "BrokenExecutorError", "TypeError"]);
    }));

  test(`${name}.shutdown() waits for the calls, those that have not begun included`, () =>
    run(async () => {
      const pool = make({ maxWorkers: 1 });
      const loop = getRunningLoop();
      const events: string[] = [];
      for (const n of [1, 2, 3]) {
        loop.runInExecutor(pool, plain.echo, n).addDoneCallback((call) => events.push(`call ${call.result()}`));
      }
      await pool.shutdown();
      events.push("shut down");
      expect(events).toEqual(["call 1", "call 2", "call 3", "shut down"]);
    }));

  test(`${name}.shutdown({ cancelFutures }) cancels the calls that have not begun`, () =>
    run(async () => {
      const pool = make({ maxWorkers: 1 });
      const loop = getRunningLoop();
      const calls = [1, 2, 3].map((n) => loop.runInExecutor(pool, plain.echo, n));
      await pool.shutdown({ cancelFutures: true });
      expect(calls.map((call) => call.cancelled())).toEqual([false, true, true]);
      expect(calls[0]?.result()).toBe(1);
    }));

  test(`${name} refuses calls after the shutdown`, () =>
    run(async () => {
      const loop = getRunningLoop();
      const pool = make();
      await pool.shutdown();
      await pool.shutdown();
      expect(() => loop.runInExecutor(pool, plain.add, 1, 2)).toThrow(RuntimeError);
      expect(() => loop.runInExecutor(pool, plain.add, 1, 2)).toThrow("cannot schedule new futures after shutdown");
    }));

  test(`${name} takes no more calls when it is disposed of, and waits for those under way`, () =>
    run(async () => {
      const loop = getRunningLoop();
      let call: ReturnType<typeof loop.runInExecutor<[number, number], number>>;
      {
        await using pool = make({ maxWorkers: 1 });
        call = loop.runInExecutor(pool, plain.add, 1, 2);
      }
      expect(call.result()).toBe(3);
    }));

  test(`${name}.shutdown() goes on when the wait for it is cancelled`, () =>
    run(async () => {
      const pool = make({ maxWorkers: 1 });
      const loop = getRunningLoop();
      const call = loop.runInExecutor(pool, plain.add, 1, 2);
      const end = loop.createTask(pool.shutdown());
      await sleep(0);
      end.cancel();
      await expect(end).rejects.toThrow(CancelledError);
      expect(() => loop.runInExecutor(pool, plain.add, 1, 2)).toThrow("cannot schedule new futures after shutdown");
      expect(await call).toBe(3);
      await pool.shutdown();
    }));

  test(`${name} fails a call whose worker exits, and goes on with another one`, () =>
    run(async () => {
      await using pool = make({ maxWorkers: 1, name: "crew" });
      const loop = getRunningLoop();
      const dying = loop.runInExecutor(pool, plain.exit, 3);
      const waiting = loop.runInExecutor(pool, plain.add, 1, 2);
      const error = await errorOf(dying);
      expect(error).toBeInstanceOf(BrokenExecutorError);
      expect(error).toBeInstanceOf(RuntimeError);
      expect(error.message).toBe("crew-1 has exited with code 3 while it ran exit()");
      expect(await waiting).toBe(3);
    }));

  test(`${name} fails a call whose worker dies of an error that nothing catches`, () =>
    run(async () => {
      await using pool = make({ maxWorkers: 1 });
      const error = await errorOf(getRunningLoop().runInExecutor(pool, plain.crash));
      expect(error).toBeInstanceOf(BrokenExecutorError);
      expect(error.message).toMatch(
        /^(?:thread-1 has died: RangeError: thrown by a callback|process-1 has exited with code 1) while it ran crash\(\)$/,
      );
    }));

  test(`${name} tells of arguments and results that can't be cloned, from the wait, with the function's name`, () =>
    run(async () => {
      await using pool = make({ maxWorkers: 1 });
      const loop = getRunningLoop();
      const argument = await errorOf(loop.runInExecutor(pool, plain.echo, { callback: () => {} }));
      expect(argument).toBeInstanceOf(TypeError);
      expect(argument.message).toMatch(/^an argument of echo\(\) can't be sent: .*could not be cloned/);
      const result = await errorOf(loop.runInExecutor(pool, plain.uncloneable));
      expect(result).toBeInstanceOf(TypeError);
      expect(result.message).toMatch(/^the result of uncloneable\(\) can't be sent: .*could not be cloned/);
      expect(await loop.runInExecutor(pool, plain.add, 1, 2)).toBe(3);
    }));

  test(`${name} copies arguments and results: dates, maps, sets, bigints, typed arrays, undefined, circles`, () =>
    run(async () => {
      await using pool = make({ maxWorkers: 1 });
      const circle: { self?: unknown } = {};
      circle.self = circle;
      const value = {
        list: [
          new Date(1),
          new Map([[1, new Set(["a"])]]),
          2n,
          new Uint16Array([1, 2]),
          undefined,
          null,
          -0,
          Number.NaN,
        ],
        circle,
      };
      const copy = await getRunningLoop().runInExecutor(pool, plain.echo, value);
      expect(copy).toEqual(value);
      expect(copy).not.toBe(value);
      expect(await getRunningLoop().runInExecutor(pool, plain.nothing)).toBeUndefined();
    }));

  test(`${name} refuses closures at the call`, () =>
    run(async () => {
      await using pool = make();
      const place = name === "ThreadPoolExecutor" ? "thread" : "process";
      expect(() => getRunningLoop().runInExecutor(pool, () => 1)).toThrow(TypeError);
      expect(() => getRunningLoop().runInExecutor(pool, () => 1)).toThrow(
        `${name}.submit(): the function <anonymous>() can't be sent to another ${place}`,
      );
    }));

  test(`${name} gives its workers their environment`, () =>
    run(async () => {
      await using pool = make({ maxWorkers: 1, env: { ...process.env, COLOUR: "blue" } });
      expect(await getRunningLoop().runInExecutor(pool, plain.environment, "COLOUR")).toBe("blue");
    }));

  test.each([
    [{ maxWorkers: 0 }, ValueError, "maxWorkers must be greater than 0"],
    [{ maxWorkers: 1.5 }, ValueError, "maxWorkers must be greater than 0"],
    [{ maxWorkers: "2" as never }, TypeError, `${name}: maxWorkers must be a number, got a string ("2")`],
    [{ onCancel: "kill" as never }, ValueError, `${name}: onCancel is "abandon" or "terminate", got a string ("kill")`],
  ])(`new ${name}() refuses wrong options: %o`, (options, type, message) => {
    expect(() => make(options)).toThrow(type);
    expect(() => make(options)).toThrow(message);
  });

  test(`${name} can be used by several runs, one after the other`, async () => {
    const pool = make({ maxWorkers: 1 });
    const add = () => getRunningLoop().runInExecutor(pool, plain.add, 1, 2);
    expect(await run(async () => await add())).toBe(3);
    expect(await run(async () => await add())).toBe(3);
    await run(pool.shutdown());
  });
});

test("ThreadPoolExecutor fails a call whose thread needs more memory than it may have", () =>
  run(async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, resourceLimits: { maxOldGenerationSizeMb: 20 } });
    const error = await errorOf(getRunningLoop().runInExecutor(pool, plain.eatMemory));
    expect(error).toBeInstanceOf(BrokenExecutorError);
    expect(error.cause).toMatchObject({ code: "ERR_WORKER_OUT_OF_MEMORY" });
    expect(await getRunningLoop().runInExecutor(pool, plain.add, 1, 2)).toBe(3);
  }));

test("ThreadPoolExecutor reports an error by which an idle thread dies, and starts another one", () =>
  run(async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, name: "crew" });
    const loop = getRunningLoop();
    const reported = loop.createFuture<string>();
    loop.setExceptionHandler((_loop, { message, exception }) => reported.setResult(`${message} ${String(exception)}`));
    await loop.runInExecutor(pool, plain.throwSoon);
    // Nothing else keeps this process alive: an idle thread does not.
    const alive = setInterval(() => {}, 1000);
    expect(await reported).toBe("crew-1 has died: RangeError: thrown when idle RangeError: thrown when idle");
    clearInterval(alive);
    expect(await loop.runInExecutor(pool, plain.add, 1, 2)).toBe(3);
  }));

test("ThreadPoolExecutor shares memory that is made to be shared", () =>
  run(async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const gate = newGate();
    const key = unique();
    const call = getRunningLoop().runInExecutor(pool, work.hold, gate, key);
    await eventOf(key).wait();
    openGate(gate);
    expect(await call).toBe("held");
  }));

test("ProcessPoolExecutor ends its processes when they are not needed any more", () =>
  run(async () => {
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const { pid } = await getRunningLoop().runInExecutor(pool, plain.where);
    expect(process.kill(pid, 0)).toBe(true);
    await pool.shutdown();
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  }));

test("BrokenExecutorError is what a killed process gives", () =>
  run(async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const loop = getRunningLoop();
    const key = unique();
    const { pid } = await loop.runInExecutor(pool, plain.where);
    const call = loop.runInExecutor(pool, work.spin, key);
    await eventOf(key).wait();
    process.kill(pid, "SIGKILL");
    expect(await errorOf(call)).toMatchObject({
      name: "BrokenExecutorError",
      message: "process-1 was killed by SIGKILL while it ran spin()",
    });
  }));

test("toThread() inside of a thread has threads of its own", () =>
  run(async () => {
    expect(await toThread(work.addDeeper, 1, 2)).toBe(3);
  }));
