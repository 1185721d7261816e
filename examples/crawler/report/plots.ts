import type { Store } from "../store/store.ts";

/** Points of a curve or bars of a histogram: the places, and the values there. */
export interface Plot {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const STEPS = 200;

/** How many pages there were at each time, in seconds; in at most so many steps, however many pages. */
export async function pagesOverTime(store: Store, elapsedMs: number): Promise<Plot> {
  const stepMs = Math.max(elapsedMs, 1) / STEPS;
  const counts = new Array<number>(STEPS + 1).fill(0);
  for await (const { at } of store.stream<{ at: number }>("SELECT at FROM crawl_pages WHERE kind = 'page'")) {
    const step = Math.min(STEPS, Math.ceil(at / stepMs));
    counts[step] = (counts[step] ?? 0) + 1;
  }
  let sum = 0;
  return {
    x: counts.map((_, step) => (step * stepMs) / 1000),
    y: counts.map((count) => (sum += count)),
  };
}

/** How many bars there are from one power of ten to the next: 1, 1.6, 2.5, 4, 6.3, 10. */
const BARS_A_DECADE = 5;

/** How many requests took how long: each bar begins at so many milliseconds and ends where the next one begins. */
export async function latencies(store: Store): Promise<Plot> {
  const counts = new Map<number, number>();
  for await (const { ms } of store.stream<{ ms: number }>("SELECT ms FROM crawl_requests")) {
    const bar = Math.floor(Math.log10(Math.max(ms, 0.1)) * BARS_A_DECADE);
    counts.set(bar, (counts.get(bar) ?? 0) + 1);
  }
  if (counts.size === 0) return { x: [], y: [] };
  const [first, last] = [Math.min(...counts.keys()), Math.max(...counts.keys())];
  const bars = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return {
    x: bars.map((bar) => 10 ** (bar / BARS_A_DECADE)),
    y: bars.map((bar) => counts.get(bar) ?? 0),
  };
}
