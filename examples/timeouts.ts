// Timeouts: what takes too long is cancelled, and may clean up.
import { run, sleep, TimeoutError, timeout, waitFor } from "asyncio-ts";

async function slow(name: string): Promise<string> {
  try {
    await sleep(10_000);
    return name;
  } finally {
    console.log(`${name} cleans up`);
  }
}

async function main(): Promise<void> {
  // `timeout` limits all that its body does …
  try {
    await timeout(50, async () => {
      await slow("first");
      console.log("never printed");
    });
  } catch (error) {
    console.log(error instanceof TimeoutError ? "the first took too long" : error);
  }

  // … and may get a new deadline while it runs.
  const answer = await timeout(50, async (limit) => {
    limit.reschedule(null); // no limit any more
    return await sleep(100, "the second had all the time it needs");
  });
  console.log(answer);

  // `waitFor` limits one wait.
  try {
    await waitFor(() => slow("third"), 50);
  } catch (error) {
    console.log(error instanceof TimeoutError ? "the third took too long" : error);
  }
}

await run(main);
