import type { Context } from "./context.ts";
import type { Host } from "./host.ts";
import type { Instrument } from "./instrument.ts";
import type { EventLoop } from "./loop.ts";
import type { TaskSource } from "./source.ts";
import type { Task, TaskOptions } from "./task.ts";

/** How a callback is to be called. */
export interface CallOptions<A extends readonly unknown[]> {
  /** Its arguments. */
  readonly args?: A;
  /** The context it runs in, by default a copy of the current one. */
  readonly context?: Context;
}

/** Makes the loop's tasks instead of the {@link Task} constructor. */
export type TaskFactory = <T>(loop: EventLoop, source: TaskSource<T>, options: TaskOptions) => Task<T>;

/** How a loop is made. */
export interface EventLoopOptions {
  /** Time, turns and alarms: by default those of the platform. */
  readonly host?: Host;
  /** Debug mode; by default on when the environment variable ASYNCIO_DEBUG is set. */
  readonly debug?: boolean;
  readonly instrument?: Instrument;
}
