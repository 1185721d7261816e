import { getEventLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { ValueError } from "./errors.ts";
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { type Awaitable, iscoroutine, isThenable } from "./source.ts";
import { wrapFuture } from "./wrap-future.ts";

/**
 * The future of an awaitable: a future itself; a coroutine as a new task; a promise through {@link wrapFuture}.
 *
 * @throws TypeError when `awaitable` is none of these; ValueError when it is a future of another loop than `loop`.
 */
export function ensureFuture<T>(awaitable: Awaitable<T>, options: { readonly loop?: EventLoop } = {}): Future<T> {
  if (awaitable instanceof Future) {
    if (options.loop !== undefined && awaitable._loop !== options.loop) {
      throw new ValueError("The future belongs to a different loop than the one specified as the loop argument");
    }
    return awaitable as Future<T>;
  }
  const loop = options.loop ?? getEventLoop();
  if (typeof awaitable === "function" || iscoroutine(awaitable)) return loop.createTask(awaitable);
  if (isThenable(awaitable)) return wrapFuture(awaitable, { loop });
  throw new TypeError(
    `a future, a coroutine, a promise or a function that gives one is required, got ${describeValue(awaitable)}`,
  );
}
