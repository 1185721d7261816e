import type { Suspension } from "../../core/coroutine.ts";
import { CancelledError, TimeoutError } from "../../core/errors.ts";
import { park, type Wait } from "../../core/park.ts";
import { endCancelled } from "./end-wait.ts";

/** The task behind a {@link ConcurrentFuture}. */
export interface Remote {
  /** Asks it to stop. */
  cancel(): void;
  /** Stops this thread until `done` says true; false when that took too long. @throws when this thread can't wait so. */
  block(done: () => boolean, timeout: number | null): boolean;
}

/**
 * The result of a task in another thread's loop, or in another loop of this thread: from {@link runCoroutineThreadsafe}.
 *
 * It can be awaited, and `yield*`ed, any number of times. Cancelling such a wait cancels the task.
 */
export class ConcurrentFuture<T> implements PromiseLike<T> {
  readonly #remote: Remote;
  readonly #waits = new Set<Wait<T>>();
  #outcome: { readonly value: T } | { readonly error: unknown } | null = null;

  /** @internal */
  constructor(remote: Remote) {
    this.#remote = remote;
  }

  /** Whether the task has ended, as far as is known here. */
  done(): boolean {
    return this.#outcome !== null;
  }

  /** Whether the task has ended because it was cancelled. */
  cancelled(): boolean {
    return this.#outcome !== null && "error" in this.#outcome && this.#outcome.error instanceof CancelledError;
  }

  /** Asks the task to stop; it is done when that has. @returns false when it is done already. */
  cancel(): boolean {
    if (this.#outcome !== null) return false;
    this.#remote.cancel();
    return true;
  }

  /**
   * The result. In a thread it stops the thread until the result is there, at most for so many milliseconds: so code
   * that is not asynchronous can ask the loop for something.
   *
   * @throws what the task ends with; TimeoutError; RuntimeError when it is not done and this code can't be stopped: in
   * the thread that runs the task, and in a process.
   */
  result(timeout: number | null = null): T {
    if (this.#outcome === null && !this.#remote.block(() => this.done(), timeout)) {
      throw new TimeoutError(`no result within ${timeout} ms`);
    }
    const outcome = this.#outcome as { readonly value: T } | { readonly error: unknown };
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  // biome-ignore lint/suspicious/noThenProperty: a future is awaited
  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.#wait().then(onfulfilled, onrejected);
  }

  /** For `yield*`. */
  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    return this.#wait()[Symbol.iterator]();
  }

  #wait(): ReturnType<typeof park<T>> {
    return park<T>((wait) => {
      let request: { readonly message: unknown } | null = null;
      const own: Wait<T> = {
        resolve: (value) => wait.resolve(value),
        reject: (error) => {
          if (request !== null && error instanceof CancelledError) endCancelled(wait, request.message);
          else wait.reject(error);
        },
      };
      this.#waits.add(own);
      this.#tell();
      return (message) => {
        request = { message };
        this.cancel();
        return "wait";
      };
    });
  }

  /** @internal */
  _resolve(value: T): void {
    this.#outcome ??= { value };
    this.#tell();
  }

  /** @internal */
  _reject(error: unknown): void {
    this.#outcome ??= { error };
    this.#tell();
  }

  #tell(): void {
    const outcome = this.#outcome;
    if (outcome === null) return;
    for (const wait of this.#waits) {
      if ("error" in outcome) wait.reject(outcome.error);
      else wait.resolve(outcome.value);
    }
    this.#waits.clear();
  }
}
