import { Context, contextOf, currentValues, type Values } from "./context.ts";
import { Coroutine, type CoroutineGenerator, type Suspension } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { CancelledError, cancelledError, RuntimeError } from "./errors.ts";
import { current, currentFrame, type Frame } from "./frame.ts";
import { Future } from "./future.ts";
import type { CapturedFrame } from "./host.ts";
import type { EventLoop } from "./loop.ts";
import { isGenerator, isGeneratorFunction, isThenable, type TaskSource } from "./source.ts";
import { type FrameInfo, formatStack, stackOf } from "./stack.ts";
import { raiseLater, type Stepper, step, wakeUp } from "./strand.ts";

/** How a task is made. */
export interface TaskOptions {
  /** What it is called in reports; by default `Task-1`, `Task-2` and so on. */
  readonly name?: string | undefined;
  /** Runs the task in this very context instead of a copy of the creator's. */
  readonly context?: Context | undefined;
  /** Runs the first step at once, inside of the call, when the loop is running. */
  readonly eagerStart?: boolean | undefined;
}

/** No options, always the same object, so that it can be told at a glance. @internal */
export const PLAIN: TaskOptions = {};

let names = 0;

/**
 * A coroutine that the loop runs: named, cancellable, awaitable. Made by {@link createTask} or a task group.
 *
 * The loop holds every unfinished task, so none is lost when nobody keeps a reference (in CPython it would be).
 */
export class Task<T = unknown> extends Future<T> {
  static {
    this.prototype._cancelsTasks = true;
  }

  /** Only the values, until somebody wants a context: most tasks never do. */
  #context: Context | Values;
  /** @internal */
  scope: Frame["scope"] = null;
  /** @internal */
  _waiting: Future<unknown> | null = null;
  /** @internal */
  _iterator: Iterator<Suspension, unknown, unknown> | null = null;
  /** @internal */
  _mustCancel = false;
  /** @internal */
  _cancelMessage: unknown;
  /** Made by a helper, so that nobody could have waited for it: not reported when the loop is closed. @internal */
  _unowned = false;
  /** Neighbours in the loop's list of unfinished tasks. @internal */
  _before: Task<unknown> | null = null;
  /** @internal */
  _after: Task<unknown> | null = null;
  #source: TaskSource<T> | null;
  #name: string | number;
  #cancelRequests = 0;
  /** The message of the last request. @internal */
  _requestMessage: unknown;
  #native: NativeState | null = null;
  #controller: AbortController | null = null;

  /**
   * @throws TypeError when `source` is no coroutine and no function that could give one.
   */
  constructor(source: TaskSource<T>, options: TaskOptions & { readonly loop?: EventLoop } = {}) {
    super(options);
    checkSource(source);
    this.#source = source;
    this.#name = options.name === undefined ? ++names : String(options.name);
    this.#context = options.context ?? currentValues();
    if (typeof source !== "function") this._iterator = source[Symbol.iterator]();
    else if (isGeneratorFunction(source)) this._iterator = source() as CoroutineGenerator<T>;
    else this.#native = new NativeState(this);
    this._loop._register(this);
    if (options.eagerStart === true && this._loop.isRunning()) this.#startEagerly();
    else this._loop._enqueue(this);
  }

  /** The context in which the task runs. */
  get context(): Context {
    if (this.#context instanceof Context) return this.#context;
    this.#context = contextOf(this.#context);
    return this.#context;
  }

  /** @internal */
  _contextValues(): Values {
    return this.#context instanceof Context ? this.#context._values : this.#context;
  }

  /** Itself: a task is the frame of its own steps. @internal */
  get task(): Task<unknown> {
    return this;
  }

  getName(): string {
    return typeof this.#name === "number" ? `Task-${this.#name}` : this.#name;
  }

  setName(name: string): void {
    this.#name = String(name);
  }

  /** What the task was made of; null when it ended within its eager start. */
  getCoro(): TaskSource<T> | null {
    return this.#source;
  }

  getContext(): Context {
    return this.context;
  }

  /**
   * Asks the task to stop: a CancelledError with `message` is thrown at what it waits for, at the latest where it waits
   * next. The coroutine may clean up, or refuse. In native code that awaits a promise of the platform it arrives at the
   * next await of something of this library; see {@link wrapFuture} and {@link abortable}.
   *
   * @returns false when the task is done already.
   */
  override cancel(message?: unknown): boolean {
    if (this.done() || cancelPath.has(this)) return false;
    this.#cancelRequests++;
    this._requestMessage = message;
    this.#controller?.abort(cancelledError(message));
    if (this.#cancelWaits(message)) return true;
    this._mustCancel = true;
    this._cancelMessage = message;
    this._loop._debugMode()?.checkDelivery(this);
    return true;
  }

  /** How many cancel requests there were that were not taken back by {@link uncancel}. */
  cancelling(): number {
    return this.#cancelRequests;
  }

  /**
   * Takes one cancel request back, and with the last also a CancelledError that was not thrown yet. For who called
   * `cancel()` before and has dealt with the outcome.
   *
   * @returns how many requests are left.
   */
  uncancel(): number {
    if (this.#cancelRequests > 0) {
      this.#cancelRequests--;
      if (this.#cancelRequests === 0) {
        this._mustCancel = false;
        if (this.#controller?.signal.aborted) this.#controller = null;
      }
    }
    return this.#cancelRequests;
  }

  /** Aborted when the task is asked to stop, with the CancelledError as its reason: for APIs that take a signal. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#cancelRequests > 0) this.#controller.abort(cancelledError(this._requestMessage));
    }
    return this.#controller.signal;
  }

  /**
   * Where the coroutine is suspended, outermost call first; for a task that failed, where the error was thrown. Exact
   * for generators; for native code the places are recorded in debug mode only.
   */
  getStack(options: { readonly limit?: number } = {}): FrameInfo[] {
    return stackOf(this, options.limit);
  }

  /** Prints {@link getStack} to `write`, by default to the console's error stream. */
  printStack(options: { readonly limit?: number; readonly write?: (text: string) => void } = {}): void {
    const write = options.write ?? ((text: string) => this._loop._host.report(text));
    write(formatStack(this, options.limit));
  }

  /** @throws RuntimeError always: a task's result is its coroutine's. */
  override setResult(_value: T): void {
    throw new RuntimeError("Task does not support set_result operation");
  }

  /** @throws RuntimeError always: a task's error is its coroutine's. */
  override setException(_error: unknown): void {
    throw new RuntimeError("Task does not support set_exception operation");
  }

  override toString(): string {
    const state = !this.done() && this.#cancelRequests > 0 ? "cancelling" : super.toString().split(/[ >]/)[1];
    return `<Task ${state} name='${this.getName()}'>`;
  }

  /** @internal */
  _run(): void {
    if (this._iterator !== null) wakeUp(this);
    else this.#startNative();
  }

  /** @internal */
  _returned(value: unknown): void {
    if (this._mustCancel) {
      // Cancelled right before it ended: the result is lost.
      this._mustCancel = false;
      this.#end();
      super._endCancelled(this._cancelMessage);
      return;
    }
    if (this.#cancelRequests > 0) this._loop._countSwallowed(this);
    this.#end();
    super.setResult(value as T);
  }

  /** @internal */
  _raised(error: unknown): void {
    this.#end();
    if (error instanceof CancelledError) super._endCancelled(error);
    else super._fail(error);
  }

  /** @internal */
  override _cancelledWith(): unknown {
    return this.cancelled() ? super._cancelledWith() : this._cancelMessage;
  }

  /** @internal */
  override _reportKeys(): { task: Task<unknown> } {
    return { task: this };
  }

  /** The awaits of native code that are under way. @internal */
  _strands(): Iterable<Stepper> {
    const strands = this.#native?.strands ?? null;
    if (strands === null) return [];
    return strands instanceof Set ? strands : [strands];
  }

  /** Native code of this task has begun to wait. @internal */
  _join(strand: Stepper): void {
    this.#native ??= new NativeState(this);
    const native = this.#native;
    if (native.strands === null) native.strands = strand;
    else if (native.strands instanceof Set) native.strands.add(strand);
    else native.strands = new Set([native.strands, strand]);
    this._count(0, 1);
  }

  /** @internal */
  _leave(strand: Stepper): void {
    const native = this.#native as NativeState;
    if (native.strands === strand) native.strands = null;
    else (native.strands as Set<Stepper>).delete(strand);
    this._count(0, -1);
  }

  /**
   * Keeps count of native bodies and of waits that the loop knows of. A task with a body and no wait waits for something
   * foreign, once the microtasks have run.
   *
   * @internal
   */
  _count(bodies: number, waits: number): void {
    this.#native ??= new NativeState(this);
    const native = this.#native;
    const before = native.isForeign() ? 1 : 0;
    native.bodies += bodies;
    native.waits += waits;
    this._loop._foreign += (native.isForeign() ? 1 : 0) - before;
  }

  /** Whether native code of it waits for something that the loop does not know. @internal */
  _waitsForForeign(): boolean {
    return this.#native?.isForeign() ?? false;
  }

  /** Calls native code as a part of this task. @internal */
  _callNative<R>(fn: () => R): R {
    this.#native ??= new NativeState(this);
    const previous = current.frame;
    // The code finds its frame in the storage, which also lasts across its awaits.
    current.frame = null;
    try {
      return this.#native.captured.runInAsyncScope(fn);
    } finally {
      current.frame = previous;
      this._loop._needsDrain = true;
    }
  }

  #startEagerly(): void {
    if (this._iterator !== null) step(this, false, undefined);
    else this.#startNative();
    if (this.done()) this.#source = null;
  }

  /** The first step of a task that was made of a function: calls it, and finds out what it is. */
  #startNative(): void {
    if (this._mustCancel) {
      this._mustCancel = false;
      this._raised(cancelledError(this._cancelMessage));
      return;
    }
    let body: unknown;
    try {
      body = this._callNative(this.#source as () => unknown);
    } catch (error) {
      this._raised(error);
      return;
    }
    if (body instanceof Future || body instanceof Coroutine || isGenerator(body)) this.#stepInto(body);
    else if (isThenable(body)) this.#follow(body);
    else this._raised(new TypeError(`a coroutine was expected: the function given returned ${describeValue(body)}`));
  }

  #stepInto(body: Iterable<unknown> | Coroutine<unknown> | Future<unknown>): void {
    try {
      this._iterator = body[Symbol.iterator]() as Iterator<Suspension, unknown, unknown>;
    } catch (error) {
      this._raised(error);
      return;
    }
    step(this, false, undefined);
  }

  #follow(body: PromiseLike<unknown>): void {
    this._count(1, 0);
    body.then(
      (value) => {
        this._count(-1, 0);
        if (!this._loop.isClosed()) this._returned(value);
      },
      (error: unknown) => {
        this._count(-1, 0);
        if (!this._loop.isClosed()) this._raised(error);
        else if (!(error instanceof CancelledError)) this.#reportTooLate(error);
      },
    );
  }

  #reportTooLate(exception: unknown): void {
    this._loop.callExceptionHandler({ message: "a task failed after its loop was closed", exception, task: this });
  }

  /** Cancels whatever the task waits for; says whether anything will therefore wake it with a CancelledError. */
  #cancelWaits(message: unknown): boolean {
    let accepted = cancelWait(this, message);
    if (this.#native === null) return accepted;
    for (const strand of this._strands()) if (cancelWait(strand, message)) accepted = true;
    return accepted;
  }

  #end(): void {
    // Whoever keeps the task, a timer made in its context say, is not to keep what it worked with.
    this._iterator = null;
    this._loop._unregister(this);
  }
}

/** What a task needs once native code runs in it. */
class NativeState {
  /** The asynchronous context of the task. */
  readonly captured: CapturedFrame;
  /** The awaits that are under way: almost always one. */
  strands: Stepper | Set<Stepper> | null = null;
  /** Async functions that run as a part of the task. */
  bodies = 0;
  /** Awaits, less those that only wait for native code of the task itself. */
  waits = 0;

  constructor(task: Task<unknown>) {
    this.captured = current.storage.capture(task);
  }

  isForeign(): boolean {
    return this.bodies > 0 && this.waits === 0;
  }
}

function checkSource(source: unknown): void {
  if (typeof source === "function" || source instanceof Coroutine || isGenerator(source)) return;
  if (isThenable(source)) {
    throw new TypeError(
      `a coroutine was expected, got ${describeValue(source)}, which runs already and can't be cancelled: ` +
        "pass the async function itself, or wait for the promise with wrapFuture()",
    );
  }
  throw new TypeError(`a coroutine was expected, got ${describeValue(source)}: pass an async or generator function`);
}

/** The tasks whose cancel() is under way, each because the one before waits for it. */
const cancelPath = new Set<Task<unknown>>();

function cancelWait(stepper: Stepper, message: unknown): boolean {
  const waiting = stepper._waiting;
  if (waiting === null) return false;
  if (!waiting._cancelsTasks) return waiting.cancel(message);
  if (waiting instanceof Task && cancelPath.has(waiting)) {
    // Tasks that wait for each other: here the circle is cut. (CPython runs into its recursion limit.)
    waiting._removeWaiters((entry) => entry === stepper);
    raiseLater(stepper, cancelledError(message));
    return true;
  }
  cancelPath.add(stepper.task);
  try {
    return waiting.cancel(message);
  } finally {
    cancelPath.delete(stepper.task);
  }
}

/** The task in which this code runs; null in callbacks, and outside of tasks. */
export function currentTask(loop?: EventLoop): Task<unknown> | null {
  const task = currentFrame()?.task ?? null;
  return task === null || (loop !== undefined && task._loop !== loop) || task.done() ? null : task;
}
