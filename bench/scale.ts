import { chosen, reasonOf } from "./contest.ts";
import { launch } from "./launch.ts";
import type { Library } from "./library.ts";
import type { Options } from "./options.ts";
import { tableLines, threeDigits } from "./report/table.ts";
import type { Contestant, Row } from "./row.ts";

const SIZES = [10_000, 100_000, 1_000_000];

/** Operations to warm up with, and then to take the mean over. */
const WARM = 200_000;
const WARM_SLEEPING = 50_000;

/**
 * Cost per operation with 10,000 to 1,000,000 things alive at once (tasks, timers, items in the queue). It must not grow
 * but for a heap's logarithm. Larger heaps miss the caches more often: the bare generators tell how much of a growth that is.
 * CPU time, because sleeping is no work and the machine is seldom quiet for so long.
 */
export async function scaleLines(row: Row, options: Options, library: Library): Promise<string[]> {
  const contestants = chosen(row.contestants, options).filter(
    ({ name }) => name.startsWith("ours") || name === "bare generators",
  );
  const body: string[][] = [];
  for (const contestant of contestants) body.push(await scaleCells(row, contestant, library));
  const head = ["contestant", ...SIZES.map((size) => size.toLocaleString("en-US")), "growth"];
  return [`## ${row.name}: CPU ns per operation, by how many live at once`, "", ...tableLines(head, body)];
}

async function scaleCells(row: Row, contestant: Contestant, library: Library): Promise<string[]> {
  const costs: number[] = [];
  for (const n of SIZES) {
    const repeats = Math.max(1, (row.sleeps ? WARM_SLEEPING : WARM) / n);
    const order = { row, contestant, load: { n, live: n }, repeats, nodeFlags: library.nodeFlags };
    try {
      const { sample } = await launch(order);
      costs.push((sample.cpuMs * 1e6) / n);
    } catch (error) {
      return [contestant.name, `failed: ${reasonOf(error)}`];
    }
  }
  const growth = (costs.at(-1) ?? Number.NaN) / (costs[0] ?? Number.NaN);
  return [contestant.name, ...costs.map(threeDigits), `x ${threeDigits(growth)}`];
}
