import { createTask, sleep, type Task, wait } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Connection, Pool } from "../src/index.ts";
import { OperationalError } from "../src/index.ts";
import { FakeDatabase, type FakeLink } from "./support/fake-database.ts";

/** What one task does. All spans are in turns of the loop, so that everything happens at one moment of virtual time. */
interface Actor {
  readonly start: number;
  readonly holds: number;
  readonly how: "acquire" | "acquire and query" | "leave it open" | "close it" | "query" | "transaction";
  readonly cancelAfter: number | null;
}

const actor = (...how: Actor["how"][]) =>
  fc.record({
    start: fc.nat({ max: 12 }),
    holds: fc.nat({ max: 6 }),
    how: fc.constantFrom(...how),
    cancelAfter: fc.option(fc.nat({ max: 30 })),
  });

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await sleep(0);
}

/** Who has which link, and in which order those who had to wait came and were served. */
class Witness {
  readonly owners = new Map<number, number>();
  readonly came: number[] = [];
  readonly served: number[] = [];

  async act(pool: Pool, index: number, { start, holds, how }: Actor): Promise<void> {
    await turns(start);
    if (how === "query") await this.query(pool, holds);
    else if (how === "transaction") await pool.transaction(async (tx) => await this.query(tx, holds));
    else await this.borrow(pool, index, holds, how);
  }

  private async query(target: Pick<Connection, "queryRow">, holds: number): Promise<void> {
    const row = await target.queryRow<{ sql: string; link: number }>(`turns ${holds}`);
    expect(row?.sql).toBe(`turns ${holds}`);
  }

  private async borrow(pool: Pool, index: number, holds: number, how: Actor["how"]): Promise<void> {
    // Who finds one that is idle may run before somebody who was given one a moment ago.
    const waits = pool.idleSize === 0;
    if (waits) this.came.push(index);
    await using connection = await pool.acquire();
    if (waits) this.served.push(index);
    const link = (await connection.queryRow<{ link: number }>("SELECT"))?.link as number;
    expect(this.owners.has(link), "a link was lent twice").toBe(false);
    this.owners.set(link, index);
    try {
      await turns(holds);
      if (how === "acquire and query") await this.query(connection, holds);
      if (how === "leave it open") await connection.query("BEGIN");
      if (how === "close it") await connection.close();
    } finally {
      this.owners.delete(link);
    }
  }
}

function* schedule(pool: Pool, witness: Witness, actors: readonly Actor[]): Generator<Task<unknown>> {
  for (const [index, each] of actors.entries()) {
    const task = createTask(() => witness.act(pool, index, each));
    yield task;
    const { cancelAfter } = each;
    if (cancelAfter === null) continue;
    yield createTask(async () => {
      await turns(cancelAfter);
      task.cancel();
    });
  }
}

function expectEndings(tasks: Iterable<Task<unknown>>, allowed: readonly (typeof OperationalError)[]): void {
  for (const task of tasks) {
    if (task.cancelled()) continue;
    const error = task.exception();
    if (error !== null && !allowed.some((kind) => error instanceof kind)) throw error;
  }
}

async function expectAllGivenBack(pool: Pool, database: FakeDatabase): Promise<void> {
  // Connections that were closed say goodbye in the background.
  await turns(10);
  expect(pool.waitingSize).toBe(0);
  expect(pool.idleSize).toBe(pool.size);
  expect(database.links.size).toBe(pool.size);
  // And all of it can be lent again.
  const all = await Promise.all(Array.from({ length: pool.maxSize }, () => createTask(pool.acquire())));
  expect(pool.size).toBe(pool.maxSize);
  for (const connection of all) await connection[Symbol.asyncDispose]();
  await pool.close();
  expect([pool.size, pool.idleSize, database.links.size]).toEqual([0, 0, 0]);
}

test("Pool serves whoever waits in the order in which they came, and loses no grant, whoever is cancelled when", async () => {
  const scenario = fc.record({
    maxSize: fc.integer({ min: 1, max: 4 }),
    actors: fc.array(actor("acquire", "acquire and query", "leave it open", "query", "transaction"), {
      minLength: 1,
      maxLength: 14,
    }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ maxSize, actors }) => {
      await runVirtual(async () => {
        const database = new FakeDatabase();
        const pool = await database.createPool({ minSize: maxSize, maxSize, acquireTimeoutMs: null });
        const witness = new Witness();
        const tasks = [...schedule(pool, witness, actors)];
        await wait(tasks);
        expectEndings(tasks, []);
        expect(witness.served).toEqual(witness.came.filter((index) => witness.served.includes(index)));
        expect(database.attempts, "a connection was replaced for no reason").toBe(maxSize);
        await expectAllGivenBack(pool, database);
      });
    }),
    { numRuns: 150 },
  );
});

test("Pool never has more connections than maxSize, and its counts are right in the end, whatever breaks down when", async () => {
  const scenario = fc.record({
    maxSize: fc.integer({ min: 1, max: 4 }),
    connectTurns: fc.nat({ max: 3 }),
    actors: fc.array(actor("acquire", "acquire and query", "leave it open", "close it", "query", "transaction"), {
      minLength: 1,
      maxLength: 14,
    }),
    breakDowns: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ maxSize, connectTurns, actors, breakDowns }) => {
      await runVirtual(async () => {
        const database = Object.assign(new FakeDatabase(), { connectTurns });
        const pool = await database.createPool({ maxSize, acquireTimeoutMs: null });
        const breakers = breakDowns.map((after) =>
          createTask(async () => {
            await turns(after);
            const [link] = database.links as Set<FakeLink>;
            link?.breakDown();
          }),
        );
        const tasks = [...schedule(pool, new Witness(), actors), ...breakers];
        await wait(tasks);
        expectEndings(tasks, breakDowns.length > 0 ? [OperationalError] : []);
        expect(database.mostLinks).toBeLessThanOrEqual(maxSize);
        await expectAllGivenBack(pool, database);
      });
    }),
    { numRuns: 150 },
  );
});
