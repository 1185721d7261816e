import type { Suspension } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { RuntimeError } from "./errors.ts";
import { callIn, currentFrame, type Frame } from "./frame.ts";
import { Future } from "./future.ts";
import type { ReadyEntry } from "./handle.ts";
import { Operation } from "./operation.ts";
import { iscoroutine, isThenable } from "./source.ts";
import { type Stepper, step } from "./strand.ts";
import type { Task } from "./task.ts";

/**
 * What a coroutine waits for while native code runs as a part of the same task. To the loop that is a function call, no
 * wait: when the native code ends the coroutine goes on at once, and cancelling reaches what the native code waits for.
 */
class NativeFuture extends Future<unknown> {
  #caller: Stepper | null = null;

  override cancel(): boolean {
    return false;
  }

  /** @internal */
  override _addWaiter(caller: ReadyEntry): void {
    this.#caller = caller as Stepper;
  }

  _return(failed: boolean, error: unknown): void {
    if (this._loop.isClosed()) return;
    const caller = this.#caller as Stepper;
    caller._waiting = null;
    if (caller.scope !== null) caller.scope._woken(caller);
    step(caller, failed, error);
  }
}

/** Waits, in a coroutine, for native code that runs in the same task: a body that is an async function. */
class NativeBody<T> extends Operation<T> {
  static {
    this.prototype._isSimple = false;
  }

  readonly #body: PromiseLike<T>;
  readonly #task: Task<unknown>;
  #result: T | undefined;

  constructor(body: PromiseLike<T>, task: Task<unknown>) {
    super();
    this.#body = body;
    this.#task = task;
  }

  override get name(): string {
    return "native code";
  }

  protected _begin(): Future<unknown> {
    const future = new NativeFuture({ loop: this.#task._loop });
    // Where a strand waits for native code, that is no wait that the loop knows of.
    const strand = currentFrame() === this.#task ? 0 : 1;
    this.#task._count(1, -strand);
    this.#body.then(
      (value) => {
        this.#task._count(-1, strand);
        this.#result = value;
        future._return(false, undefined);
      },
      (error: unknown) => {
        this.#task._count(-1, strand);
        future._return(true, error);
      },
    );
    return future;
  }

  protected _finish(): T {
    return this.#result as T;
  }
}

/** What a coroutine `yield*`s. @internal */
export interface Waitable<T> {
  [Symbol.iterator](): Iterator<Suspension, T, unknown>;
}

/**
 * What a scope's body returned, as something to `yield*`: a coroutine as it is, native code as a part of this task.
 *
 * @throws TypeError when it is neither.
 * @internal
 */
export function bodyOf<T>(result: unknown, task: Task<unknown>): Waitable<T> {
  if (result instanceof Future || iscoroutine(result)) return result as Waitable<T>;
  if (isThenable(result)) return new NativeBody(result as PromiseLike<T>, task);
  throw new TypeError(`a coroutine was expected: the function given returned ${describeValue(result)}`);
}

/**
 * Calls a scope's body as a part of the current task; the code may be native. It runs in `inner`, or in the current frame.
 *
 * @internal
 */
export function callBody(fn: () => unknown, inner?: Frame): unknown {
  const outer = currentFrame();
  if (!outer?.task) throw new RuntimeError("no current task");
  const { task } = outer;
  const frame = inner ?? nativeFrame(outer, task);
  return frame === task ? task._callNative(fn) : task._callNative(() => callIn(frame, fn));
}

/** The frame for native code of `outer`: the task's own where that is the same, since a task never has to enter it again. */
function nativeFrame(outer: Frame, task: Task<unknown>): Frame {
  if (outer === task) return task;
  const { context, scope } = outer;
  // A copy, since the scope of `outer` changes as its coroutine enters and leaves some.
  return scope === task.scope && context === task.context ? task : { task, context, scope };
}
