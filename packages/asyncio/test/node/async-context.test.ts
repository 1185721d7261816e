import { AsyncLocalStorage } from "node:async_hooks";
import {
  createTask,
  Event,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  run,
  sleep,
  taskGroup,
  timeout,
  wrapFuture,
} from "asyncio-ts";
import { expect, test } from "vitest";

const request = new AsyncLocalStorage<string>();

/** Starts a native task for each name, each within its own store, and gives what they saw. */
async function sightings(names: readonly string[], program: (see: () => void) => Promise<void>): Promise<string[]> {
  const seen: string[] = [];
  const tasks = names.map((name) =>
    request.run(name, () =>
      createTask(() => program(() => void seen.push(`${name}: ${request.getStore()}`)), { name }),
    ),
  );
  await gather(tasks);
  return seen;
}

test("run() keeps the AsyncLocalStorage store in which it was called, and so do its tasks", async () => {
  const seen: unknown[] = [];
  await request.run("around run()", () =>
    run(async () => {
      seen.push(request.getStore());
      await sleep(1);
      seen.push(request.getStore());
      await createTask(async () => {
        seen.push(request.getStore());
        await sleep(0);
        seen.push(request.getStore());
      });
    }),
  );
  expect(seen).toEqual(Array.from({ length: 4 }, () => "around run()"));
  expect(request.getStore()).toBeUndefined();
});

test("Task keeps the store of whoever made it, through every kind of wait", () =>
  run(async () => {
    const seen = await sightings(["a", "b"], async (see) => {
      see();
      await sleep(1);
      see();
      await sleep(0);
      see();
      await Promise.resolve();
      see();
      await wrapFuture(new Promise((resolve) => setTimeout(resolve, 1)));
      see();
      await createTask(() => sleep(1));
      see();
    });
    expect(seen.filter((sight) => sight === "a: a")).toHaveLength(6);
    expect(seen.filter((sight) => sight === "b: b")).toHaveLength(6);
    expect(seen).toHaveLength(12);
  }));

test("Task keeps its store whoever wakes it: a task with another store, a timer, an event of the platform", () =>
  run(async () => {
    const event = new Event();
    const queue = new Queue<number>();
    const lock = new Lock();
    const future = getRunningLoop().createFuture<void>();
    await lock.acquire();
    request.run("the waker", () => {
      createTask(async () => {
        await sleep(1);
        event.set();
        queue.putNowait(1);
        queue.putNowait(2);
        setTimeout(() => {
          lock.release();
          future.setResult();
        }, 1);
      });
    });
    const seen = await sightings(["a", "b"], async (see) => {
      await event.wait();
      see();
      await queue.get();
      see();
      await future;
      see();
      await using _ = await lock.hold();
      see();
    });
    expect([...new Set(seen)].sort()).toEqual(["a: a", "b: b"]);
    expect(seen).toHaveLength(8);
  }));

test("Task keeps its store inside of timeouts and groups, and hands it on to what it starts", () =>
  run(async () => {
    const seen = await sightings(["a", "b"], async (see) => {
      await timeout(1000, async () => {
        await taskGroup(async (group) => {
          group.createTask(async () => {
            await sleep(1);
            see();
          });
          await sleep(2);
          see();
        });
        see();
      });
      see();
    });
    expect([...new Set(seen)].sort()).toEqual(["a: a", "b: b"]);
    expect(seen).toHaveLength(8);
  }));

test("Task can change its store for a part of its code", () =>
  run(async () => {
    const seen: unknown[] = [];
    await createTask(async () => {
      await request.run("inner", async () => {
        await sleep(1);
        seen.push(request.getStore());
      });
      seen.push(request.getStore());
    });
    expect(seen).toEqual(["inner", undefined]);
  }));

test("Coroutine awaited outside of run() keeps the store of the code that awaits it", async () => {
  const seen = await Promise.all(
    ["a", "b"].map((name) =>
      request.run(name, async () => {
        await sleep(1);
        return request.getStore();
      }),
    ),
  );
  expect(seen).toEqual(["a", "b"]);
});
