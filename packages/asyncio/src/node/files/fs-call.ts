import { cancelRequested } from "../../core/cancel-requested.ts";
import type { CoroutineGenerator } from "../../core/coroutine.ts";
import { getRunningLoop } from "../../core/current-loop.ts";
import type { EventLoop } from "../../core/loop.ts";
import { startParked, type Wait } from "../../core/park.ts";
import { osError } from "../os-error.ts";

/** A callback of `node:fs`. */
export type Done<T> = (error: Error | null | undefined, result: T) => void;

/** The callback that ends a wait, in the loop. */
export function doneIn<T>(loop: EventLoop, wait: Wait<T>): Done<T> {
  return (error, result) => {
    loop._runEvent({
      _run: () => (error ? wait.reject(osError(error)) : wait.resolve(result)),
    });
  };
}

/**
 * Waits for a call of `node:fs`. It can't be stopped once it has begun, so a cancellation waits for its end; one that was
 * requested before ends the wait, and nothing begins: else a loop of such calls could never be cancelled.
 *
 * Where the end has consequences, the callback has to see to them and not who waits: a cancellation that comes between
 * the end and the waking takes the place of the result.
 */
export function* fsCall<T = void>(start: (done: Done<T>) => void): CoroutineGenerator<T> {
  const loop = getRunningLoop();
  if (cancelRequested()) return yield* loop.createFuture<T>();
  return yield* startParked<T>(loop, (wait) => {
    loop._outside(() => start(doneIn(loop, wait)));
    return () => "wait";
  });
}
