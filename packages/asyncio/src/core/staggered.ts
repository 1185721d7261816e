import { moveOnAfter } from "./cancel-scope.ts";
import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { rethrowIfCancelled } from "./errors.ts";
import { Event } from "./event.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import type { EventLoop } from "./loop.ts";
import { type TaskGroup, taskGroup } from "./task-group.ts";

/** How a {@link staggeredRace} ended. */
export interface StaggeredResult<T> {
  /** Which attempt was the first to succeed; null when all have failed. */
  readonly winner: { readonly index: number; readonly result: T } | null;
  /** The errors of the attempts that failed, in the order of the attempts. */
  readonly errors: readonly unknown[];
}

/**
 * Begins attempts one after the other, the next one after `delay` milliseconds or when the one before has failed, until one
 * succeeds. The others are cancelled, and have ended when this ends. The algorithm of RFC 8305, "Happy Eyeballs".
 *
 * It runs in a task of its own: that of the caller may be native, and wait for other things as well.
 *
 * `discard` gets each result that is not handed on.
 */
export function staggeredRace<T>(
  loop: EventLoop,
  attempts: readonly (() => Coroutine<T>)[],
  delay: number,
  discard: (result: T) => void,
): Coroutine<StaggeredResult<T>> {
  return new GeneratorCoroutine(race(loop, new Race(attempts, discard), delay), "staggeredRace");
}

function* race<T>(loop: EventLoop, attempts: Race<T>, delay: number): CoroutineGenerator<StaggeredResult<T>> {
  try {
    return yield* loop.createTask(new GeneratorCoroutine(attempts.run(delay), "staggeredRace"));
  } catch (error) {
    attempts.discardWinner();
    throw error;
  }
}

class Race<T> {
  readonly #attempts: readonly (() => Coroutine<T>)[];
  readonly #discard: (result: T) => void;
  readonly #errors: unknown[] = [];
  #winner: StaggeredResult<T>["winner"] = null;

  constructor(attempts: readonly (() => Coroutine<T>)[], discard: (result: T) => void) {
    this.#attempts = attempts;
    this.#discard = discard;
  }

  *run(delay: number): CoroutineGenerator<StaggeredResult<T>> {
    yield* taskGroup((group) => new GeneratorCoroutine(this.#begin(group, delay), "staggeredRace"));
    return { winner: this.#winner, errors: this.#errors.filter((error) => error !== undefined) };
  }

  discardWinner(): void {
    if (this.#winner !== null) this.#discard(this.#winner.result);
  }

  *#begin(group: TaskGroup, delay: number): CoroutineGenerator<void> {
    for (const index of this.#attempts.keys()) {
      const failed = new Event();
      group.createTask(this.#attempt(group, index, failed));
      yield* moveOnAfter(delay, () => failed.wait());
    }
  }

  *#attempt(group: TaskGroup, index: number, failed: Event): CoroutineGenerator<void> {
    let result: T;
    try {
      result = yield* (this.#attempts[index] as () => Coroutine<T>)();
    } catch (error) {
      rethrowIfCancelled(error);
      this.#errors[index] = error;
      failed.set();
      return;
    }
    if (this.#winner !== null) {
      this.#discard(result);
      return;
    }
    this.#winner = { index, result };
    group.cancel();
  }
}
