import { checkDeadline } from "./check-time.ts";
import type { Coroutine } from "./coroutine.ts";
import { getRunningLoop } from "./current-loop.ts";
import { CancelledError, RuntimeError, timeoutError } from "./errors.ts";
import { ExceptionGroup } from "./exception-group.ts";
import type { Handle } from "./handle.ts";
import { type Body, type Failure, scoped } from "./scope.ts";
import { currentTask, type Task } from "./task.ts";

/**
 * The deadline of a `timeout()` body.
 *
 * Expiry cancels the task once; on the way out that CancelledError, and only that, becomes a TimeoutError. A body that
 * catches it and goes on is left alone, see {@link failAfter} for one that nothing can fool.
 */
export class Timeout {
  #state: "created" | "active" | "expiring" | "expired" | "finished" = "created";
  #when: number | null;
  readonly #delay: number | null;
  #timer: Handle | null = null;
  #task: Task<unknown> | null = null;
  #cancelling = 0;

  /** @internal */
  constructor(deadline: { readonly when: number | null } | { readonly delay: number | null }) {
    this.#when = "when" in deadline ? deadline.when : null;
    this.#delay = "delay" in deadline ? deadline.delay : null;
  }

  /** The deadline, in loop time; null for none. */
  when(): number | null {
    return this.#when;
  }

  /**
   * Moves the deadline to loop time `when`; null takes it away, one in the past expires at once.
   *
   * @throws RuntimeError when the body has not begun, has ended, or the timeout has expired.
   */
  reschedule(when: number | null): void {
    checkDeadline("reschedule", "when", when);
    if (this.#state === "created") throw new RuntimeError("Timeout has not been entered");
    if (this.#state !== "active") throw new RuntimeError(`Cannot change state of ${this.#state} Timeout`);
    this.#when = when;
    this.#timer?.cancel();
    this.#timer = null;
    if (when === null) return;
    const loop = getRunningLoop();
    const expire = (): void => this.#expire();
    this.#timer = when <= loop.time() ? loop.callSoon(expire) : loop.callAt(when, expire);
  }

  /** Whether the deadline passed while the body ran, also when the body swallowed the cancellation. */
  expired(): boolean {
    return this.#state === "expiring" || this.#state === "expired";
  }

  /** @internal */
  _enter(): Timeout {
    const task = currentTask();
    if (task === null) throw new RuntimeError("Timeout should be used inside a task");
    this.#task = task;
    this.#cancelling = task.cancelling();
    this.#state = "active";
    this.reschedule(this.#delay === null ? this.#when : task.getLoop().time() + this.#delay);
    return this;
  }

  /** @internal */
  _exit(failure: Failure): boolean {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#state === "expiring") {
      this.#state = "expired";
      const mine = (this.#task as Task<unknown>).uncancel() <= this.#cancelling;
      if (mine && failure !== null) this.#convert(failure.error);
    } else {
      this.#state = "finished";
    }
    return false;
  }

  #expire(): void {
    this.#timer = null;
    this.#state = "expiring";
    (this.#task as Task<unknown>).cancel();
  }

  /** Throws a TimeoutError for a cancellation; puts one between another error and the cancellation that caused it. */
  #convert(error: unknown): void {
    if (error instanceof CancelledError) throw timeoutError("", error);
    insertTimeoutError(error);
    if (error instanceof ExceptionGroup) error.exceptions.forEach(insertTimeoutError);
  }
}

function insertTimeoutError(error: unknown): void {
  const seen = new Set<unknown>();
  let link = error;
  while (link instanceof Error && link.cause !== undefined && !seen.has(link)) {
    seen.add(link);
    if (link.cause instanceof CancelledError) {
      link.cause = timeoutError("", link.cause);
      return;
    }
    link = link.cause;
  }
}

/**
 * Runs `body`, at most for `delay` milliseconds; null sets no limit. The body gets the {@link Timeout}, to move it.
 *
 * @throws TimeoutError, from the wait, when it takes longer. TypeError or ValueError for a wrong `delay`.
 * @example
 * ```ts
 * import { run, sleep, timeout, TimeoutError } from "asyncio-ts";
 *
 * await run(async () => {
 *   try {
 *     await timeout(5, () => sleep(1000));
 *   } catch (error) {
 *     console.log(error instanceof TimeoutError); // true
 *   }
 * });
 * ```
 */
export function timeout<T>(delay: number | null, body: Body<Timeout, T>): Coroutine<T> {
  checkDeadline("timeout", "delay", delay);
  return scoped("timeout", new Timeout({ delay }), body);
}

/** As {@link timeout}, until loop time `when`. */
export function timeoutAt<T>(when: number | null, body: Body<Timeout, T>): Coroutine<T> {
  checkDeadline("timeoutAt", "when", when);
  return scoped("timeoutAt", new Timeout({ when }), body);
}
