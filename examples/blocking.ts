// A blocking call: all tasks stand still, as they share one thread. Debug mode says which task it was, and where. Work in
// pieces lets the others run, and so does the same call in a thread.
import { run, sleep, taskGroup, toThread, workerModule } from "asyncio-ts";
import { block } from "./blocking-work.ts";

const work = workerModule<typeof import("./blocking-work.ts")>(new URL("./blocking-work.ts", import.meta.url));

async function workAtOnce(): Promise<void> {
  console.log("work on the loop begins");
  await sleep(0);
  block(200);
  await sleep(0);
  console.log("work on the loop is done");
}

/** After each piece, `sleep(0)` lets the other tasks run. */
async function workInPieces(): Promise<void> {
  console.log("work in pieces begins");
  for (let piece = 0; piece < 10; piece++) {
    block(20);
    await sleep(0);
  }
  console.log("work in pieces is done");
}

/** The thread is kept busy for as long, and the loop is free. */
async function workInThread(): Promise<void> {
  console.log("work in a thread begins");
  await toThread(work.block, 200);
  console.log("work in a thread is done");
}

async function tick(): Promise<void> {
  for (let n = 1; n <= 2; n++) {
    await sleep(20);
    console.log(`tick ${n}`);
  }
}

async function besideTicks(body: () => Promise<void>): Promise<void> {
  await taskGroup(async (group) => {
    group.createTask(tick, { name: "ticks" });
    group.createTask(body, { name: body.name });
  });
}

async function main(): Promise<void> {
  // Debug mode: Executing <Task … name='workAtOnce' …> took 0.200 seconds: resumed at …/blocking.ts:10:9, …
  await besideTicks(workAtOnce);
  await besideTicks(workInPieces);
  await besideTicks(workInThread);
}

await run(main, { debug: true });
