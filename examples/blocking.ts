// A blocking call: all tasks stand still, as they share one thread. Debug mode says which task it was.
import { run, sleep, taskGroup } from "asyncio-ts";

/** Keeps the thread busy, as long calculations do, and functions whose name ends in `Sync`. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

async function workAtOnce(): Promise<void> {
  console.log("work begins");
  block(200);
  console.log("work is done");
}

/** The same work in pieces. After each, `sleep(0)` lets the other tasks run. */
async function workInPieces(): Promise<void> {
  console.log("work begins");
  for (let piece = 0; piece < 10; piece++) {
    block(20);
    await sleep(0);
  }
  console.log("work is done");
}

async function tick(): Promise<void> {
  for (let n = 1; n <= 2; n++) {
    await sleep(20);
    console.log(`tick ${n}`);
  }
}

async function besideTicks(work: () => Promise<void>): Promise<void> {
  await taskGroup(async (group) => {
    group.createTask(tick, { name: "ticks" });
    group.createTask(work, { name: work.name });
  });
}

async function main(): Promise<void> {
  await besideTicks(workAtOnce); // debug mode reports: Executing <Task … name='workAtOnce' …> took 0.200 seconds
  await besideTicks(workInPieces);
}

await run(main, { debug: true });
