import { type Context } from "./context.ts";
import type { Coroutine, Suspension } from "./coroutine.ts";
import { traceOf } from "./describe.ts";
import { CancelledError, cancelledError, RuntimeError } from "./errors.ts";
import { current, currentFrame, type Frame } from "./frame.ts";
import type { Future } from "./future.ts";
import type { ReadyEntry } from "./handle.ts";
import type { Task } from "./task.ts";

/**
 * Something that is stepped through its suspensions: a task that is a generator, or one await of native code.
 *
 * Invariant, as in CPython's Task: either it waits for `_waiting`, or a step of it is in the ready queue (`_waiting` is
 * then null or done), or it is being stepped right now.
 *
 * @internal
 */
export interface Stepper extends Frame, ReadyEntry {
  readonly task: Task<unknown>;
  _waiting: Future<unknown> | null;
  _iterator: Iterator<Suspension, unknown, unknown> | null;
  _returned(value: unknown): void;
  _raised(error: unknown): void;
}

/**
 * A step from the ready queue: what was waited for is done, or it is the first step.
 *
 * @internal
 */
export function wakeUp(stepper: Stepper): void {
  const { task } = stepper;
  const waited = stepper._waiting;
  stepper._waiting = null;
  if (stepper.scope !== null) stepper.scope._woken(stepper);
  let failed = false;
  let error: unknown;
  if (waited !== null && waited._failed()) {
    failed = true;
    error = waited._takeError();
  }
  if (task._mustCancel) {
    // A cancel that came after the awaited thing was done takes the place of its result.
    if (!(failed && error instanceof CancelledError)) error = cancelledError(task._cancelMessage);
    failed = true;
    task._mustCancel = false;
  } else if (waited?._cancelDeferred) {
    // The operation could not be stopped any more, so its outcome stands; a request to the task is kept for the next wait.
    // (A cancel scope asks again by itself, whenever something parks in it.)
    task._mustCancel = task.cancelling() > 0 && !(error instanceof CancelledError);
    task._cancelMessage = task._requestMessage;
  }
  if (current.debug && error instanceof CancelledError) traceOf.tellPlace(error, stepper);
  step(stepper, failed, error);
}

/**
 * Runs the stepper to its next suspension.
 *
 * @internal
 */
export function step(stepper: Stepper, failed: boolean, error: unknown): void {
  const iterator = stepper._iterator as Iterator<Suspension, unknown, unknown>;
  const previous = current.frame;
  current.frame = stepper;
  let result: IteratorResult<Suspension, unknown>;
  try {
    result = failed ? throwInto(iterator, error) : iterator.next();
  } catch (raised) {
    current.frame = previous;
    stepper._raised(raised);
    return;
  }
  current.frame = previous;
  if (result.done) stepper._returned(result.value);
  else park(stepper, result.value);
}

/** `iterator.throw(error)`, also for an iterator that has none. @internal */
export function throwInto(
  iterator: Iterator<Suspension, unknown, unknown>,
  error: unknown,
): IteratorResult<Suspension, unknown> {
  if (iterator.throw === undefined) throw error;
  return iterator.throw(error);
}

/** Whether the task runs right now. @internal */
export function isCurrent(task: Task<unknown>): boolean {
  return currentFrame()?.task === task;
}

function park(stepper: Stepper, suspension: unknown): void {
  const { task } = stepper;
  const { suspended } = current;
  current.suspended = null;
  if (current.debug && stepper === task) traceOf.recordSite(stepper);
  if (suspension === undefined) {
    // A bare yield: one turn of the loop.
    task._loop._enqueue(stepper);
  } else if (isWait(suspension, suspended) && suspension._loop === task._loop && suspension !== task) {
    suspension._addWaiter(stepper);
    stepper._waiting = suspension;
    if (task._mustCancel && suspension.cancel(task._cancelMessage)) task._mustCancel = false;
  } else {
    refuse(stepper, suspension, suspended);
  }
  if (stepper.scope !== null) stepper.scope._parked(stepper);
  task._loop._instrument?.parked?.(task);
}

/** What is yielded is waited for only if it comes from an operation of the library: by `yield*`, not by a bare `yield`. */
function isWait(suspension: unknown, suspended: Future<unknown> | null): suspension is Future<unknown> {
  return suspension !== null && suspension === suspended;
}

function refuse(stepper: Stepper, suspension: unknown, suspended: Future<unknown> | null): void {
  const { task } = stepper;
  let message = `Task got bad yield: ${String(suspension)}`;
  if (typeof (suspension as Partial<Coroutine<unknown>> | null)?.close === "function") {
    message = `yield was used instead of yield* in task ${task} with ${String(suspension)}`;
  }
  if (typeof (suspension as Partial<Future<unknown>> | null)?._addWaiter === "function") {
    const future = suspension as Future<unknown>;
    if (future._loop !== task._loop) message = `Task ${task} got Future ${future} attached to a different loop`;
    else if (future === suspended) message = `Task cannot await on itself: ${task}`;
    else message = `yield was used instead of yield* in task ${task} with ${future}`;
  }
  raiseLater(stepper, new RuntimeError(message));
}

/**
 * Throws `error` into the stepper in the next turn.
 *
 * @internal
 */
export function raiseLater(stepper: Stepper, error: unknown): void {
  const failed = stepper.task._loop.createFuture<unknown>();
  failed.setException(error);
  failed._takeError();
  stepper._waiting = failed;
  stepper.task._loop._enqueue(stepper);
}

/** What can be awaited: all that the library returns. @internal */
export type Source<T> = Coroutine<T> | Future<T>;

type OnFulfilled<T, A> = ((value: T) => A | PromiseLike<A>) | null | undefined;
type OnRejected<B> = ((reason: unknown) => B | PromiseLike<B>) | null | undefined;

/**
 * `then()` of everything that the library returns. Inside a task the wait becomes a part of that task. Elsewhere a
 * coroutine becomes a task of its own, on the loop that runs, else on one that runs by itself.
 *
 * @internal
 */
export function awaitHere<T, A, B>(
  source: Source<T>,
  onfulfilled: OnFulfilled<T, A>,
  onrejected: OnRejected<B>,
): PromiseLike<A | B> {
  const frame = currentFrame();
  const task = frame?.task ?? null;
  if (frame === null || task === null || task.done()) {
    return awaitOutside(source, task).then(onfulfilled, onrejected);
  }
  if (isAwait(onfulfilled, onrejected)) return awaitNatively(frame, source, onfulfilled, onrejected);
  // Callbacks have to run where they were given, also after the loop's turn: a promise of the platform sees to that.
  return new Promise<T>((resolve, reject) => {
    void awaitNatively<T, void, void>(frame, source, resolve, reject);
  }).then(onfulfilled, onrejected);
}

/** Native code that awaits gives two functions of one parameter each, whose continuation the platform puts into place. */
function isAwait<T, A, B>(onfulfilled: OnFulfilled<T, A>, onrejected: OnRejected<B>): boolean {
  return typeof onfulfilled === "function" && onrejected?.length === 1;
}

/** Runs the source to its first suspension; only one that has to wait needs a strand. */
function awaitNatively<T, A, B>(
  frame: Frame,
  source: Source<T>,
  onfulfilled: OnFulfilled<T, A>,
  onrejected: OnRejected<B>,
): PromiseLike<A | B> {
  if (!source._isSimple) return new Strand<T, A, B>(frame, onfulfilled, onrejected)._start(source);
  const previous = current.frame;
  current.frame = frame;
  let iterator: Iterator<Suspension, T, unknown>;
  let first: IteratorResult<Suspension, T>;
  try {
    iterator = source[Symbol.iterator]();
    first = iterator.next();
  } catch (error) {
    current.frame = previous;
    return Ended.call(onrejected as (reason: unknown) => B, error);
  }
  current.frame = previous;
  if (first.done) return Ended.call(onfulfilled as (value: T) => A, first.value);
  return new Strand<T, A, B>(frame, onfulfilled, onrejected)._wait(source, iterator, first.value);
}

/** What `then()` returns where nothing had to be waited for. */
class Ended<T> implements PromiseLike<T> {
  readonly #result: T;

  constructor(result: T) {
    this.#result = result;
  }

  static call<V, T>(continuation: (value: V) => T, value: V): PromiseLike<T> {
    try {
      return new Ended(continuation(value));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  // biome-ignore lint/suspicious/noThenProperty: the promise that then() has to return
  then<C = T, D = never>(onfulfilled?: OnFulfilled<T, C>, onrejected?: OnRejected<D>): PromiseLike<C | D> {
    return Promise.resolve(this.#result).then(onfulfilled, onrejected);
  }
}

function awaitOutside<T>(source: Source<T>, finished: Task<unknown> | null): Promise<T> {
  return new Promise((resolve, reject) => {
    const future = current.toFuture(source, finished) as Future<T>;
    future.addDoneCallback(() => {
      if (future._failed()) reject(future._takeError());
      else resolve(future.result());
    });
  });
}

const UNSETTLED: unique symbol = Symbol("unsettled");

/** One await of native code inside a task. */
class Strand<T, A, B> implements Stepper, PromiseLike<A | B> {
  readonly task: Task<unknown>;
  readonly context: Context;
  scope: Frame["scope"];
  _waiting: Future<unknown> | null = null;
  _iterator: Iterator<Suspension, unknown, unknown> | null = null;
  readonly #onfulfilled: (value: T) => A | PromiseLike<A>;
  readonly #onrejected: (reason: unknown) => B | PromiseLike<B>;
  #result: A | B | PromiseLike<A | B> | typeof UNSETTLED = UNSETTLED;
  /** What `then()` returned, once somebody uses it: native code throws it away, so it is made on demand. */
  #chained: Chained<A | B> | undefined;

  /** `frame` is in a task, and the two are functions. */
  constructor(frame: Frame, onfulfilled: OnFulfilled<T, A>, onrejected: OnRejected<B>) {
    this.task = frame.task as Task<unknown>;
    this.context = frame.context;
    this.scope = frame.scope;
    this.#onfulfilled = onfulfilled as (value: T) => A | PromiseLike<A>;
    this.#onrejected = onrejected as (reason: unknown) => B | PromiseLike<B>;
  }

  _start(source: Source<T>): this {
    this.task._join(this);
    if (current.debug) traceOf.recordAwait(this, source);
    try {
      this._iterator = source[Symbol.iterator]();
    } catch (error) {
      this._raised(error);
      return this;
    }
    step(this, false, undefined);
    return this;
  }

  /** Goes on from the first suspension. */
  _wait(source: Source<T>, iterator: Iterator<Suspension, T, unknown>, suspension: Suspension): this {
    this.task._join(this);
    if (current.debug) traceOf.recordAwait(this, source);
    this._iterator = iterator;
    park(this, suspension);
    return this;
  }

  _run(): void {
    wakeUp(this);
    this.task._loop._needsDrain = true;
  }

  _returned(value: unknown): void {
    this.#leave();
    try {
      this.#resolve(this.#onfulfilled(value as T));
    } catch (error) {
      this.#reject(error);
    }
  }

  _raised(error: unknown): void {
    this.#leave();
    try {
      this.#resolve(this.#onrejected(error));
    } catch (thrown) {
      this.#reject(thrown);
    }
  }

  #leave(): void {
    this.task._leave(this);
    current.storage.resume?.(this);
  }

  #resolve(result: A | B | PromiseLike<A | B>): void {
    this.#result = result;
    this.#chained?.resolve(result);
  }

  /** Unlike a result, an error makes the promise: if nobody asks for it, the platform reports it. */
  #reject(error: unknown): void {
    this.#chained ??= chain();
    this.#chained.reject(error);
  }

  // biome-ignore lint/suspicious/noThenProperty: the promise that then() has to return
  then<C = A | B, D = never>(
    onfulfilled?: ((value: A | B) => C | PromiseLike<C>) | null,
    onrejected?: ((reason: unknown) => D | PromiseLike<D>) | null,
  ): PromiseLike<C | D> {
    if (this.#chained === undefined) {
      this.#chained = chain();
      if (this.#result !== UNSETTLED) this.#chained.resolve(this.#result);
    }
    return this.#chained.promise.then(onfulfilled, onrejected);
  }
}

interface Chained<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (error: unknown) => void;
}

function chain<T>(): Chained<T> {
  let resolve!: Chained<T>["resolve"];
  let reject!: Chained<T>["reject"];
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
