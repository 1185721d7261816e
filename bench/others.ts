import os from "node:os";

/**
 * Begins to count what all cores do. The function that it gives tells how many of them somebody else kept busy since, when
 * told the CPU time of the processes that were measured.
 */
export function countOthers(): (measuredMs: number) => number {
  const machine = busyMs();
  const own = process.cpuUsage();
  const began = performance.now();
  return (measuredMs) => {
    const wallMs = performance.now() - began;
    const { user, system } = process.cpuUsage(own);
    const others = busyMs() - machine - measuredMs - (user + system) / 1000;
    return Math.max(0, others / wallMs);
  };
}

/** The busy time of all cores since the machine started. */
function busyMs(): number {
  return os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
