import { InterfaceError, OperationalError, type Pool } from "@asyncio-ts/db";
import { CancelledError, createTask, getRunningLoop, run, sleep, TimeoutError, ValueError, wait } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { FakeDatabase, type FakeLink } from "./support/fake-database.ts";

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await sleep(0);
}

/** Runs in virtual time, and makes sure that nothing is left open. */
async function withDatabase(body: (database: FakeDatabase) => Promise<void>): Promise<void> {
  await runVirtual(async () => {
    const database = new FakeDatabase();
    await body(database);
    await turns(5);
    expect(database.links.size).toBe(0);
  });
}

const now = (): number => getRunningLoop().time();
const countsOf = (pool: Pool): number[] => [pool.size, pool.idleSize, pool.waitingSize];

test("createPool() opens minSize connections and no more than are needed after that", async () => {
  await withDatabase(async (database) => {
    await using pool = await database.createPool({ minSize: 2, maxSize: 4 });
    expect(countsOf(pool)).toEqual([2, 2, 0]);
    expect([pool.minSize, pool.maxSize]).toEqual([2, 4]);
    for (let i = 0; i < 10; i++) await pool.query("SELECT");
    expect(database.attempts).toBe(2);
  });
});

test("createPool() refuses wrong options at the call", async () => {
  await withDatabase(async (database) => {
    const wrong =
      (options: object): (() => unknown) =>
      () =>
        database.createPool(options);
    expect(wrong({ minSize: 3, maxSize: 2 })).toThrow(
      new ValueError("minSize, 3, must not be greater than maxSize, 2"),
    );
    expect(wrong({ maxSize: 0 })).toThrow("maxSize must be at least 1, got 0");
    expect(wrong({ maxSize: 1.5 })).toThrow("maxSize must be a whole number, got 1.5");
    expect(wrong({ acquireTimeoutMs: "5" })).toThrow("acquireTimeoutMs must be a number of milliseconds, got 5");
    expect(wrong({ commandTimeoutMs: -1 })).toThrow("commandTimeoutMs must not be negative, got -1");
    expect(wrong({ cancelGraceMs: null })).toThrow(TypeError);
    expect(wrong({ setup: 5 })).toThrow("setup must be a function, got number");
  });
});

test("Pool.acquire() raises a TimeoutError that says why, and leaves its place in the queue", async () => {
  await withDatabase(async (database) => {
    await using pool = await database.createPool({ maxSize: 1, acquireTimeoutMs: 500 });
    const held = await pool.acquire();
    const second = createTask(async () => await pool.acquire());
    await expect(async () => await pool.acquire()).rejects.toThrow("no connection within 500 ms: all 1 are in use");
    expect(now()).toBe(500);
    await expect(async () => await second).rejects.toThrow(TimeoutError);
    expect(countsOf(pool)).toEqual([1, 0, 0]);
    await pool.release(held);
    expect(countsOf(pool)).toEqual([1, 1, 0]);
  });
});

test("Pool.acquire() tries again, at longer intervals, while connecting fails for a reason that may pass", async () => {
  await withDatabase(async (database) => {
    database.refusals = 5;
    await using pool = await database.createPool({ acquireTimeoutMs: 60_000 });
    expect(await pool.queryValue("SELECT")).toBe("SELECT");
    expect(database.attempts).toBe(6);
    // 50, 100, 200, 400, 800 ms, each with up to half of it taken off.
    expect(now()).toBeGreaterThanOrEqual(775);
    expect(now()).toBeLessThanOrEqual(1_550);
  });
});

test("Pool.acquire() tells the last reason when it has tried for acquireTimeoutMs, and frees the slot", async () => {
  await withDatabase(async (database) => {
    database.refusals = 1_000;
    await using pool = await database.createPool({ maxSize: 1, acquireTimeoutMs: 5_000 });
    const late = pool.query("SELECT");
    await expect(async () => await late).rejects.toMatchObject({
      name: "TimeoutError",
      message: "no connection within 5000 ms: refused",
      cause: { name: "OperationalError" },
    });
    expect(now()).toBe(5_000);
    expect(countsOf(pool)).toEqual([0, 0, 0]);
    database.refusals = 0;
    expect(await pool.queryValue("SELECT")).toBe("SELECT");
  });
});

test("Pool.acquire() counts the time in the queue and the time to connect as one", async () => {
  await withDatabase(async (database) => {
    database.connectMs = 400;
    await using pool = await database.createPool({ maxSize: 1, acquireTimeoutMs: 600 });
    const first = createTask(async () => await pool.acquire());
    const second = createTask(async () => await pool.acquire());
    await sleep(300);
    first.cancel();
    await expect(async () => await second).rejects.toThrow("no connection within 600 ms: connecting has not ended");
    expect([now(), pool.size]).toEqual([600, 0]);
  });
});

test("Pool.acquire() cancelled while it connects passes the slot on", async () => {
  await withDatabase(async (database) => {
    database.connectMs = 100;
    await using pool = await database.createPool({ maxSize: 1 });
    const first = createTask(async () => await pool.acquire());
    const second = createTask(async () => await pool.use(async (connection) => await connection.queryValue("turns 2")));
    await sleep(50);
    expect(countsOf(pool)).toEqual([1, 0, 1]);
    first.cancel();
    expect(await second).toBe("turns 2");
    expect([first.cancelled(), now()]).toEqual([true, 150]);
  });
});

test("Pool closes connections that were idle for maxInactiveConnectionLifetimeMs, the ones used longest ago first, down to minSize", async () => {
  await withDatabase(async (database) => {
    await using pool = await database.createPool({ minSize: 1, maxSize: 3, maxInactiveConnectionLifetimeMs: 1_000 });
    const lent = [await pool.acquire(), await pool.acquire(), await pool.acquire()];
    for (const connection of lent) {
      await pool.release(connection);
      await sleep(100);
    }
    expect(countsOf(pool)).toEqual([3, 3, 0]);
    await sleep(705);
    expect(countsOf(pool)).toEqual([2, 2, 0]);
    await sleep(100);
    expect(countsOf(pool)).toEqual([1, 1, 0]);
    await sleep(10_000);
    expect(countsOf(pool)).toEqual([1, 1, 0]);
  });
});

test("Pool replaces a connection after maxQueries operations", async () => {
  await withDatabase(async (database) => {
    await using pool = await database.createPool({ maxSize: 1, maxQueries: 3 });
    const links = [];
    for (let i = 0; i < 7; i++) links.push((await pool.queryRow<{ link: number }>("SELECT"))!.link);
    expect(links).toEqual([1, 1, 1, 2, 2, 2, 3]);
  });
});

test("Pool.expireConnections() replaces what is idle at once and what is lent when it is given back", async () => {
  await withDatabase(async (database) => {
    await using pool = await database.createPool({ minSize: 2, maxSize: 2 });
    const held = await pool.acquire();
    await pool.expireConnections();
    expect(countsOf(pool)).toEqual([1, 0, 0]);
    expect(await held.queryValue("SELECT")).toBe("SELECT");
    await pool.release(held);
    await turns(5);
    expect(countsOf(pool)).toEqual([0, 0, 0]);
    await pool.query("SELECT");
    expect(database.attempts).toBe(3);
  });
});

test("Pool calls init once for each connection, setup each time, and its own reset instead of the driver's", async () => {
  await withDatabase(async (database) => {
    await using pool = await database.createPool({
      maxSize: 1,
      init: async (connection) => await connection.query("init"),
      setup: async (connection) => await connection.query("setup"),
      reset: async (connection) => await connection.query("reset"),
    });
    await pool.query("a");
    await pool.use(async (connection) => await connection.query("b"));
    await pool.transaction(async (tx) => await tx.query("c"));
    expect(database.log.join(" ")).toBe("init setup a setup b reset setup BEGIN c COMMIT reset");
  });
});

test("Pool resets what was borrowed, but not for a query of its own, and not at all with reset: false", async () => {
  await withDatabase(async (database) => {
    {
      await using pool = await database.createPool({ maxSize: 1 });
      await pool.query("a");
      await pool.use(async (connection) => await connection.query("b"));
      await pool.use(async (connection) => await connection.query("BEGIN"));
      await pool.query("BEGIN");
      expect(database.log).toEqual(["a", "b", "RESET", "BEGIN", "ROLLBACK", "RESET", "BEGIN", "ROLLBACK"]);
    }
    database.log.length = 0;
    await using pool = await database.createPool({ maxSize: 1, reset: false });
    await pool.use(async (connection) => await connection.query("b"));
    await pool.use(async (connection) => await connection.query("BEGIN"));
    expect(database.log).toEqual(["b", "BEGIN", "ROLLBACK"]);
  });
});

test("Pool drops a connection whose hook has failed, and raises the hook's error", async () => {
  await withDatabase(async (database) => {
    const failure = new Error("mine");
    const fails = (): never => {
      throw failure;
    };
    for (const hooks of [{ init: fails }, { setup: fails }]) {
      await using pool = await database.createPool({ maxSize: 1, ...hooks });
      await expect(async () => await pool.query("SELECT")).rejects.toBe(failure);
      await expect(async () => await pool.acquire()).rejects.toBe(failure);
      expect(countsOf(pool)).toEqual([0, 0, 0]);
    }
    await using pool = await database.createPool({ maxSize: 1, reset: fails });
    await pool.use(async (connection) => await connection.query("SELECT"));
    expect(countsOf(pool)).toEqual([0, 0, 0]);
  });
});

test("Pool.close() waits for what is lent, refuses whoever waits, and lends no more", async () => {
  await withDatabase(async (database) => {
    const pool = await database.createPool({ maxSize: 1 });
    const held = await pool.acquire();
    const waiting = createTask(async () => await pool.acquire());
    await turns(3);
    const closing = createTask(pool.close());
    await turns(3);
    await expect(async () => await waiting).rejects.toThrow("the pool is being closed");
    await expect(async () => await pool.query("SELECT")).rejects.toThrow(InterfaceError);
    await sleep(1_000);
    expect(closing.done()).toBe(false);
    expect(await held.queryValue("SELECT")).toBe("SELECT");
    await pool.release(held);
    await closing;
    expect([pool.size, now()]).toEqual([0, 1_000]);
    await expect(async () => await pool.acquire()).rejects.toThrow("the pool is closed");
    await pool.close();
  });
});

test("Pool.close() cuts what was not given back after graceMs, or when it is cancelled", async () => {
  await withDatabase(async (database) => {
    const pool = await database.createPool({ maxSize: 2 });
    const held = await pool.acquire();
    await pool.close({ graceMs: 300 });
    expect([now(), pool.size, held.closed]).toEqual([300, 0, true]);
    await expect(async () => await held.query("SELECT")).rejects.toThrow("the pool was terminated");
    await pool.release(held);

    const second = await database.createPool({ maxSize: 2 });
    await second.acquire();
    const closing = createTask(async () => await second.close({ graceMs: null }));
    await sleep(100_000);
    closing.cancel();
    await expect(async () => await closing).rejects.toThrow(CancelledError);
    expect(second.size).toBe(0);
  });
});

test("Pool.terminate() ends attempts to connect, too", async () => {
  await withDatabase(async (database) => {
    database.connectMs = 60_000;
    const pool = await database.createPool({ maxSize: 1 });
    const tasks = [1, 2].map(() => createTask(async () => await pool.acquire()));
    await sleep(10);
    pool.terminate();
    await wait(tasks);
    for (const task of tasks)
      expect(task.exception()).toMatchObject({ name: "InterfaceError", message: "the pool is closed" });
    expect([pool.size, now()]).toEqual([0, 10]);
  });
});

test("Pool.release() gives back once, and ends what the connection was doing", async () => {
  await withDatabase(async (database) => {
    await using pool = await database.createPool({ maxSize: 1 });
    const connection = await pool.acquire();
    const running = createTask(async () => await connection.query("hang"));
    await turns(2);
    await pool.release(connection);
    await expect(async () => await running).rejects.toThrow("given back while an operation was in progress");
    await pool.release(connection);
    await connection[Symbol.asyncDispose]();
    expect(countsOf(pool)).toEqual([1, 1, 0]);
    await expect(async () => await connection.query("SELECT")).rejects.toThrow("given back or closed");
    expect(connection.closed).toBe(true);
  });
});

test("Pool never lends a connection again that has not stopped, or was not made ready, within cancelGraceMs", async () => {
  await run(async () => {
    const database = new FakeDatabase();
    await using pool = await database.createPool({
      maxSize: 1,
      cancelGraceMs: 20,
      reset: async (connection) => await connection.query("deaf"),
    });
    await expect(async () => await pool.query("deaf", [], { timeoutMs: 10 })).rejects.toThrow(
      "query(): not done within 10 ms",
    );
    expect(countsOf(pool)).toEqual([0, 0, 0]);
    await pool.use(async (connection) => await connection.query("SELECT"));
    expect(countsOf(pool)).toEqual([0, 0, 0]);
    const failing = pool.transaction(async (tx) => {
      createTask(tx.query("deaf")).addDoneCallback((task) => task.exception());
      await turns(2);
      throw new Error("mine");
    });
    await expect(async () => await failing).rejects.toThrow("mine");
    expect(countsOf(pool)).toEqual([0, 0, 0]);
    expect(await pool.queryValue("SELECT")).toBe("SELECT");
  });
});

test("Connection.close() of one that is from a pool makes room for another", async () => {
  await withDatabase(async (database) => {
    await using pool = await database.createPool({ maxSize: 1 });
    await using connection = await pool.acquire();
    const waiting = createTask(async () => await pool.queryRow<{ link: number }>("SELECT"));
    await turns(2);
    await connection.close();
    expect((await waiting)?.link).toBe(2);
  });
});

test("Pool drops a connection that breaks while it is idle, lent, or in a query", async () => {
  await withDatabase(async (database) => {
    await using pool = await database.createPool({ maxSize: 1 });
    const breakIt = (): void => ([...database.links] as FakeLink[])[0]!.breakDown();
    await pool.query("SELECT");
    breakIt();
    expect(countsOf(pool)).toEqual([0, 0, 0]);
    const connection = await pool.acquire();
    breakIt();
    expect([pool.size, connection.closed]).toEqual([0, true]);
    await expect(async () => await connection.query("SELECT")).rejects.toThrow("the server has gone");
    await pool.release(connection);
    const running = createTask(async () => await pool.query("hang"));
    await turns(5);
    breakIt();
    await expect(async () => await running).rejects.toThrow(OperationalError);
    expect(await pool.queryValue("SELECT")).toBe("SELECT");
    expect(countsOf(pool)).toEqual([1, 1, 0]);
  });
});

test("Pool works in a second run(): who waits there is refused in time, and what is idle there is closed", async () => {
  const database = new FakeDatabase();
  const options = { maxSize: 1, acquireTimeoutMs: 30, maxInactiveConnectionLifetimeMs: 30 };
  const pool = await run(async () => {
    const made = await database.createPool(options);
    const held = await made.acquire();
    const waiting = createTask(made.query("SELECT"));
    await sleep(0);
    await made.release(held);
    await waiting;
    return made;
  });
  await run(async () => {
    const held = await pool.acquire();
    await expect(async () => await pool.query("SELECT")).rejects.toThrow("no connection within 30 ms");
    await pool.release(held);
    await expect.poll(() => database.links.size).toBe(0);
    await pool.close();
  });
});

test("Pool.close() does not wait for connections that are being opened; who wants one is told", async () => {
  await withDatabase(async (database) => {
    database.refusals = 1_000;
    const pool = await database.createPool();
    const wanting = createTask(async () => await pool.query("SELECT"));
    await sleep(500);
    await pool.close();
    expect([now(), pool.size]).toEqual([500, 0]);
    await expect(async () => await wanting).rejects.toThrow(InterfaceError);
    expect(() => pool.close({ graceMs: -1 })).toThrow("graceMs must not be negative, got -1");
  });
});
