import { checkDeadline, checkTime } from "./check-time.ts";
import type { Coroutine } from "./coroutine.ts";
import { CancelledError, RuntimeError, timeoutError } from "./errors.ts";
import { ExceptionGroup } from "./exception-group.ts";
import { currentFrame, type Frame } from "./frame.ts";
import type { Handle } from "./handle.ts";
import { type Body, type Failure, scoped } from "./scope.ts";
import type { Stepper } from "./strand.ts";
import { currentTask, type Task } from "./task.ts";

/** How a {@link CancelScope} is made. */
export interface CancelScopeOptions {
  /** When the scope cancels itself, in loop time; null or nothing for never. */
  readonly deadline?: number | null;
  /** Whether cancellations of outer scopes stay outside. */
  readonly shield?: boolean;
}

/**
 * A region of code that can be cancelled as a whole, level-triggered: from `cancel()` to the end of the region *every*
 * wait in it raises a CancelledError, so a `catch` that swallows one does not keep it alive. AnyIO's and Trio's model.
 *
 * Tasks of a `taskGroup()` inside of the region belong to it. `Task.cancel()` goes through a scope as through anything else.
 */
export class CancelScope {
  #deadline: number | null;
  #shield: boolean;
  #parent: CancelScope | null = null;
  readonly #children = new Set<CancelScope>();
  /** What waits directly in this scope. */
  readonly #parked = new Set<Stepper>();
  #task: Task<unknown> | null = null;
  #requests = 0;
  #timer: Handle | null = null;
  #reason: unknown;
  #delivered = false;
  #cancelCalled = false;
  #cancelledCaught = false;
  #expired = false;

  /** @throws TypeError or ValueError for a wrong deadline. */
  constructor(options: CancelScopeOptions = {}) {
    const { deadline = null, shield = false } = options;
    checkDeadline("CancelScope", "deadline", deadline);
    this.#deadline = deadline;
    this.#shield = shield;
  }

  /** Whether the scope was cancelled, by a call or its deadline. */
  get cancelCalled(): boolean {
    return this.#cancelCalled;
  }

  /** Whether the body ended by the scope's cancellation, which ended with it. Known after the region. */
  get cancelledCaught(): boolean {
    return this.#cancelledCaught;
  }

  /** When the scope cancels itself, in loop time; null for never. Can be moved while the body runs. */
  get deadline(): number | null {
    return this.#deadline;
  }

  set deadline(when: number | null) {
    checkDeadline("CancelScope", "deadline", when);
    this.#deadline = when;
    if (this.#task !== null) this.#arm(this.#task);
  }

  /** Whether cancellations of outer scopes stay outside. Can be changed while the body runs. */
  get shield(): boolean {
    return this.#shield;
  }

  set shield(on: boolean) {
    this.#shield = on;
    const cancelled = this._cancelled();
    if (cancelled !== null) this.#deliver(cancelled);
  }

  /** Cancels everything in the region, now and until its end. A second call does nothing. */
  cancel(reason?: unknown): void {
    if (this.#cancelCalled) return;
    this.#cancelCalled = true;
    this.#reason = reason;
    this.#timer?.cancel();
    this.#deliver(this);
  }

  /** Whether the deadline has cancelled the scope. @internal */
  get _expired(): boolean {
    return this.#expired;
  }

  /** The innermost scope that is cancelled and reaches into this one. @internal */
  _cancelled(): CancelScope | null {
    for (let scope: CancelScope | null = this; scope !== null; scope = scope.#parent) {
      if (scope.#cancelCalled) return scope;
      if (scope.#shield) return null;
    }
    return null;
  }

  /** The earliest deadline that reaches into this scope; minus infinity when it is cancelled. @internal */
  _effectiveDeadline(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (let scope: CancelScope | null = this; scope !== null; scope = scope.#parent) {
      if (scope.#cancelCalled) return Number.NEGATIVE_INFINITY;
      earliest = Math.min(earliest, scope.#deadline ?? earliest);
      if (scope.#shield) break;
    }
    return earliest;
  }

  /** Something in the scope has begun to wait: here is where a cancellation is delivered again. @internal */
  _parked(stepper: Stepper): void {
    this.#parked.add(stepper);
    const cancelled = this._cancelled();
    if (cancelled !== null) cancelled.#cancelWait(stepper);
  }

  /** @internal */
  _woken(stepper: Stepper): void {
    this.#parked.delete(stepper);
  }

  /** @internal */
  _enter(): CancelScope {
    const task = currentTask();
    if (task === null) throw new RuntimeError("CancelScope should be used inside a task");
    if (this.#task !== null) throw new RuntimeError("CancelScope has already been entered");
    this.#task = task;
    this.#requests = task.cancelling();
    this.#parent = currentFrame()?.scope ?? null;
    if (this.#parent !== null) this.#parent.#children.add(this);
    this.#arm(task);
    return this;
  }

  /** @internal */
  _frame(outer: Frame): Frame {
    return { task: outer.task, context: outer.context, scope: this };
  }

  /** Decides by the requests that were made, not by the error that arrives. @internal */
  _exit(failure: Failure): boolean {
    const task = this.#task as Task<unknown>;
    this.#timer?.cancel();
    if (this.#parent !== null) this.#parent.#children.delete(this);
    if (!this.#cancelCalled) return false;
    if (failure === null) {
      if (this.#delivered) task.getLoop()._countSwallowed(task);
      return false;
    }
    if (!isCancellation(failure.error)) return false;
    const others = task.cancelling() > this.#requests || (this.#parent?._cancelled() ?? null) !== null;
    this.#cancelledCaught = !others;
    return this.#cancelledCaught;
  }

  #arm(task: Task<unknown>): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#deadline === null || this.#cancelCalled) return;
    const loop = task.getLoop();
    const expire = (): void => {
      this.#expired = true;
      this.cancel("deadline exceeded");
    };
    this.#timer = this.#deadline <= loop.time() ? loop.callSoon(expire) : loop.callAt(this.#deadline, expire);
  }

  /** Cancels what waits in this scope, for `cancelled`, which is this one or one around it. */
  #deliver(cancelled: CancelScope): void {
    for (const stepper of this.#parked) cancelled.#cancelWait(stepper);
    for (const child of this.#children) if (!child.#shield) child.#deliver(cancelled);
  }

  #cancelWait(stepper: Stepper): void {
    if (stepper._waiting !== null) {
      // Native code of the same task, for one, is no wait: there the cancellation arrives further in.
      if (stepper._waiting.cancel(this.#reason)) this.#delivered = true;
      return;
    }
    // A bare yield stands in the ready queue already: it finds a cancelled future there.
    this.#delivered = true;
    const cancelled = stepper.task.getLoop().createFuture<unknown>();
    cancelled.cancel(this.#reason);
    stepper._waiting = cancelled;
  }
}

/** A CancelledError, or a group of nothing else. */
function isCancellation(error: unknown): boolean {
  if (error instanceof ExceptionGroup) return error.exceptions.every(isCancellation);
  return error instanceof CancelledError;
}

/** A scope whose deadline is counted from the moment in which the body begins. */
class Countdown extends CancelScope {
  readonly #delay: number | null;
  readonly #fails: boolean;

  constructor(delay: number | null, fails: boolean) {
    super();
    this.#delay = delay;
    this.#fails = fails;
  }

  override _enter(): CancelScope {
    super._enter();
    if (this.#delay !== null) this.deadline = (currentTask() as Task<unknown>).getLoop().time() + this.#delay;
    return this;
  }

  override _exit(failure: Failure): boolean {
    const drop = super._exit(failure);
    if (this.#fails && this._expired && (failure === null || drop)) {
      throw timeoutError("", failure?.error);
    }
    return drop;
  }
}

/**
 * Runs `body` in a new {@link CancelScope}. Gives its result; undefined when the scope's cancellation ended it.
 *
 * @example
 * ```ts
 * import { cancelScope, run, sleep } from "asyncio-ts";
 *
 * await run(() =>
 *   cancelScope(async (scope) => {
 *     scope.cancel();
 *     await sleep(1000); // ends at once
 *   }),
 * );
 * ```
 */
export function cancelScope<T>(body: Body<CancelScope, T>, options: CancelScopeOptions = {}): Coroutine<T | undefined> {
  return scoped<CancelScope, T | undefined>("cancelScope", new CancelScope(options), body);
}

/**
 * Runs `body` for at most `delay` milliseconds and then moves on, without an error: gives undefined when it was cut short.
 *
 * @throws TypeError or ValueError for a wrong `delay`.
 */
export function moveOnAfter<T>(delay: number | null, body: Body<CancelScope, T>): Coroutine<T | undefined> {
  checkDeadline("moveOnAfter", "delay", delay);
  return scoped<CancelScope, T | undefined>("moveOnAfter", new Countdown(delay, false), body);
}

/**
 * As {@link timeout}, but nothing in the body can keep it: every wait after the deadline raises a CancelledError, and the
 * TimeoutError comes even if the body swallowed them all.
 *
 * @throws TimeoutError, from the wait. TypeError or ValueError for a wrong `delay`.
 */
export function failAfter<T>(delay: number, body: Body<CancelScope, T>): Coroutine<T> {
  checkTime("failAfter", "delay", delay);
  return scoped<CancelScope, T>("failAfter", new Countdown(delay, true), body);
}

/** The loop time at which this code will be cancelled by a scope at the latest; infinity when there is no deadline. */
export function currentEffectiveDeadline(): number {
  return currentFrame()?.scope?._effectiveDeadline() ?? Number.POSITIVE_INFINITY;
}
