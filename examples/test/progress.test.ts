import { createTask, sleep } from "asyncio-ts";
import { runVirtual } from "asyncio-ts/testing";
import { expect, test } from "vitest";
import { showProgress } from "../crawler/progress.ts";

/** What is written in 120 ms, and then until the task is cancelled and over. */
async function watch(screen: { isTTY: boolean; columns: number }, ms: number): Promise<string[]> {
  const written: string[] = [];
  await runVirtual(async () => {
    let done = 0;
    const read = () => ({ done: done++ * 250, found: 1000, inFlight: 7, errors: 1 });
    const task = createTask(() => showProgress(read, { ...screen, write: (text: string) => written.push(text) }));
    await sleep(ms);
    task.cancel();
    await sleep(0);
    await sleep(0);
    expect(task.cancelled()).toBe(true);
  });
  return written;
}

test("showProgress() draws a bar over and over on a terminal, and ends its line", async () => {
  expect(await watch({ isTTY: true, columns: 80 }, 70)).toEqual([
    "\r\x1b[K░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0 of 1,000 links, 7 in flight, 1 failed",
    "\r\x1b[K███████░░░░░░░░░░░░░░░░░░░░░░░ 250 of 1,000 links, 7 in flight, 1 failed",
    "\r\x1b[K███████████████░░░░░░░░░░░░░░░ 500 of 1,000 links, 7 in flight, 1 failed\n",
  ]);
});

test("showProgress() keeps the bar shorter than the terminal is wide", async () => {
  for (const line of await watch({ isTTY: true, columns: 20 }, 10)) {
    expect(line.replaceAll("\r\x1b[K", "").trimEnd().length).toBeLessThan(20);
  }
});

test("showProgress() writes a plain line a second elsewhere", async () => {
  expect(await watch({ isTTY: false, columns: 80 }, 2500)).toEqual([
    "0 of 1,000 links, 7 in flight, 1 failed\n",
    "250 of 1,000 links, 7 in flight, 1 failed\n",
  ]);
});
