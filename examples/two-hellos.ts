// Two hellos at the same time, on one thread: while one waits, the other runs.
import { threadId } from "node:worker_threads";
import { createTask, run, sleep, wait } from "asyncio-ts";

async function hello(name: string): Promise<void> {
  console.log(`${name}: hello world! (thread ${threadId})`);
  await sleep(100);
  console.log(`${name}: hello again! (thread ${threadId})`);
}

async function main(): Promise<void> {
  const tasks = [createTask(() => hello("one")), createTask(() => hello("two"))];
  console.log("Two tasks are made, and run when main waits.");
  const { done, pending } = await wait(tasks);
  console.log(`${done.size} done, ${pending.size} pending`);
}

await run(main);
