import type { Run } from "./launch.ts";
import type { Sample } from "./row.ts";

/** The figures of one contestant: the median of its rounds for each, with the ends of the one that is judged. */
export interface Figures {
  readonly n: number;
  readonly wallMs: number;
  readonly nsPerOp: number;
  readonly nsMin: number;
  readonly nsMax: number;
  readonly cpuNsPerOp: number;
  readonly peakRssBytes: number;
  /** What the row added to the process, over its operations. */
  readonly bytesPerOp: number;
  readonly partsNsPerOp: Readonly<Record<string, number>>;
}

export function summarize(runs: readonly Run[]): Figures {
  const samples = runs.map(({ sample }) => sample);
  const perOp = (pick: (sample: Sample) => number) => samples.map((sample) => (pick(sample) * 1e6) / sample.n);
  const ns = perOp((sample) => sample.wallMs);
  const parts = Object.keys(samples[0]?.parts ?? {});
  return {
    n: samples[0]?.n ?? 0,
    wallMs: median(samples.map((sample) => sample.wallMs)),
    nsPerOp: median(ns),
    nsMin: Math.min(...ns),
    nsMax: Math.max(...ns),
    cpuNsPerOp: median(perOp((sample) => sample.cpuMs)),
    peakRssBytes: median(samples.map((sample) => sample.peakRssBytes)),
    bytesPerOp: median(samples.map(({ peakRssBytes, rssBeforeBytes, n }) => (peakRssBytes - rssBeforeBytes) / n)),
    partsNsPerOp: Object.fromEntries(parts.map((part) => [part, median(perOp((sample) => sample.parts[part] ?? 0))])),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** The median of the rounds with the ends. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}
