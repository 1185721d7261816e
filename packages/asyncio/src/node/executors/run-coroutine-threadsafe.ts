import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { describeValue } from "../../core/describe.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { CallResult } from "../../core/executor.ts";
import type { EventLoop } from "../../core/loop.ts";
import { iscoroutine, type TaskSource } from "../../core/source.ts";
import type { Task } from "../../core/task.ts";
import { awaitable } from "./awaitable.ts";
import { ConcurrentFuture } from "./concurrent-future.ts";
import { ParentLoop } from "./parent-loop.ts";

/**
 * Runs a coroutine as a task of a loop that is not the one of this code, and gives its result to be.
 *
 * In a thread of an executor, `loop` is {@link parentLoop}, and the function one that {@link workerModule} names: its
 * module is loaded in the loop's thread. In the loop's own thread, from another loop or from a callback, it is the loop
 * itself, and whatever becomes a task.
 *
 * @throws TypeError when `source` is no coroutine or function, or one that can't go to the loop's thread; RuntimeError
 * when the loop is closed.
 * @example
 * ```ts
 * import { getRunningLoop, run, runCoroutineThreadsafe, sleep } from "asyncio-ts";
 *
 * await run(async () => {
 *   const loop = getRunningLoop();
 *   const future = runCoroutineThreadsafe(sleep(5, "slept"), loop);
 *   console.log(await future); // slept
 * });
 * ```
 */
export function runCoroutineThreadsafe<A extends unknown[], R>(
  source: (...args: A) => R,
  loop: EventLoop | ParentLoop,
  ...args: A
): ConcurrentFuture<CallResult<R>>;
export function runCoroutineThreadsafe<T>(
  source: Coroutine<T> | CoroutineGenerator<T>,
  loop: EventLoop,
): ConcurrentFuture<T>;
export function runCoroutineThreadsafe(
  source: Coroutine<unknown> | CoroutineGenerator<unknown> | ((...args: never[]) => unknown),
  loop: EventLoop | ParentLoop,
  ...args: readonly unknown[]
): ConcurrentFuture<unknown> {
  if (typeof source !== "function" && !iscoroutine(source)) {
    throw new TypeError(`A coroutine object is required, or a function that gives one; got ${describeValue(source)}`);
  }
  if (loop instanceof ParentLoop) {
    return loop._createTask(source as (...args: never[]) => unknown, args);
  }
  if (typeof (loop as Partial<EventLoop> | undefined)?.callSoonThreadsafe !== "function") {
    throw new TypeError(`runCoroutineThreadsafe() needs a loop, got ${describeValue(loop)}`);
  }
  return startHere(typeof source === "function" ? () => awaitable((source as Callable)(...args)) : source, loop);
}

type Callable = (...args: readonly unknown[]) => unknown;

/** In a loop of this thread. */
function startHere(source: TaskSource<unknown>, loop: EventLoop): ConcurrentFuture<unknown> {
  let task: Task<unknown> | undefined;
  let cancelled = false;
  const future = new ConcurrentFuture<unknown>({
    cancel() {
      cancelled = true;
      loop.callSoonThreadsafe(() => task?.cancel());
    },
    block() {
      throw new RuntimeError("result(): the task is not done, and runs in this very thread: await it");
    },
  });
  loop.callSoonThreadsafe(() => {
    try {
      task = loop.createTask(source);
    } catch (error) {
      future._reject(error); // a coroutine that was used before
      return;
    }
    task._whenDone((done) => tellOutcome(done, future));
    if (cancelled) task.cancel();
  });
  return future;
}

function tellOutcome(task: Task<unknown>, future: ConcurrentFuture<unknown>): void {
  if (task._failed()) future._reject(task._takeError());
  else future._resolve(task.result());
}
