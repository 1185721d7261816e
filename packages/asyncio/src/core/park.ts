import { cancelRequested } from "./cancel-requested.ts";
import type { Coroutine } from "./coroutine.ts";
import { getRunningLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { Operation } from "./operation.ts";

/**
 * What to do when a wait is cancelled: `"done"` says that it is over and has had no effect; `"wait"` says that it can't
 * stop yet: its outcome decides, and if that is a result the request is kept for the task's next wait. Trio's contract.
 */
export type Abort = (message: unknown) => "done" | "wait";

/** The two ends of a wait, for {@link park}. A second call does nothing. */
export interface Wait<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** For {@link park}. */
export interface ParkOptions {
  /**
   * Whether something outside of the loop ends the wait, as by default. While a task waits for such a thing virtual time stands
   * still, and a program with nothing else to do is not stuck. `false` is for what tasks or timers of the loop end.
   */
  readonly foreign?: boolean | undefined;
}

/**
 * A future that something outside of the loop settles, with the abort contract.
 *
 * @internal
 */
export class ParkedFuture<T> extends Future<T> implements Wait<T> {
  #abort: Abort;
  readonly #foreign: 0 | 1;

  constructor(loop: EventLoop, foreign: boolean, abort: Abort) {
    super({ loop });
    this.#abort = abort;
    this.#foreign = foreign ? 1 : 0;
    loop._foreign += this.#foreign;
  }

  /** Begins the operation, which says how it is aborted. @internal */
  _start(start: (wait: Wait<T>) => Abort): this {
    try {
      this.#abort = start(this);
    } catch (error) {
      this._cancelNow(undefined);
      throw error;
    }
    return this;
  }

  resolve(value: T): void {
    if (this.done() || this._loop.isClosed()) return;
    this.#settle();
    this.setResult(value);
  }

  reject(error: unknown): void {
    if (this.done() || this._loop.isClosed()) return;
    this.#settle();
    this._fail(error);
  }

  override cancel(message?: unknown): boolean {
    if (this.done()) return false;
    if (this._cancelDeferred) return true;
    if (this.#abort(message) === "done") return this._cancelNow(message);
    // Also when the abort has settled it on the spot: who waits looks at this when it runs.
    this._cancelDeferred = true;
    return true;
  }

  /** Ends the wait as cancelled, whatever the abort function said before. */
  _cancelNow(message: unknown): boolean {
    if (this.done()) return false;
    this.#settle();
    return super.cancel(message);
  }

  #settle(): void {
    this._loop._foreign -= this.#foreign;
  }
}

/** Begins an operation, and gives the future of its outcome. @internal */
export function startParked<T>(
  loop: EventLoop,
  start: (wait: Wait<T>) => Abort,
  foreign: boolean = true,
): ParkedFuture<T> {
  return new ParkedFuture<T>(loop, foreign, notBegun)._start(start);
}

const notBegun: Abort = () => "done";

class Park<T> extends Operation<T> {
  readonly #start: (wait: Wait<T>) => Abort;
  readonly #foreign: boolean;
  #parked: ParkedFuture<T> | undefined;

  constructor(start: (wait: Wait<T>) => Abort, foreign: boolean) {
    super();
    this.#start = start;
    this.#foreign = foreign;
  }

  override get name(): string {
    return "park";
  }

  protected _begin(): Future<unknown> | null {
    const loop = getRunningLoop();
    if (cancelRequested()) return loop.createFuture();
    this.#parked = startParked(loop, this.#start, this.#foreign);
    return this.#parked.done() ? null : this.#parked;
  }

  protected _finish(): T {
    return (this.#parked as ParkedFuture<T>).result();
  }
}

/**
 * The one way to wait for something outside of the library: a socket, a driver's callback.
 *
 * `start` begins the operation, settles `wait` when it ends, and returns what to do on cancellation. It runs when the
 * coroutine is awaited, not before; and not at all when the task is to be cancelled at this very wait.
 *
 * @throws TypeError when `start` is no function.
 * @example
 * ```ts
 * import { park, run } from "asyncio-ts";
 *
 * const tick = (ms: number) =>
 *   park<string>((wait) => {
 *     const timer = setTimeout(() => wait.resolve("tick"), ms);
 *     return () => {
 *       clearTimeout(timer);
 *       return "done";
 *     };
 *   });
 * console.log(await run(tick(5))); // tick
 * ```
 */
export function park<T>(start: (wait: Wait<T>) => Abort, options: ParkOptions = {}): Coroutine<T> {
  if (typeof start !== "function") throw new TypeError(`park() needs a function, got ${describeValue(start)}`);
  return new Park(start, options.foreign ?? true);
}
