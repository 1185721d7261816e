import type { Run } from "../launch.ts";
import { median, type Spread, spread } from "../stats.ts";
import type { EchoSample } from "./run.ts";

/** The figures of one contestant at one size: the median of its rounds for each, with the ends of what is judged. */
export interface EchoFigures {
  /** CPU time of the server for each request. */
  readonly cpuUs: Spread;
  readonly requestsPerS: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Shares of a core. */
  readonly serverBusy: number;
  readonly loadBusy: number;
}

export function summarizeEcho(runs: readonly Run<EchoSample>[]): EchoFigures {
  const samples = runs.map(({ sample }) => sample);
  const medianOf = (pick: (sample: EchoSample) => number) => median(samples.map(pick));
  return {
    cpuUs: spread(samples.map(({ serverCpuMs, requests }) => (serverCpuMs * 1000) / requests)),
    requestsPerS: medianOf(({ requests, wallMs }) => (requests * 1000) / wallMs),
    p50Us: medianOf(({ p50Us }) => p50Us),
    p99Us: medianOf(({ p99Us }) => p99Us),
    serverBusy: medianOf(({ serverCpuMs, wallMs }) => serverCpuMs / wallMs),
    loadBusy: medianOf(({ loadCpuMs, wallMs }) => loadCpuMs / wallMs),
  };
}
