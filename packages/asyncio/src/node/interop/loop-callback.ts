import { copyContext } from "../../core/context.ts";
import { getRunningLoop } from "../../core/current-loop.ts";
import { describeValue } from "../../core/describe.ts";
import type { Frame } from "../../core/frame.ts";
import { LoopEvent } from "../loop-event.ts";

/**
 * Makes a callback for the platform, an event listener say, that runs as an event of the running loop: in a turn of the
 * loop, at once if the loop has nothing else to do, else when its turn comes. What it wakes, and the tasks that it makes,
 * take their steps right after it, in the same turn; from a callback without this they wait for another.
 *
 * It runs in no task, with the context variables of the call of `loopCallback()`. Its errors go to the loop's exception
 * handler. When the loop is closed it does nothing.
 *
 * @throws TypeError when `fn` is no function; RuntimeError when no loop runs.
 * @example
 * ```ts
 * import { EventEmitter } from "node:events";
 * import { createTask, run, sleep } from "asyncio-ts";
 * import { loopCallback, once } from "asyncio-ts/interop";
 *
 * const emitter = new EventEmitter();
 * await run(async () => {
 *   emitter.on("job", loopCallback((name: string) => void createTask(() => sleep(1), { name })));
 *   setTimeout(() => emitter.emit("job", "first"));
 *   console.log(await once(emitter, "job")); // [ 'first' ]
 * });
 * ```
 */
export function loopCallback<A extends readonly unknown[]>(fn: (...args: A) => unknown): (...args: A) => void {
  if (typeof fn !== "function") throw new TypeError(`loopCallback() needs a function, got ${describeValue(fn)}`);
  const loop = getRunningLoop();
  const frame: Frame = { task: null, context: copyContext(), scope: null };
  return (...args) => loop._runEvent(new LoopEvent(loop, frame, () => fn(...args)));
}
