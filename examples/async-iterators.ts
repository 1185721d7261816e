// Async iterators. Python's `async for` is `for await`: the loop waits for each item, and other tasks run meanwhile.
import { asCompleted, createTask, Queue, run, sleep } from "asyncio-ts";

/** Counts down with a pause before each number. */
class Countdown implements AsyncIterableIterator<number> {
  #next: number;

  constructor(from: number) {
    this.#next = from;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<number>> {
    await sleep(10);
    if (this.#next === 0) return { done: true, value: undefined };
    return { done: false, value: this.#next-- };
  }
}

async function countDown(): Promise<void> {
  for await (const n of new Countdown(3)) console.log(n);
  console.log("Lift-off!");
}

/** A queue is an async iterable too. Its loop ends when the queue is shut down and empty. */
async function drainQueue(): Promise<void> {
  const queue = new Queue<string>();
  const reader = createTask(async () => {
    for await (const word of queue) console.log(`got ${word}`);
    console.log("the queue is shut down");
  });
  for (const word of ["one", "two", "three"]) {
    await queue.put(word);
    await sleep(10);
  }
  queue.shutdown();
  await reader;
}

/** `asCompleted` gives tasks in the order in which they end. */
async function listWinners(): Promise<void> {
  const race = async (name: string, ms: number): Promise<string> => await sleep(ms, name);
  const tasks = [createTask(() => race("tortoise", 150)), createTask(() => race("hare", 50))];
  for await (const task of asCompleted(tasks)) console.log(`${task.result()} is there`);
}

async function main(): Promise<void> {
  await countDown();
  await drainQueue();
  await listWinners();
}

await run(main);
