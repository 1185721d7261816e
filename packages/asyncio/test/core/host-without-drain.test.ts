import {
  createTask,
  currentTask,
  EventLoop,
  type ExceptionContext,
  getRunningLoop,
  Lock,
  run,
  sleep,
  type TaskSource,
  taskGroup,
  timeout,
} from "asyncio-ts";
import { VirtualHost } from "asyncio-ts/testing";
import { expect, test } from "vitest";

/** As browsers and Deno: the microtasks run when the turn has ended, not within it. */
class HostWithoutDrain extends VirtualHost {
  override readonly drain = undefined;
}

function runWithoutDrain<T>(main: TaskSource<T>, reports: ExceptionContext[] = [], debug = false): Promise<T> {
  return run(main, {
    loopFactory: () => {
      const loop = new EventLoop({ host: new HostWithoutDrain(), debug });
      loop.setExceptionHandler((_, context) => reports.push(context));
      return loop;
    },
  });
}

test("EventLoop keeps the steps of native tasks whole on a host that drains microtasks after the turn", async () => {
  const events: string[] = [];
  const nested = async (event: string) => {
    await Promise.resolve();
    events.push(event);
  };
  const worker = async (name: string) => {
    for (const step of [1, 2]) {
      events.push(`${name}${step} begins`);
      await nested(`${name}${step} goes on`);
      await sleep(0);
    }
  };
  await runWithoutDrain(() =>
    taskGroup(async (group) => {
      group.createTask(() => worker("a"));
      group.createTask(() => worker("b"));
    }),
  );
  expect(events).toEqual([
    "a1 begins",
    "a1 goes on",
    "b1 begins",
    "b1 goes on",
    "a2 begins",
    "a2 goes on",
    "b2 begins",
    "b2 goes on",
  ]);
});

test("currentTask() and getRunningLoop() hold after awaits on a host that drains microtasks after the turn", async () => {
  await runWithoutDrain(async () => {
    const loop = getRunningLoop();
    const task = currentTask();
    await Promise.resolve();
    await sleep(1);
    expect(currentTask()).toBe(task);
    expect(getRunningLoop()).toBe(loop);
  });
});

test("EventLoop in debug mode makes no false report on a host that drains microtasks after the turn", async () => {
  const reports: ExceptionContext[] = [];
  const lock = new Lock();
  await runWithoutDrain(
    async () => {
      await using _ = await lock.hold();
      const task = createTask(async () => await timeout(5, () => sleep(1, "done")));
      expect(await task).toBe("done");
    },
    reports,
    true,
  );
  expect(reports).toEqual([]);
});
