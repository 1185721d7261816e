import { EventLoop, gather, run, sleep, TimeoutError, timeout } from "asyncio-ts";
import { expect, test } from "vitest";
import { createHost } from "../../src/core/host-browser.ts";

// Node has all that the host uses of a browser: MessageChannel, performance, setTimeout.

const loopFactory = () => new EventLoop({ host: createHost() });

test("BrowserHost runs tasks, timers and microtasks in the loop's order", async () => {
  const events: string[] = [];
  const visit = async (name: string, ms: number) => {
    events.push(`${name} begins`);
    await Promise.resolve();
    events.push(`${name} sleeps`);
    await sleep(ms);
    events.push(`${name} ends`);
  };
  await run(async () => void (await gather([() => visit("slow", 20), () => visit("fast", 1)])), { loopFactory });
  expect(events).toEqual(["slow begins", "slow sleeps", "fast begins", "fast sleeps", "fast ends", "slow ends"]);
});

test("BrowserHost wakes the loop for what a promise of the platform sets off", async () => {
  const outcome = await run(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      try {
        await timeout(5, () => sleep(10_000));
      } catch (error) {
        return error instanceof TimeoutError;
      }
      return false;
    },
    { loopFactory },
  );
  expect(outcome).toBe(true);
});
