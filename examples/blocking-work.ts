// What blocking.ts runs in a thread: functions stand in a module of their own, and can't take closures along.

/** Keeps its thread busy, as long calculations do, and functions whose name ends in `Sync`. */
export function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
