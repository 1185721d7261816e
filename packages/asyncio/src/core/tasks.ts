import { getRunningLoop } from "./current-loop.ts";
import type { EventLoop } from "./loop.ts";
import type { TaskSource } from "./source.ts";
import { PLAIN, type Task, type TaskOptions } from "./task.ts";

/**
 * Makes a task of a coroutine, on the running loop. It begins in the next turn of the loop.
 *
 * @throws RuntimeError when no loop runs; TypeError when `source` is no coroutine.
 * @example
 * ```ts
 * import { createTask, run, sleep } from "asyncio-ts";
 *
 * await run(async () => {
 *   const task = createTask(() => sleep(1, "result"), { name: "sleeper" });
 *   console.log(task.getName(), await task); // sleeper result
 * });
 * ```
 */
export function createTask<T>(source: TaskSource<T>, options: TaskOptions = PLAIN): Task<T> {
  return getRunningLoop().createTask(source, options);
}

/** The unfinished tasks of `loop`, by default the running one; oldest first. */
export function allTasks(loop: EventLoop = getRunningLoop()): Set<Task<unknown>> {
  return new Set(loop._unfinished());
}
