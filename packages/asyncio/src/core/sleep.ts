import { checkTime } from "./check-time.ts";
import type { Coroutine, Suspension } from "./coroutine.ts";
import { getRunningLoop } from "./current-loop.ts";
import { Future } from "./future.ts";
import type { ReadyEntry } from "./handle.ts";
import type { EventLoop } from "./loop.ts";
import { Operation } from "./operation.ts";
import type { Timer } from "./timer-heap.ts";

/** A future that its own timer completes: one object, where asyncio has a future, a handle and a callback. */
class Alarm extends Future<undefined> implements Timer, ReadyEntry {
  _index = -1;

  constructor(loop: EventLoop, when: number) {
    super({ loop });
    loop._schedule(this, when);
  }

  _run(): void {
    if (!this.done()) this.setResult(undefined);
  }

  override cancel(message?: unknown): boolean {
    this._loop._timers.remove(this);
    return super.cancel(message);
  }
}

class Sleep<T> extends Operation<T> {
  readonly #delay: number;
  readonly #result: T;

  constructor(delay: number, result: T) {
    super();
    this.#delay = delay;
    this.#result = result;
  }

  override get name(): string {
    return "sleep";
  }

  protected _begin(): Suspension {
    if (this.#delay <= 0) return undefined;
    const loop = getRunningLoop();
    return new Alarm(loop, loop.time() + this.#delay);
  }

  protected _finish(): T {
    return this.#result;
  }
}

/**
 * Waits for `delay` milliseconds; zero or less: one turn of the loop, in which everything else that is ready runs.
 *
 * @throws TypeError when `delay` is no number; ValueError when it is NaN.
 * @example
 * ```ts
 * import { run, sleep } from "asyncio-ts";
 *
 * console.log(await run(sleep(5, "awake"))); // awake
 * ```
 */
export function sleep(delay: number): Coroutine<undefined>;
export function sleep<T>(delay: number, result: T): Coroutine<T>;
export function sleep<T>(delay: number, result?: T): Coroutine<T | undefined> {
  checkTime("sleep", "delay", delay);
  return new Sleep(delay, result);
}
