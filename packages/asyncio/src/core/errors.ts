/**
 * Every error of the core.
 *
 * ```
 * Error
 * ├─ CancelledError        the task, or what it waited for, was asked to stop
 * ├─ TimeoutError          a deadline passed (never a CancelledError)
 * ├─ InvalidStateError     a future is not in the state that the call needs
 * ├─ ValueError            an argument of the right type with a wrong value
 * │  └─ UnicodeError
 * │     ├─ UnicodeDecodeError   bytes that are no text in this encoding
 * │     └─ UnicodeEncodeError   a character that the encoding does not have
 * ├─ LookupError           a context variable without a value; an unknown encoding
 * ├─ QueueEmpty            getNowait() on an empty queue
 * ├─ QueueFull             putNowait() on a full queue
 * ├─ QueueShutDown         put(), or get() with nothing left, after shutdown()
 * ├─ KeyboardInterrupt     Ctrl-C ended run()
 * ├─ IncompleteReadError   the stream ended in the middle of what was to be read
 * ├─ LimitOverrunError     no separator within the limit of a StreamReader
 * ├─ OSError               the operating system refused; `code` says why, as everywhere on Node
 * │  ├─ ConnectionError
 * │  │  ├─ BrokenPipeError          EPIPE: the other side does not read any more
 * │  │  ├─ ConnectionAbortedError   ECONNABORTED
 * │  │  ├─ ConnectionRefusedError   ECONNREFUSED: nobody listens there
 * │  │  └─ ConnectionResetError     ECONNRESET: the other side has cut the connection
 * │  ├─ FileExistsError    EEXIST
 * │  ├─ FileNotFoundError  ENOENT: no such file, or program
 * │  ├─ GaiError           a name that DNS does not know, or no answer
 * │  ├─ PermissionError    EACCES, EPERM
 * │  ├─ ProcessLookupError the process has ended
 * │  ├─ SSLError           TLS: the handshake failed, or the peer broke the protocol
 * │  │  └─ SSLCertVerificationError   the certificate is not one to trust, or not this host's
 * │  └─ UnsupportedOperation   reading a file that is open for writing only, seeking in a pipe
 * └─ RuntimeError          a call that makes no sense in the present state
 *    ├─ BrokenBarrierError a barrier was aborted, or reset while tasks waited
 *    ├─ BrokenExecutorError  the thread or the process that ran a call has died
 *    ├─ DeadlockError      nothing can ever wake the program up
 *    └─ SendfileNotAvailableError   sendfile() without a fallback, where the platform has none
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

/** Text could not be encoded, or decoded. */
export class UnicodeError extends ValueError {
  static {
    this.prototype.name = "UnicodeError";
  }

  /** The encoding, as Python calls it. */
  readonly encoding: string;
  /** Where: in bytes from the beginning of the file when decoding, in characters of the text when encoding. */
  readonly start: number;
  readonly reason: string;

  constructor(message: string, details: Pick<UnicodeError, "encoding" | "start" | "reason">) {
    super(message);
    this.encoding = details.encoding;
    this.start = details.start;
    this.reason = details.reason;
  }
}

/** Bytes that are no text in this encoding. */
export class UnicodeDecodeError extends UnicodeError {
  static {
    this.prototype.name = "UnicodeDecodeError";
  }
}

/** A character that the encoding does not have. */
export class UnicodeEncodeError extends UnicodeError {
  static {
    this.prototype.name = "UnicodeEncodeError";
  }
}

/** A {@link ContextVar} has no value in this context and no default; or an encoding is not known. */
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

/** The thread or the process that ran a call has ended before the call did: it exited, crashed or ran out of memory. */
export class BrokenExecutorError extends RuntimeError {
  static {
    this.prototype.name = "BrokenExecutorError";
  }
}

/** Nothing can ever wake the program up: no callback, no timer, no I/O. The message shows who waits for whom. */
export class DeadlockError extends RuntimeError {
  static {
    this.prototype.name = "DeadlockError";
  }
}

/** `sendfile()` was told not to fall back on reading and writing, and the platform has nothing else. */
export class SendfileNotAvailableError extends RuntimeError {
  static {
    this.prototype.name = "SendfileNotAvailableError";
  }
}

/** The stream ended before as many bytes, or the separator, had come. */
export class IncompleteReadError extends Error {
  static {
    this.prototype.name = "IncompleteReadError";
  }

  /** What had come before the end. */
  readonly partial: Uint8Array;
  /** How many bytes were wanted; null when it was a separator. */
  readonly expected: number | null;

  constructor(partial: Uint8Array, expected: number | null) {
    super(`${partial.length} bytes read on a total of ${expected ?? "undefined"} expected bytes`);
    this.partial = partial;
    this.expected = expected;
  }
}

/** The separator was not found within the limit of a `StreamReader`. The data is still in its buffer. */
export class LimitOverrunError extends Error {
  static {
    this.prototype.name = "LimitOverrunError";
  }

  /** How many bytes of the buffer can be dropped without losing the beginning of a separator. */
  readonly consumed: number;

  constructor(message: string, consumed: number) {
    super(message);
    this.consumed = consumed;
  }
}

/** What is known of a failed call of the operating system. */
export interface OSErrorDetails {
  readonly code?: string | undefined;
  readonly errno?: number | undefined;
  readonly syscall?: string | undefined;
  readonly cause?: unknown;
}

/** The operating system refused something. The subclasses are what one catches; `code` tells all cases apart. */
export class OSError extends Error {
  static {
    this.prototype.name = "OSError";
  }

  /** As on Node: `"EADDRINUSE"`, say. */
  readonly code: string | undefined;
  /** The number of the error, negative as on Node. */
  readonly errno: number | undefined;
  /** What was called: `"connect"`, `"listen"`. */
  readonly syscall: string | undefined;

  constructor(message: string, details: OSErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.errno = details.errno;
    this.syscall = details.syscall;
  }
}

/** Something about a connection; the subclasses say what. */
export class ConnectionError extends OSError {
  static {
    this.prototype.name = "ConnectionError";
  }
}

/** Written to something whose other side does not read any more. */
export class BrokenPipeError extends ConnectionError {
  static {
    this.prototype.name = "BrokenPipeError";
  }
}

/** The connection was given up while it was being made. */
export class ConnectionAbortedError extends ConnectionError {
  static {
    this.prototype.name = "ConnectionAbortedError";
  }
}

/** Nobody listens at that address. */
export class ConnectionRefusedError extends ConnectionError {
  static {
    this.prototype.name = "ConnectionRefusedError";
  }
}

/** The other side has cut the connection. An orderly end is no error: reading gives what came, then nothing. */
export class ConnectionResetError extends ConnectionError {
  static {
    this.prototype.name = "ConnectionResetError";
  }
}

/** The file was to be made, and is there already. */
export class FileExistsError extends OSError {
  static {
    this.prototype.name = "FileExistsError";
  }
}

/** There is no such file, or no such program. */
export class FileNotFoundError extends OSError {
  static {
    this.prototype.name = "FileNotFoundError";
  }
}

/** A name could not be resolved. */
export class GaiError extends OSError {
  static {
    this.prototype.name = "GaiError";
  }
}

/** The operating system does not allow it. */
export class PermissionError extends OSError {
  static {
    this.prototype.name = "PermissionError";
  }
}

/** The process has ended, so no signal can be sent to it. */
export class ProcessLookupError extends OSError {
  static {
    this.prototype.name = "ProcessLookupError";
  }
}

/** TLS: the handshake failed, or the other side broke the protocol. */
export class SSLError extends OSError {
  static {
    this.prototype.name = "SSLError";
  }
}

/** The certificate of the other side is not one to trust, has expired, or belongs to another host. */
export class SSLCertVerificationError extends SSLError {
  static {
    this.prototype.name = "SSLCertVerificationError";
  }
}

/** Something that the file can't do: reading what is open for writing only, seeking in a pipe. */
export class UnsupportedOperation extends OSError {
  static {
    this.prototype.name = "UnsupportedOperation";
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
