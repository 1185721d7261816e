import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { pinned } from "../cores.ts";

const run = promisify(execFile);

export interface Traffic {
  readonly connections: number;
  readonly seconds: number;
}

/** What a run of wrk tells. */
export interface WrkResult {
  readonly requests: number;
  readonly wallMs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Of wrk itself. */
  readonly cpuMs: number;
}

export async function hasWrk(): Promise<boolean> {
  try {
    // It prints its version and ends with 1.
    await run("wrk", ["--version"]);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 1;
  }
}

/** Runs wrk; the shell around it tells its CPU time. Rejects when an answer was not a 2xx, or a connection broke. */
export async function runWrk(
  url: string,
  { connections, seconds }: Traffic,
  core: number | undefined,
): Promise<WrkResult> {
  const wrk = `wrk -t1 -c${connections} -d${seconds}s --latency ${url}; times`;
  const [file, ...args] = pinned(["sh", "-c", wrk], core);
  const { stdout } = await run(file, args);
  return parseWrk(stdout);
}

const UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000 };

export function parseWrk(output: string): WrkResult {
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(`some requests failed: ${output}`);
  const [, requests, span, unit] = /(\d+) requests in ([\d.]+)(m?s),/.exec(output) ?? [];
  if (!(Number(requests) > 0)) throw new TypeError(`no request was answered: ${output}`);
  return {
    requests: Number(requests),
    wallMs: Number(span) * (unit === "s" ? 1_000 : 1),
    p50Us: percentile(output, "50%"),
    p99Us: percentile(output, "99%"),
    cpuMs: childrensCpuMs(output),
  };
}

function percentile(output: string, name: string): number {
  const [, value, unit = ""] = new RegExp(`${name}\\s+([\\d.]+)(us|ms|s)`).exec(output) ?? [];
  return Number(value) * (UNITS[unit] ?? Number.NaN);
}

/** The second line of the shell's `times`: user and system, as 0m1.230s. */
function childrensCpuMs(output: string): number {
  const times = [...output.matchAll(/(\d+)m([\d.]+)s/g)].slice(-2);
  return times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000, 0);
}
