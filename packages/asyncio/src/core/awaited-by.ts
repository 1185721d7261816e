import { Future } from "./future.ts";
import type { Task } from "./task.ts";

/** What was noted by {@link futureAddToAwaitedBy}. */
const noted = new WeakMap<Future<unknown>, Set<Task<unknown>>>();

/**
 * Notes, for call graphs, that `waiter` waits for `future` through a helper of one's own. Whoever does it takes it back
 * with {@link futureDiscardFromAwaitedBy}. Does nothing when `future` is no future. (The library's own helpers need no note.)
 */
export function futureAddToAwaitedBy(future: Future<unknown>, waiter: Task<unknown>): void {
  if (!(future instanceof Future)) return;
  const waiters = noted.get(future);
  if (waiters === undefined) noted.set(future, new Set([waiter]));
  else waiters.add(waiter);
}

/** Takes {@link futureAddToAwaitedBy} back. */
export function futureDiscardFromAwaitedBy(future: Future<unknown>, waiter: Task<unknown>): void {
  noted.get(future)?.delete(waiter);
}

/** Who waits for the future: directly, or through a helper such as gather(). @internal */
export function awaitersOf(future: Future<unknown>): Set<Task<unknown>> {
  const awaiters = new Set<Task<unknown>>();
  for (const entry of future._waiters()) {
    const { task, _awaiter } = entry as {
      readonly task?: Task<unknown> | null;
      readonly _awaiter?: Task<unknown> | null;
    };
    const awaiter = task ?? _awaiter;
    if (awaiter) awaiters.add(awaiter);
  }
  for (const task of noted.get(future) ?? []) awaiters.add(task);
  return awaiters;
}
