import type { EventLoop } from "./loop.ts";
import type { TaskFactory } from "./loop-options.ts";
import type { TaskSource } from "./source.ts";
import { Task, type TaskOptions } from "./task.ts";

/** Makes a task, as the {@link Task} constructor does. */
export type TaskConstructor = <T>(
  source: TaskSource<T>,
  options: TaskOptions & { readonly loop?: EventLoop },
) => Task<T>;

/** A task factory whose tasks, made by `make`, take their first step at once; see {@link eagerTaskFactory}. */
export function createEagerTaskFactory(make: TaskConstructor): TaskFactory {
  return (loop, source, options) => make(source, { eagerStart: true, ...options, loop });
}

/**
 * For `loop.setTaskFactory()`: each task takes its first step inside of `createTask()`, and needs no turn of the loop if
 * it never waits.
 */
export const eagerTaskFactory: TaskFactory = createEagerTaskFactory((source, options) => new Task(source, options));
