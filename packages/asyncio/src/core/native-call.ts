import { Coroutine, type Suspension } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { RuntimeError } from "./errors.ts";
import { currentFrame } from "./frame.ts";
import { Future } from "./future.ts";
import { Operation } from "./operation.ts";
import { type Awaitable, iscoroutine, isThenable } from "./source.ts";
import type { Task } from "./task.ts";
import { wrapFuture } from "./wrap-future.ts";

/**
 * The end of native code that runs as a part of a task. Cancelling the task reaches what that code waits for, so here
 * there is nothing to cancel.
 */
class NativeFuture<T> extends Future<T> {
  override cancel(): boolean {
    return false;
  }
}

/** Waits, in a coroutine, for native code that runs in the same task: a body that is an async function. */
class NativeBody<T> extends Operation<T> {
  readonly #body: PromiseLike<T>;
  readonly #task: Task<unknown>;
  readonly #future: NativeFuture<T>;

  constructor(body: PromiseLike<T>, task: Task<unknown>) {
    super();
    this.#body = body;
    this.#task = task;
    this.#future = new NativeFuture<T>({ loop: task._loop });
  }

  override get name(): string {
    return "native code";
  }

  protected _begin(): Future<unknown> {
    // Where a strand waits for native code, that is no wait that the loop knows of.
    const strand = currentFrame() === this.#task ? 0 : 1;
    this.#task._count(1, -strand);
    const ended = (settle: () => void): void => {
      this.#task._count(-1, strand);
      if (!this.#future.done() && !this.#task._loop.isClosed()) settle();
    };
    this.#body.then(
      (value) => ended(() => this.#future.setResult(value)),
      (error: unknown) => ended(() => this.#future._fail(error)),
    );
    return this.#future as Future<unknown>;
  }

  protected _finish(): T {
    return this.#future.result();
  }
}

/** What a coroutine `yield*`s. */
interface Waitable<T> {
  [Symbol.iterator](): Iterator<Suspension, T, unknown>;
}

/**
 * What a scope's body returned, as something to `yield*`: a coroutine as it is, native code as a part of this task.
 *
 * @internal
 */
export function bodyOf<T>(result: unknown, task: Task<unknown>): Waitable<T> {
  if (result instanceof Future || iscoroutine(result)) return result as Waitable<T>;
  if (isThenable(result)) return new NativeBody(result as PromiseLike<T>, task);
  throw new TypeError(`a coroutine was expected: the function given returned ${describeValue(result)}`);
}

/**
 * Calls a scope's body as a part of the current task; the code may be native.
 *
 * @internal
 */
export function callBody(fn: () => unknown): unknown {
  const task = currentFrame()?.task;
  if (!task) throw new RuntimeError("no current task");
  return task._callNative(fn);
}

/**
 * An awaitable as something to `yield*` within the current task: no task is made of it.
 *
 * @throws TypeError when it is none.
 * @internal
 */
export function waitable<T>(awaitable: Awaitable<T>): Waitable<T> {
  if (awaitable instanceof Future || iscoroutine(awaitable)) return awaitable as Waitable<T>;
  if (typeof awaitable === "function") return new CallInTask(awaitable);
  if (isThenable(awaitable)) return wrapFuture(awaitable as PromiseLike<T>);
  throw new TypeError(`a future, a coroutine, a promise or a function is required, got ${describeValue(awaitable)}`);
}

class CallInTask<T> extends Coroutine<T> {
  readonly #fn: () => unknown;

  constructor(fn: () => unknown) {
    super();
    this.#fn = fn;
  }

  *[Symbol.iterator](): Iterator<Suspension, T, unknown> {
    const task = currentFrame()?.task;
    if (!task) throw new RuntimeError("no current task");
    return yield* bodyOf<T>(callBody(this.#fn), task) as Iterable<Suspension> & Waitable<T>;
  }
}
