import { createTask, Event, getRunningLoop, Lock, sleep } from "asyncio-ts";
import { sweepCancel } from "asyncio-ts/testing";
import { expect, test } from "vitest";

test("sweepCancel() runs the operation once as it is, and once for each moment in which it can be cancelled", async () => {
  const order: string[] = [];
  const report = await sweepCancel(() => {
    const steps: string[] = [];
    return {
      operation: async () => {
        steps.push("began");
        await sleep(1);
        steps.push("slept once");
        await sleep(1);
        steps.push("slept twice");
        return "result";
      },
      check: (outcome) => void order.push([...steps, outcome.state].join(", ")),
    };
  });
  expect(report).toEqual({ awaitPoints: 2, runs: 6 });
  expect(order).toEqual([
    "began, slept once, slept twice, result",
    "cancelled", // before its first step
    "began, cancelled", // in the first sleep
    "began, cancelled", // when that was over
    "began, slept once, cancelled",
    "began, slept once, cancelled",
  ]);
});

test("sweepCancel() sweeps generators in the same way", async () => {
  const report = await sweepCancel(() => {
    const event = new Event();
    return {
      operation: function* () {
        yield* sleep(1);
        yield* sleep(0);
        yield* event.wait();
      },
      beside: [() => sleep(5).then(() => event.set())],
    };
  });
  expect(report).toEqual({ awaitPoints: 3, runs: 8 });
});

test("sweepCancel() finds an operation that hangs", async () => {
  await expect(sweepCancel(() => ({ operation: () => new Event().wait() }))).rejects.toThrow(
    /^sweepCancel\(\), not cancelled: nothing can wake the program up/,
  );
});

test("sweepCancel() finds what is not cleaned up, and says when", async () => {
  const sweep = sweepCancel(() => {
    const lock = new Lock();
    return {
      operation: async () => {
        await lock.acquire();
        await sleep(1);
        lock.release();
      },
      check: () => expect(lock.locked(), "the lock is held for ever").toBe(false),
    };
  });
  await expect(sweep).rejects.toThrow(
    /^sweepCancel\(\), cancelled at await point 1, before the wake-up: the lock is held for ever/,
  );
});

test("sweepCancel() finds what is lost between a wake-up and the next step", async () => {
  const sweep = sweepCancel(() => {
    const mailbox = getRunningLoop().createFuture<string>();
    return {
      operation: async () => await mailbox,
      beside: [() => sleep(1).then(() => mailbox.done() || mailbox.setResult("letter"))],
      check: ({ state }) => expect(state === "cancelled" && !mailbox.cancelled(), "the letter is lost").toBe(false),
    };
  });
  await expect(sweep).rejects.toThrow(/^sweepCancel\(\), cancelled at await point \d, .*the letter is lost/);
});

test.each([
  ["a task", () => void createTask(new Event().wait()), /waits for Event\.wait\(\)/],
  ["a timer", () => void getRunningLoop().callLater(10, () => {}), /a timer is left/],
  ["an error", () => void getRunningLoop().createFuture().setException(new Error("unseen")), /reported: .*unseen/],
])("sweepCancel() finds %s that is left behind", async (_what, leave, message) => {
  const operation = async (): Promise<void> => {
    await sleep(1);
    leave();
  };
  await expect(sweepCancel(() => ({ operation }))).rejects.toThrow(message);
});

test("sweepCancel() gives the check an error that the operation ends with, and raises those of what runs beside", async () => {
  const failing = async (): Promise<void> => {
    await sleep(1);
    throw new Error("inside");
  };
  const outcomes: unknown[] = [];
  await sweepCancel(() => ({ operation: failing, check: (outcome) => void outcomes.push(outcome) }));
  expect(outcomes[0]).toEqual({ state: "error", error: new Error("inside") });
  const beside = sweepCancel(() => ({ operation: () => sleep(5), beside: [failing] }));
  await expect(beside).rejects.toThrow("sweepCancel(), not cancelled: inside");
});

test("sweepCancel() refuses an operation that never waits", async () => {
  await expect(sweepCancel(() => ({ operation: async () => {} }))).rejects.toThrow("there is nothing to cancel");
});
