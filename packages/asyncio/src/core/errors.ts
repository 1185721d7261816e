/**
 * Every error of the core.
 *
 * ```
 * Error
 * ├─ CancelledError        the task, or what it waited for, was asked to stop
 * ├─ TimeoutError          a deadline passed (never a CancelledError)
 * ├─ InvalidStateError     a future is not in the state that the call needs
 * ├─ ValueError            an argument of the right type with a wrong value
 * ├─ LookupError           a context variable without a value
 * ├─ QueueEmpty            getNowait() on an empty queue
 * ├─ QueueFull             putNowait() on a full queue
 * ├─ QueueShutDown         put(), or get() with nothing left, after shutdown()
 * ├─ KeyboardInterrupt     Ctrl-C ended run()
 * └─ RuntimeError          a call that makes no sense in the present state
 *    ├─ BrokenBarrierError a barrier was aborted, or reset while tasks waited
 *    └─ DeadlockError      nothing can ever wake the program up
 * AggregateError
 * └─ ExceptionGroup        exception-group.ts
 * ```
 *
 * A wrong *type* of argument is JavaScript's own `TypeError`.
 */

/**
 * The task, or the thing it waited for, was cancelled.
 *
 * JavaScript's `catch` sees it like any other error (in Python it is a `BaseException`): a handler that is not meant for
 * it throws it on, see {@link rethrowIfCancelled}. Its `message` is what `cancel(message)` was given, else empty.
 */
export class CancelledError extends Error {
  static {
    this.prototype.name = "CancelledError";
  }
}

/** A deadline passed: `timeout()`, `timeoutAt()`, `waitFor()`, `asCompleted()`, `failAfter()`. */
export class TimeoutError extends Error {
  static {
    this.prototype.name = "TimeoutError";
  }
}

/** A future is not in the state that the call needs: the result of a pending one, or a second result. */
export class InvalidStateError extends Error {
  static {
    this.prototype.name = "InvalidStateError";
  }
}

/** An argument has the right type and a value that makes no sense. For a wrong type expect a `TypeError`. */
export class ValueError extends Error {
  static {
    this.prototype.name = "ValueError";
  }
}

/** A {@link ContextVar} has no value in this context and no default. */
export class LookupError extends Error {
  static {
    this.prototype.name = "LookupError";
  }
}

/** `getNowait()` found the queue empty. `get()` waits instead. */
export class QueueEmpty extends Error {
  static {
    this.prototype.name = "QueueEmpty";
  }
}

/** `putNowait()` found the queue full. `put()` waits instead. */
export class QueueFull extends Error {
  static {
    this.prototype.name = "QueueFull";
  }
}

/** The queue was shut down: nothing can be put any more, and for a `get()` nothing is left. */
export class QueueShutDown extends Error {
  static {
    this.prototype.name = "QueueShutDown";
  }
}

/** Ctrl-C ended `run()`. The process's exit code is already set to 130. */
export class KeyboardInterrupt extends Error {
  static {
    this.prototype.name = "KeyboardInterrupt";
  }
}

/** A call that makes no sense in the present state: a closed loop, a lock that is not held, a coroutine used twice. */
export class RuntimeError extends Error {
  static {
    this.prototype.name = "RuntimeError";
  }
}

/** The barrier was aborted, or reset while tasks were waiting at it. */
export class BrokenBarrierError extends RuntimeError {
  static {
    this.prototype.name = "BrokenBarrierError";
  }
}

/** Nothing can ever wake the program up: no callback, no timer, no I/O. The message shows who waits for whom. */
export class DeadlockError extends RuntimeError {
  static {
    this.prototype.name = "DeadlockError";
  }
}

/**
 * Throws `error` on when it is a {@link CancelledError}: the first line of a `catch` that handles everything else.
 *
 * @example
 * ```ts
 * import { rethrowIfCancelled, sleep } from "asyncio-ts";
 *
 * async function poll() {
 *   try {
 *     await sleep(5);
 *   } catch (error) {
 *     rethrowIfCancelled(error);
 *     console.log("failed, going on", error);
 *   }
 * }
 * await poll();
 * ```
 */
export function rethrowIfCancelled(error: unknown): void {
  if (error instanceof CancelledError) throw error;
}

const FRAMES = 50;

/** A TimeoutError whose stack reaches beyond the frames of the library, to who was waiting. @internal */
export function timeoutError(message: string, cause?: unknown): TimeoutError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const error = new TimeoutError(message, cause === undefined ? undefined : { cause });
  if (limit !== undefined) Error.stackTraceLimit = limit;
  return error;
}

/**
 * The CancelledError for a cancel request with `message`. Its stack would hold nothing but frames of the loop, so it is
 * made without one, at a third of the cost; in debug mode it gets the place of the wait, see `traceOf.tellPlace()`.
 *
 * @internal
 */
export function cancelledError(message: unknown): CancelledError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new CancelledError(message === undefined || message === null ? "" : String(message));
  if (limit !== undefined) Error.stackTraceLimit = limit;
  return error;
}
