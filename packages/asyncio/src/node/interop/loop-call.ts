import type { Coroutine } from "../../core/coroutine.ts";
import { CancelledError } from "../../core/errors.ts";
import type { EventLoop } from "../../core/loop.ts";

/** How a call has ended. */
export type Ended<T> = (error: Error | null, result?: T) => void;

/**
 * Runs a coroutine as a task of the loop, for code that is in no task. Gives what cancels it.
 *
 * `ended` is called outside of the loop's turn: it leads into code of others, whose errors are the platform's business.
 */
export function callInLoop<T>(loop: EventLoop, coroutine: Coroutine<T>, ended: Ended<T>): () => void {
  const task = loop.createTask(coroutine, { name: coroutine.name });
  task._whenDone(() => {
    const error = task._failed() ? toError(task._takeError()) : null;
    loop._outside(() => setImmediate(ended, error, error === null ? task.result() : undefined));
  });
  return () => void task.cancel();
}

/** What a stream of the platform takes as its error. */
function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error });
}

/** Destroys a stream. That the loop has ended is no error of the stream's: who waits for it learns of an early end. */
export function destroyWith(stream: { destroy(error?: Error): unknown }, error: Error | null): void {
  if (error === null || error instanceof CancelledError) stream.destroy();
  else stream.destroy(error);
}
