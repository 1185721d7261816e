// Async generators: functions that make values, with pauses, for a `for await` loop.
import { aclosing, asyncGenerator, run, sleep } from "asyncio-ts";

async function* tick(name: string, times: number): AsyncGenerator<string, void, undefined> {
  try {
    for (let n = 1; n <= times; n++) {
      await sleep(10);
      yield `${name} ${n}`;
    }
  } finally {
    console.log(`${name} is closed`);
  }
}

/** A `for await` loop closes its generator, even when it is left early. */
async function leaveEarly(): Promise<void> {
  for await (const word of tick("early", 1000)) {
    console.log(word);
    if (word === "early 2") break;
  }
}

/** Without a loop nobody closes it. `aclosing` does at the end of the block, and `run` does if that is missing too. */
async function takeOne(): Promise<void> {
  await using ticks = aclosing(tick("one", 1000));
  const first = await ticks.next();
  console.log(first.value);
}

/** The same in generator spelling: `emit` stands for `yield`, as `yield*` is taken by the waits. */
const square = asyncGenerator(function* (emit, numbers: readonly number[]) {
  for (const n of numbers) {
    yield* sleep(10);
    yield* emit(n * n);
  }
});

async function main(): Promise<void> {
  await leaveEarly();
  await takeOne();
  for await (const n of square([1, 2, 3])) console.log(n);
}

await run(main);
