import { sleep } from "asyncio-ts";

/** Waits until a count has begun to rise and does not any more, however often the platform has had its turn since. */
export async function stalled(count: () => number): Promise<void> {
  let last = -1;
  for (let turns = 0; turns < 20; turns++) {
    if (count() === 0 || count() !== last) turns = 0;
    last = count();
    await sleep(5);
  }
}
