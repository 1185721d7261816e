import { Future } from "./future.ts";
import type { Task } from "./task.ts";

/**
 * Notes, for call graphs, that `waiter` waits for `future` through a helper such as gather(). Whoever does it takes it
 * back with {@link futureDiscardFromAwaitedBy}. Does nothing when `future` is no future.
 */
export function futureAddToAwaitedBy(future: Future<unknown>, waiter: Task<unknown>): void {
  if (!(future instanceof Future)) return;
  const known = future._awaitedBy;
  if (known === undefined) future._awaitedBy = waiter;
  else if (known instanceof Set) known.add(waiter);
  else if (known !== waiter) future._awaitedBy = new Set([known, waiter]);
}

/** Takes {@link futureAddToAwaitedBy} back. */
export function futureDiscardFromAwaitedBy(future: Future<unknown>, waiter: Task<unknown>): void {
  if (!(future instanceof Future)) return;
  if (future._awaitedBy === waiter) future._awaitedBy = undefined;
  else if (future._awaitedBy instanceof Set) future._awaitedBy.delete(waiter);
}

/** Who waits for the future, directly or through a helper. @internal */
export function awaitersOf(future: Future<unknown>): Set<Task<unknown>> {
  const awaiters = new Set<Task<unknown>>();
  for (const entry of future._waiters()) {
    const { task } = entry as { readonly task?: Task<unknown> | null };
    if (task) awaiters.add(task);
  }
  if (future._awaitedBy instanceof Set) for (const task of future._awaitedBy) awaiters.add(task);
  else if (future._awaitedBy !== undefined) awaiters.add(future._awaitedBy);
  return awaiters;
}
