import type { Coroutine } from "./coroutine.ts";
import { getRunningLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { cancelledError } from "./errors.ts";
import type { Future } from "./future.ts";
import { Operation } from "./operation.ts";
import { ParkedFuture } from "./park.ts";

/** What {@link abortable} does when it is cancelled. */
export interface AbortableOptions {
  /** `"wait"`, the default, holds the canceller until the operation has ended; `"abandon"` leaves at once. */
  readonly onCancel?: "wait" | "abandon";
  /** How long to wait for the end after the abort, in milliseconds; after that it is reported and abandoned. */
  readonly graceMs?: number;
}

type Start<T> = (signal: AbortSignal) => PromiseLike<T>;

class Abortable<T> extends Operation<T> {
  readonly #start: Start<T>;
  readonly #options: AbortableOptions;
  readonly #controller = new AbortController();
  #wait: ParkedFuture<T> | undefined;
  #message: unknown;

  constructor(start: Start<T>, options: AbortableOptions) {
    super();
    this.#start = start;
    this.#options = options;
  }

  override get name(): string {
    return "abortable";
  }

  protected _begin(): Future<unknown> {
    const operation = this.#start(this.#controller.signal);
    const wait = new ParkedFuture<T>(getRunningLoop(), true, (message) => this.#abort(message));
    this.#wait = wait;
    operation.then(
      (value) => wait.resolve(value),
      (error: unknown) => this.#rejected(wait, error),
    );
    return wait;
  }

  protected _finish(): T {
    return (this.#wait as ParkedFuture<T>).result();
  }

  #rejected(wait: ParkedFuture<T>, error: unknown): void {
    const aborted = this.#controller.signal.aborted && this.#isAbort(error);
    if (!wait.done()) {
      if (aborted) wait._cancelNow(this.#message);
      else wait.reject(error);
    } else if (!aborted) {
      wait.getLoop().callExceptionHandler({
        message: "abortable(): the abandoned operation failed",
        exception: error,
        future: wait,
      });
    }
  }

  #abort(message: unknown): "done" | "wait" {
    this.#message = message;
    this.#controller.abort(cancelledError(message));
    if (this.#options.onCancel === "abandon") return "done";
    if (this.#options.graceMs !== undefined) this.#limit(this.#options.graceMs);
    return "wait";
  }

  #limit(graceMs: number): void {
    const wait = this.#wait as ParkedFuture<T>;
    const timer = wait.getLoop().callLater(graceMs, () => {
      wait.getLoop().callExceptionHandler({
        message: `abortable(): the operation has not ended ${graceMs} ms after it was aborted, and is abandoned`,
        future: wait,
      });
      wait._cancelNow(this.#message);
    });
    wait._whenDone(() => timer.cancel());
  }

  #isAbort(error: unknown): boolean {
    const { reason } = this.#controller.signal;
    return error === reason || (error instanceof Error && (error.name === "AbortError" || error.cause === reason));
  }
}

/**
 * Runs an operation that takes an AbortSignal. Cancelling aborts it and, unlike everything built on `race`, waits until it
 * has really ended: what it uses is free then. If it ends with a result all the same, that counts, and the task is
 * cancelled at its next wait.
 *
 * @throws TypeError when `start` is no function.
 * @example
 * ```ts
 * import { setTimeout as delay } from "node:timers/promises";
 * import { abortable, run, TimeoutError, waitFor } from "asyncio-ts";
 *
 * await run(async () => {
 *   try {
 *     await waitFor(abortable((signal) => delay(1000, "late", { signal })), 5);
 *   } catch (error) {
 *     console.log(error instanceof TimeoutError); // true
 *   }
 * });
 * ```
 */
export function abortable<T>(
  start: (signal: AbortSignal) => PromiseLike<T>,
  options: AbortableOptions = {},
): Coroutine<T> {
  if (typeof start !== "function") throw new TypeError(`abortable() needs a function, got ${describeValue(start)}`);
  return new Abortable(start, options);
}
