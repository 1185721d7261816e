import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import type { Abort, Wait } from "./park.ts";

/** What an executor runs. Its parameters are the caller's business. */
export type ExecutorFunction = (...args: never[]) => unknown;

/** What waiting for a call gives: what the function returns, or what the promise or coroutine gives that it returns. */
export type CallResult<R> = R extends CoroutineGenerator<infer T> ? T : Awaited<R>;

/** Runs functions elsewhere, in threads or processes, so that the loop is free meanwhile. */
export interface Executor {
  /**
   * Begins the call as soon as there is room, settles `wait` with its outcome, and returns what to do on cancellation.
   *
   * @throws TypeError for a function that can't be run there; RuntimeError after the shutdown.
   */
  submit(fn: ExecutorFunction, args: readonly unknown[], wait: Wait<unknown>): Abort;

  /** Takes no more calls, and waits for those that it has; with `cancelFutures` only for those that have begun. */
  shutdown(options?: { readonly cancelFutures?: boolean }): Coroutine<void>;

  /** Takes no more calls, and waits for nothing: for a loop that is closed without `shutdownDefaultExecutor()`. */
  close?(): void;
}
