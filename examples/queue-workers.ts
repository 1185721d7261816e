// Workers that share a queue: the crawler in small.
import { Queue, run, sleep, taskGroup } from "asyncio-ts";

async function work(name: string, queue: Queue<number>): Promise<void> {
  for await (const ms of queue) {
    await sleep(ms);
    console.log(`${name} has slept for ${ms} ms`);
    queue.taskDone();
  }
  console.log(`${name} goes home`);
}

async function main(): Promise<void> {
  const queue = new Queue<number>();
  for (const ms of [300, 100, 100, 250]) queue.putNowait(ms);

  await taskGroup(async (group) => {
    group.createTask(() => work("ann", queue));
    group.createTask(() => work("bob", queue));
    await queue.join(); // every item has been marked as done
    queue.shutdown(); // so the workers' loops end
  });
}

await run(main);
