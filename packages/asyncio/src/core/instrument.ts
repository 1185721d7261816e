import type { ReadyEntry } from "./handle.ts";
import type { Task } from "./task.ts";

/** Is told what tasks do: for tools and tests. What it throws is not caught. */
export interface Instrument {
  /** The task has begun to wait; a native task may wait for several things at once. */
  parked?(task: Task<unknown>): void;
  /** Something that the task waited for is done, or it is new: a step of it is in the ready queue. */
  woken?(task: Task<unknown>): void;
}

/** @internal */
export function tellWoken(instrument: Instrument, entry: ReadyEntry): void {
  const { task } = entry as { readonly task?: Task<unknown> | null };
  if (task && !task.done()) instrument.woken?.(task);
}
