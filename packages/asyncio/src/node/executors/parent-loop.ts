import { RuntimeError } from "../../core/errors.ts";
import { ConcurrentFuture } from "./concurrent-future.ts";
import { type ParentLink, parentLink } from "./parent-link.ts";
import { checkedReference } from "./worker-module.ts";

/** A callback that another thread's loop is going to call. */
export interface ParentHandle {
  /** Takes it back, if it has not been called yet. */
  cancel(): void;
}

/** The loop that has called the function which runs in this thread: see {@link parentLoop}. */
export class ParentLoop {
  readonly #link: ParentLink;
  readonly #loop: number;

  /** @internal */
  constructor(link: ParentLink, loop: number) {
    this.#link = link;
    this.#loop = loop;
  }

  /**
   * Has the loop call a function, in its thread: one that {@link workerModule} names, whose module is loaded there. What
   * it throws, and a module that can't be loaded, are reported there, to the loop's exception handler.
   *
   * @throws TypeError for any other function.
   */
  callSoonThreadsafe<A extends readonly unknown[]>(
    fn: (...args: A) => unknown,
    options: { readonly args?: A } = {},
  ): ParentHandle {
    const id = this.#link.request(this.#request("callSoonThreadsafe()", fn, options.args ?? []), null);
    return { cancel: () => this.#link.cancel(id) };
  }

  /** @internal */
  _createTask<T>(fn: (...args: never[]) => unknown, args: readonly unknown[]): ConcurrentFuture<T> {
    const request = this.#request("runCoroutineThreadsafe()", fn, args);
    const future: ConcurrentFuture<T> = new ConcurrentFuture<T>({
      cancel: () => this.#link.cancel(id),
      block: (done, timeout) => this.#link.block(done, timeout),
    });
    const id = this.#link.request(request, future);
    return future;
  }

  #request(user: string, fn: unknown, args: readonly unknown[]): Parameters<ParentLink["request"]>[0] {
    return { ...checkedReference(user, fn, "thread"), loop: this.#loop, args };
  }
}

/**
 * In a function that an executor runs: the loop that has called it, to hand something back to while the call goes on.
 *
 * ```ts no-run
 * // work.ts, which runs in a thread
 * import { parentLoop, runCoroutineThreadsafe, workerModule } from "asyncio-ts";
 *
 * const main = workerModule<typeof import("./progress.ts")>(new URL("./progress.ts", import.meta.url));
 *
 * export function work(): string {
 *   parentLoop().callSoonThreadsafe(main.show, { args: ["half of it is done"] });
 *   return runCoroutineThreadsafe(main.ask, parentLoop(), "what now?").result(); // waits, in this thread only
 * }
 * ```
 *
 * @throws RuntimeError where no executor has called: in the main thread, say.
 */
export function parentLoop(): ParentLoop {
  const link = parentLink();
  if (link === null || link.loop === 0) {
    throw new RuntimeError("parentLoop(): this code was not called by an executor: see getRunningLoop()");
  }
  return new ParentLoop(link, link.loop);
}
