import type { Context } from "./context.ts";
import { describeFunction, traceOf } from "./describe.ts";
import { current } from "./frame.ts";
import type { EventLoop } from "./loop.ts";

/**
 * What stands in a loop's ready queue: a callback, or the next step of a coroutine.
 *
 * @internal
 */
export interface ReadyEntry {
  _run(): void;
}

/** A callback that the loop is going to call, from `callSoon()`; `cancel()` takes it back. */
export class Handle {
  readonly context: Context;
  /** @internal */
  scope: null = null;
  /** @internal */
  readonly _loop: EventLoop;
  /** Null once cancelled, so that what the callback holds is free. @internal */
  _fn: ((...args: never[]) => unknown) | null;
  #args: readonly unknown[];

  /** @internal */
  constructor(loop: EventLoop, fn: (...args: never[]) => unknown, args: readonly unknown[], context: Context) {
    this._loop = loop;
    this._fn = fn;
    this.#args = args;
    this.context = context;
    if (current.debug) traceOf.record(this);
  }

  /** A callback runs in no task. */
  get task(): null {
    return null;
  }

  /** Takes the callback back. Doing it twice, or after the call, does nothing. */
  cancel(): void {
    this._fn = null;
    this.#args = [];
  }

  cancelled(): boolean {
    return this._fn === null;
  }

  /** The context in which the callback runs. */
  getContext(): Context {
    return this.context;
  }

  /** @internal */
  _run(): void {
    const fn = this._fn;
    if (fn === null) return;
    const previous = current.frame;
    current.frame = this;
    try {
      (fn as (...args: readonly unknown[]) => unknown)(...this.#args);
    } catch (error) {
      this._loop.callExceptionHandler({
        message: `Exception in callback ${describeFunction(fn)}`,
        exception: error,
        handle: this,
        ...traceOf.entry(this),
      });
    } finally {
      current.frame = previous;
    }
    this._loop._needsDrain = true;
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  toString(): string {
    return this._fn === null ? "<Handle cancelled>" : `<Handle ${describeFunction(this._fn)}>`;
  }
}

/** A callback that the loop is going to call at a certain time, from `callLater()` or `callAt()`. */
export class TimerHandle extends Handle {
  /** @internal */
  readonly _when: number;
  /** @internal */
  _index = -1;

  /** @internal */
  constructor(
    loop: EventLoop,
    when: number,
    call: { readonly fn: (...args: never[]) => unknown; readonly args: readonly unknown[]; readonly context: Context },
  ) {
    super(loop, call.fn, call.args, call.context);
    this._when = when;
  }

  /** The loop time at which the callback is due, in milliseconds. */
  when(): number {
    return this._when;
  }

  override cancel(): void {
    this._loop._timers.remove(this);
    super.cancel();
  }

  override toString(): string {
    if (this._fn === null) return "<TimerHandle cancelled>";
    return `<TimerHandle when=${this._when} ${describeFunction(this._fn)}>`;
  }
}
