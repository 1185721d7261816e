import { createHost, storage } from "#host";
import { type OpenAsyncGenerator, shutdownAsyncgens } from "./asyncgens.ts";
import { checkTime } from "./check-time.ts";
import { type Context, copyContext } from "./context.ts";
import type { Coroutine } from "./coroutine.ts";
import { enclosingLoop, startedLoop, stoppedLoop } from "./current-loop.ts";
import { deadlockError } from "./deadlock.ts";
import { DebugMode } from "./debug-mode.ts";
import { describeValue, traceOf } from "./describe.ts";
import { ensureFuture } from "./ensure-future.ts";
import { RuntimeError } from "./errors.ts";
import {
  type ExceptionContext,
  type ExceptionHandler,
  formatError,
  formatExceptionContext,
} from "./exception-handler.ts";
import { current, useStorage } from "./frame.ts";
import { Future, UnseenErrorCheck } from "./future.ts";
import { Handle, type ReadyEntry, TimerHandle } from "./handle.ts";
import type { Host } from "./host.ts";
import { type Instrument, tellWoken } from "./instrument.ts";
import { LinkedList } from "./linked-list.ts";
import type { EventLoop } from "./loop.ts";
import type { CallOptions, EventLoopOptions, TaskFactory } from "./loop-options.ts";
import { reportTo } from "./report.ts";
import { Ring } from "./ring.ts";
import { type Awaitable, iscoroutinefunction, type TaskSource } from "./source.ts";
import { PLAIN, Task, type TaskOptions } from "./task.ts";
import { type Timer, TimerHeap } from "./timer-heap.ts";

/** How long a loop runs before it lets the host have a turn (I/O, timers of others), in milliseconds. */
const TURN = 8;
/** After how many ready entries the clock is looked at, and after how many looks the turn ends in any case. */
const CLOCK_CHECK = 32;
const MAX_CHECKS = 256;

if (storage !== undefined) useStorage(storage);

function invoke(fn: () => unknown): unknown {
  return fn();
}

/** What the loop keeps in its timer heap: something that goes into the ready queue at its time. @internal */
export type TimedEntry = Timer & ReadyEntry;

/**
 * The scheduler of {@link EventLoop}: runs callbacks and tasks, one after the other, on the one thread there is.
 *
 * One iteration: timers that are due join the ready queue, then everything that is ready *now* runs; what that makes
 * ready waits for the next iteration. After each entry that touched native code the microtask queue is drained, so that
 * a step of an async function is as atomic as a step of a generator.
 */
export abstract class BaseEventLoop {
  /** How long a step may take before debug mode reports it, in milliseconds. */
  slowCallbackDuration = 100;
  /** How many tasks ended normally although they had been asked to stop: somebody caught the CancelledError. */
  swallowedCancellations = 0;
  /** @internal */
  readonly _host: Host;
  /** @internal */
  readonly _instrument: Instrument | null;
  /** @internal */
  readonly _timers: TimerHeap<TimedEntry> = new TimerHeap();
  /** The entry that ran last may have left microtasks behind. @internal */
  _needsDrain = false;
  /** How many waits there are that only something outside of the loop can end. @internal */
  _foreign = 0;
  /** Async generators that are still open. @internal */
  readonly _asyncgens: Set<OpenAsyncGenerator> = new Set();
  readonly #ready = new Ring<ReadyEntry>();
  readonly #tasks = new LinkedList<Task<unknown>>();
  /** How many ready entries are left in this iteration. */
  #left = 0;
  /** The turn goes on when the host has drained the microtasks. */
  #draining = false;
  /** What was current before the turn. */
  #outer: Pick<typeof current, "loop" | "debug" | "frame"> = { loop: null, debug: false, frame: null };
  #turnEnd = 0;
  #untilCheck = CLOCK_CHECK;
  #checksLeft = 0;
  #running = false;
  #closed = false;
  #stopping = false;
  /** Whether an iteration has begun since the start: a stop() before the run lets it do one. */
  #iterated = false;
  /** A turn is under way, or asked for: what becomes ready will be seen. */
  #awake = false;
  #turn: () => void = () => {};
  /** Calls a function in the asynchronous context in which the loop was started. */
  #atRoot: (fn: () => unknown) => unknown = invoke;
  #stopped: (error?: Error) => void = () => {};
  #exceptionHandler: ExceptionHandler | null = null;
  #taskFactory: TaskFactory | null = null;
  #debug: DebugMode | null;
  /** The options of most tasks, made once. */
  readonly #plain = { loop: this.#self };

  constructor(options: EventLoopOptions = {}) {
    this._host = options.host ?? createHost();
    this._instrument = options.instrument ?? null;
    this.#debug = (options.debug ?? this._host.debug) ? new DebugMode(this.#self) : null;
  }

  /** There is no other kind of loop. */
  get #self(): EventLoop {
    return this as unknown as EventLoop;
  }

  // ── running ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Runs until {@link stop}. Rejects with DeadlockError when nothing can ever wake it any more. */
  async runForever(): Promise<void> {
    this.#checkClosed();
    this.#checkNotRunning();
    await new Promise<void>((resolve, reject) => {
      this.#start((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /**
   * Runs until `awaitable` is done, and gives its result.
   *
   * @throws RuntimeError when the loop runs already, is closed, or was stopped before.
   */
  async runUntilComplete<T>(awaitable: Awaitable<T>): Promise<T> {
    this.#checkClosed();
    this.#checkNotRunning();
    const future = ensureFuture(awaitable, { loop: this.#self });
    if (future !== awaitable && future instanceof Task) future._unowned = true;
    const stop = (): void => this.stop();
    future.addDoneCallback(stop);
    try {
      await this.runForever();
    } finally {
      future.removeDoneCallback(stop);
    }
    if (!future.done()) throw new RuntimeError("Event loop stopped before Future completed.");
    return future.result();
  }

  /**
   * As {@link runUntilComplete}, but inside of this call: on a host that can step by itself (the virtual one of
   * `asyncio-ts/testing`), for coroutines that need no native code.
   *
   * @throws RuntimeError when the host or the coroutine can't do so; DeadlockError when nothing can wake it.
   */
  runSync<T>(awaitable: Awaitable<T>): T {
    this.#checkClosed();
    this.#checkNotRunning();
    if (this._host.runSync === undefined) throw new RuntimeError("runSync() needs a host that can step by itself");
    const future = ensureFuture(awaitable, { loop: this.#self });
    const stop = (): void => this.stop();
    future.addDoneCallback(stop);
    let failure: Error | undefined;
    this.#start((error) => {
      failure = error;
    });
    this._host.runSync();
    if (this.#running)
      this.#halt(new RuntimeError("the coroutine needs native code, which can't run inside of a call"));
    future.removeDoneCallback(stop);
    if (failure !== undefined) throw failure;
    if (!future.done()) throw new RuntimeError("Event loop stopped before Future completed.");
    return future.result();
  }

  #start(stopped: (error?: Error) => void): void {
    this.#running = true;
    startedLoop(this.#self);
    const unwatch = this._host.watch(() => this.#stuck());
    this.#bind();
    this.#stopped = (error) => {
      unwatch();
      stopped(error);
    };
    this.#wake();
  }

  /** Runs by itself whenever there is something to do, and keeps no process alive. @internal */
  _runAmbient(): void {
    this.#running = true;
    this.#bind();
    this.#stopped = (error) => this._host.report(formatError(error));
  }

  #bind(): void {
    this.#turn = this._host.bind(() => this.#spin());
    this.#atRoot = this._host.bind(invoke);
  }

  /** Ends the run after the present iteration; before a run, lets it do one iteration. */
  stop(): void {
    this.#stopping = true;
    if (this.#running && !this.#awake) this.#wake();
  }

  isRunning(): boolean {
    return this.#running;
  }

  isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Drops what is scheduled and makes the loop unusable. Tasks that are not finished are reported.
   *
   * @throws RuntimeError while it runs.
   */
  close(): void {
    if (this.#running) throw new RuntimeError("Cannot close a running event loop");
    if (this.#closed) return;
    for (const task of this.#tasks) {
      if (!task._unowned)
        this.callExceptionHandler({ message: "Task was destroyed but it is pending!", task, ...traceOf.entry(task) });
    }
    while (this.#ready.length > 0) {
      const entry = this.#ready.shift();
      if (entry instanceof UnseenErrorCheck) entry._run();
    }
    this.#debug?.close();
    this.#closed = true;
    this._timers.clear();
    this._host.rest();
  }

  /** The loop's clock: milliseconds, never going back. */
  time(): number {
    return this._host.time();
  }

  // ── scheduling ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Calls `fn` in the next iteration, in the order of the calls. */
  callSoon<A extends readonly unknown[]>(fn: (...args: A) => unknown, options: CallOptions<A> = {}): Handle {
    const handle = this._handleFor("callSoon", fn, options);
    this._enqueue(handle);
    return handle;
  }

  /** Calls `fn` after `delay` milliseconds. Callbacks that are due together run in the order of the calls. */
  callLater<A extends readonly unknown[]>(
    delay: number,
    fn: (...args: A) => unknown,
    options: CallOptions<A> = {},
  ): TimerHandle {
    checkTime("callLater", "delay", delay);
    return this.callAt(this.time() + delay, fn, options);
  }

  /** Calls `fn` at loop time `when`. */
  callAt<A extends readonly unknown[]>(
    when: number,
    fn: (...args: A) => unknown,
    options: CallOptions<A> = {},
  ): TimerHandle {
    checkTime("callAt", "when", when);
    const timer = new TimerHandle(this.#self, when, this.#checkCall("callAt", fn, options));
    this._schedule(timer, when);
    return timer;
  }

  createFuture<T>(): Future<T> {
    return new Future<T>({ loop: this.#self });
  }

  /**
   * Makes a task of a coroutine; it starts in the next iteration.
   *
   * @throws TypeError when `source` is no coroutine; RuntimeError when the loop is closed.
   */
  createTask<T>(source: TaskSource<T>, options: TaskOptions = PLAIN): Task<T> {
    this.#checkClosed();
    if (this.#taskFactory !== null) return this.#taskFactory(this.#self, source, options);
    return new Task<T>(source, options === PLAIN ? this.#plain : { ...options, loop: this.#self });
  }

  /** Sets what makes the tasks; null for the default. */
  setTaskFactory(factory: TaskFactory | null): void {
    if (factory !== null && typeof factory !== "function") {
      throw new TypeError(`setTaskFactory() needs a function or null, got ${describeValue(factory)}`);
    }
    this.#taskFactory = factory;
  }

  getTaskFactory(): TaskFactory | null {
    return this.#taskFactory;
  }

  /** Closes the async generators given to `aclosing()`, and those of the generator spelling, that are still open. */
  shutdownAsyncgens(): Coroutine<void> {
    return shutdownAsyncgens(this.#self);
  }

  // ── reports ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sets what is called with errors that nothing else takes; null for the default, which prints them. */
  setExceptionHandler(handler: ExceptionHandler | null): void {
    if (handler !== null && typeof handler !== "function") {
      throw new TypeError(`setExceptionHandler() needs a function or null, got ${describeValue(handler)}`);
    }
    this.#exceptionHandler = handler;
  }

  getExceptionHandler(): ExceptionHandler | null {
    return this.#exceptionHandler;
  }

  /** Prints the report to the console's error stream. */
  defaultExceptionHandler(context: ExceptionContext): void {
    this._host.report(formatExceptionContext(context));
  }

  /** Reports to the exception handler, in the context of the task, handle or future concerned. Never throws. */
  callExceptionHandler(context: ExceptionContext): void {
    reportTo(this.#self, this.#exceptionHandler, context);
  }

  getDebug(): boolean {
    return this.#debug !== null;
  }

  setDebug(on: boolean): void {
    this.#debug = on ? (this.#debug ?? new DebugMode(this.#self)) : null;
  }

  // ── for the rest of the core ─────────────────────────────────────────────────────────────────────────────────────

  /** A handle for `fn`, not scheduled yet. @internal */
  _handleFor<A extends readonly unknown[]>(
    method: string,
    fn: (...args: A) => unknown,
    options: CallOptions<A>,
  ): Handle {
    const call = this.#checkCall(method, fn, options);
    return new Handle(this.#self, call.fn, call.args, call.context);
  }

  /** @internal */
  _enqueue(entry: ReadyEntry): void {
    if (this.#closed) throw new RuntimeError("Event loop is closed");
    this.#ready.push(entry);
    if (this._instrument !== null) tellWoken(this._instrument, entry);
    if (!this.#awake && this.#running) this.#wake();
  }

  /**
   * Runs an event of the platform, from a callback outside of every turn: at once, as an iteration of its own, when the
   * loop has nothing else to do; else when its turn comes. That spares the platform a macrotask for each event.
   *
   * @internal
   */
  _runEvent(event: ReadyEntry): void {
    if (this.#closed) return;
    // Not inside of another loop's turn either, whose microtasks may be what has led here.
    if (this.#awake || !this.#running || current.loop !== null) {
      this._enqueue(event);
      return;
    }
    this.#ready.push(event);
    this.#spin();
  }

  /**
   * Calls `fn` where what it opens belongs to the loop and to no task: callbacks of the platform run in the asynchronous
   * context in which they were registered.
   *
   * @internal
   */
  _outside<T>(fn: () => T): T {
    const previous = current.frame;
    current.frame = null;
    try {
      return this.#atRoot(fn) as T;
    } finally {
      current.frame = previous;
    }
  }

  /** @internal */
  _schedule(timer: TimedEntry, when: number): void {
    this._timers.push(timer, when);
    // Outside of a turn, in code that a promise of the platform has resumed, the host's alarm has to be set anew.
    if (!this.#awake && this.#running) this.#wake();
  }

  /** @internal */
  _register(task: Task<unknown>): void {
    this.#tasks.add(task);
  }

  /** @internal */
  _unregister(task: Task<unknown>): void {
    this.#tasks.remove(task);
  }

  /** @internal */
  _unfinished(): Iterable<Task<unknown>> {
    return this.#tasks;
  }

  /** @internal */
  _debugMode(): DebugMode | null {
    return this.#debug;
  }

  /** @internal */
  _countSwallowed(task: Task<unknown>): void {
    this.swallowedCancellations++;
    this.#debug?.swallowed(task);
  }

  // ── the turn ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #wake(): void {
    this.#awake = true;
    this._host.wake(this.#turn);
  }

  /** One turn of the host: iterations until nothing is ready, the loop is stopped, or the host's share is used up. */
  #spin(): void {
    if (!this.#running) return;
    if (!this.#draining) this.#outer = { loop: current.loop, debug: current.debug, frame: current.frame };
    this.#draining = false;
    current.loop = this.#self;
    current.debug = this.#debug !== null;
    current.frame = null;
    current.storage.reset?.();
    this.#awake = true;
    try {
      this.#iterate();
    } finally {
      // While the host drains the microtasks after the turn, they are still of this loop.
      if (!this.#draining) {
        current.loop = this.#outer.loop;
        current.debug = this.#outer.debug;
        current.frame = this.#outer.frame;
      }
    }
  }

  #iterate(): void {
    this.#turnEnd = this._host.time() + TURN;
    this.#checksLeft = MAX_CHECKS;
    while (this.#runReady()) {
      if (this.#stopping && this.#iterated) {
        this.#halt();
        return;
      }
      this.#ripen();
      this.#left = this.#ready.length;
      this.#iterated = true;
      if (this.#left === 0 && !this.#stopping) {
        this.#awake = false;
        this._host.idle(this._timers.next(), this._foreign > 0, this.#turn);
        return;
      }
    }
  }

  /** Runs what is left of the iteration; false when the turn had to end before. */
  #runReady(): boolean {
    while (this.#left > 0) {
      this.#left--;
      this.#runNext();
      if (this._needsDrain && !this.#drained()) return false;
      if (--this.#untilCheck === 0 && this.#turnIsOver()) {
        this.#wake();
        return false;
      }
    }
    return true;
  }

  #turnIsOver(): boolean {
    this.#untilCheck = CLOCK_CHECK;
    return --this.#checksLeft === 0 || this._host.time() > this.#turnEnd;
  }

  /** The one place where the loop decides what runs next: first come, first served. */
  #runNext(): void {
    const entry = this.#ready.shift();
    if (this.#debug === null) entry._run();
    else this.#debug.run(entry, () => this._needsDrain && this._host.drain?.());
  }

  /** Moves the timers that are due to the ready queue, in the order (when, insertion). */
  #ripen(): void {
    let next = this._timers.next();
    if (next === undefined) return;
    const horizon = this._host.time() + this._host.resolution;
    while (next !== undefined && next <= horizon) {
      this.#ready.push(this._timers.pop());
      next = this._timers.next();
    }
  }

  /** Drains the microtasks; false when the host can only do so by ending this turn. */
  #drained(): boolean {
    this._needsDrain = false;
    if (this._host.drain === undefined) {
      this.#draining = true;
      this._host.afterDrain(this.#turn);
      return false;
    }
    this._host.drain();
    current.storage.reset?.();
    return true;
  }

  #halt(error?: Error): void {
    this.#running = false;
    this.#stopping = false;
    this.#awake = false;
    this.#iterated = false;
    stoppedLoop(this.#self);
    this._host.rest();
    this.#stopped(error);
  }

  #stuck(): void {
    if (this.#running && !this.#awake) this.#halt(deadlockError(this.#self));
  }

  #checkClosed(): void {
    if (this.#closed) throw new RuntimeError("Event loop is closed");
  }

  #checkNotRunning(): void {
    if (this.#running) throw new RuntimeError("This event loop is already running");
    const enclosing = enclosingLoop();
    if (enclosing?.isRunning()) throw new RuntimeError("Cannot run the event loop while another loop is running");
  }

  #checkCall<A extends readonly unknown[]>(
    name: string,
    fn: (...args: A) => unknown,
    options: CallOptions<A>,
  ): { fn: (...args: never[]) => unknown; args: readonly unknown[]; context: Context } {
    this.#checkClosed();
    if (typeof fn !== "function") throw new TypeError(`${name}() needs a function, got ${describeValue(fn)}`);
    if (this.#debug !== null && iscoroutinefunction(fn)) {
      throw new TypeError(`coroutines cannot be used with ${name}(): use createTask()`);
    }
    return {
      fn: fn,
      args: options.args ?? [],
      context: options.context ?? copyContext(),
    };
  }
}
