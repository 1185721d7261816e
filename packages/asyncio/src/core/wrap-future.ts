import { getEventLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { ParkedFuture } from "./park.ts";
import { iscoroutine, isThenable } from "./source.ts";

/**
 * The library's only reaction to one promise of the platform, whoever waits for it and however often: a reaction for
 * each wait would stay for as long as the promise lives.
 */
class Reaction {
  readonly #waits = new Set<ParkedFuture<unknown>>();
  /** The loop to which a late rejection is reported, once somebody has stopped waiting. */
  #abandoned: EventLoop | undefined;
  #outcome: ((wait: ParkedFuture<unknown>) => void) | undefined;

  constructor(promise: PromiseLike<unknown>) {
    promise.then(
      (value) => this.#settle((wait) => wait.resolve(value)),
      (error: unknown) => {
        if (this.#waits.size === 0) this.#reportLate(error);
        this.#settle((wait) => wait.reject(error));
      },
    );
  }

  wait(loop: EventLoop): Future<unknown> {
    const wait: ParkedFuture<unknown> = new ParkedFuture(loop, true, () => {
      this.#waits.delete(wait);
      this.#abandoned = loop;
      return "done";
    });
    if (this.#outcome === undefined) this.#waits.add(wait);
    else this.#outcome(wait);
    return wait;
  }

  #settle(outcome: (wait: ParkedFuture<unknown>) => void): void {
    this.#outcome = outcome;
    for (const wait of this.#waits) outcome(wait);
    this.#waits.clear();
  }

  #reportLate(exception: unknown): void {
    this.#abandoned?.callExceptionHandler({
      message: "a promise was rejected after the wait for it had been cancelled",
      exception,
    });
  }
}

const reactions = new WeakMap<PromiseLike<unknown>, Reaction>();

/**
 * The future of a promise: a cancellable wait for it. Cancelling lets go of the promise, whose operation goes on; to stop
 * that too, see {@link abortable}.
 *
 * @throws TypeError when `promise` is no promise.
 * @example
 * ```ts
 * import { run, TimeoutError, waitFor, wrapFuture } from "asyncio-ts";
 *
 * const never = new Promise<string>(() => {});
 * await run(async () => {
 *   try {
 *     await waitFor(wrapFuture(never), 5);
 *   } catch (error) {
 *     console.log(error instanceof TimeoutError); // true
 *   }
 * });
 * ```
 */
export function wrapFuture<T>(promise: PromiseLike<T>, options: { readonly loop?: EventLoop } = {}): Future<T> {
  if (promise instanceof Future) return promise as Future<T>;
  if (!isThenable(promise) || iscoroutine(promise)) {
    throw new TypeError(`wrapFuture() needs a promise, got ${describeValue(promise)}: see ensureFuture()`);
  }
  let reaction = reactions.get(promise);
  if (reaction === undefined) {
    reaction = new Reaction(promise);
    reactions.set(promise, reaction);
  }
  return reaction.wait(options.loop ?? getEventLoop()) as Future<T>;
}
