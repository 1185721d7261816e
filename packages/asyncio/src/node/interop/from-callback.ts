import { cancelRequested } from "../../core/cancel-requested.ts";
import type { Coroutine } from "../../core/coroutine.ts";
import { getRunningLoop } from "../../core/current-loop.ts";
import { describeValue } from "../../core/describe.ts";
import type { Future } from "../../core/future.ts";
import { Operation } from "../../core/operation.ts";
import { ParkedFuture } from "../../core/park.ts";
import { osError } from "../os-error.ts";

/** A callback as Node's: the error, if there is one, else the result. */
export type NodeCallback<T> = (error?: unknown, result?: T) => void;

/**
 * What {@link fromCallback} calls on cancellation. `"wait"` says that the callback is still to come, and decides; anything
 * else, that the wait is over.
 */
export type CallbackAbort = () => "done" | "wait" | void;

/**
 * Waits for an operation that calls back. `start` begins it when the coroutine is awaited.
 *
 * On cancellation the wait ends at once; the operation goes on, and an error that comes later is reported. To stop it,
 * `start` returns a function that does so. If that returns `"wait"`, the wait ends when the callback was called: as
 * cancelled with an AbortError, else with the outcome.
 *
 * @throws TypeError when `start` is no function; from the wait what the callback was given, Node's errors as OSErrors.
 * @example
 * ```ts
 * import { stat, type Stats } from "node:fs";
 * import { FileNotFoundError, run } from "asyncio-ts";
 * import { fromCallback } from "asyncio-ts/interop";
 *
 * await run(async () => {
 *   const stats = await fromCallback<Stats>((callback) => stat(".", callback));
 *   console.log(stats.isDirectory()); // true
 *   try {
 *     await fromCallback<Stats>((callback) => stat("./nowhere", callback));
 *   } catch (error) {
 *     console.log(error instanceof FileNotFoundError); // true
 *   }
 * });
 * ```
 */
export function fromCallback<T = void>(start: (callback: NodeCallback<T>) => unknown): Coroutine<T> {
  if (typeof start !== "function") throw new TypeError(`fromCallback() needs a function, got ${describeValue(start)}`);
  return new FromCallback(start);
}

class FromCallback<T> extends Operation<T> {
  readonly #start: (callback: NodeCallback<T>) => unknown;
  #wait: ParkedFuture<T> | undefined;
  #abort: unknown;
  #cancelled: { readonly message: unknown } | null = null;

  constructor(start: (callback: NodeCallback<T>) => unknown) {
    super();
    this.#start = start;
  }

  override get name(): string {
    return "fromCallback";
  }

  protected _begin(): Future<unknown> | null {
    const loop = getRunningLoop();
    if (cancelRequested()) return loop.createFuture();
    const wait = new ParkedFuture<T>(loop, true, (message) => this.#aborted(message));
    this.#wait = wait;
    try {
      this.#abort = this.#start((error, result) => {
        if (error === undefined || error === null) wait.resolve(result as T);
        else this.#failed(wait, error);
      });
    } catch (error) {
      wait._cancelNow(undefined);
      throw error;
    }
    // An error that came before anybody waits would be reported as seen by nobody.
    return wait.done() ? null : wait;
  }

  protected _finish(): T {
    return (this.#wait as ParkedFuture<T>).result();
  }

  #aborted(message: unknown): "done" | "wait" {
    this.#cancelled = { message };
    return typeof this.#abort === "function" && this.#abort() === "wait" ? "wait" : "done";
  }

  #failed(wait: ParkedFuture<T>, error: unknown): void {
    const aborted = this.#cancelled !== null && error instanceof Error && error.name === "AbortError";
    if (wait.done()) {
      if (!aborted && wait.cancelled()) reportLate(wait, error);
    } else if (aborted) wait._cancelNow(this.#cancelled?.message);
    else wait.reject(osError(error));
  }
}

function reportLate(wait: ParkedFuture<unknown>, exception: unknown): void {
  wait.getLoop().callExceptionHandler({
    message: "fromCallback(): the operation failed after the wait for it had been cancelled",
    exception,
    future: wait,
  });
}
