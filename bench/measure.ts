import type { Body, Load, Outcome, Sample } from "./row.ts";

type Measured = Omit<Sample, "row" | "contestant">;

/**
 * Runs a body once, cold, as a user's program would; or, with `repeats`, that often after as many runs to warm up, and
 * gives the mean: small loads would else show the compiler at work and not the cost per operation.
 */
export async function measure(body: Body, load: Load, repeats = 0): Promise<Measured> {
  for (let i = 0; i < repeats; i++) await runChecked(body, load);
  const runs = Math.max(1, repeats);
  const rssBeforeBytes = process.memoryUsage.rss();
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  let outcome: Outcome = { ops: 0 };
  for (let i = 0; i < runs; i++) outcome = await runChecked(body, load);
  const wallMs = performance.now() - began;
  const cpu = process.cpuUsage(cpuBefore);
  const whole = process.cpuUsage();
  return {
    ...load,
    wallMs: wallMs / runs,
    cpuMs: (cpu.user + cpu.system) / 1000 / runs,
    processCpuMs: (whole.user + whole.system) / 1000,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    rssBeforeBytes,
    parts: outcome.parts ?? {},
  };
}

async function runChecked(body: Body, load: Load): Promise<Outcome> {
  const outcome = await body(load);
  if (outcome.ops !== load.n) throw new Error(`did ${outcome.ops} operations of ${load.n}`);
  return outcome;
}
