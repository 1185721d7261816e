import { checkDeadline } from "../../core/check-time.ts";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { describeValue } from "../../core/describe.ts";
import {
  BrokenPipeError,
  ConnectionResetError,
  ProcessLookupError,
  TimeoutError,
  timeoutError,
} from "../../core/errors.ts";
import { gather } from "../../core/gather.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { StreamReader } from "../../core/stream-reader.ts";
import type { StreamWriter } from "../../core/stream-writer.ts";
import { type Timeout, timeout } from "../../core/timeout.ts";
import type { SubprocessTransport } from "../../core/transports.ts";
import type { SubprocessStreamProtocol } from "./stream-protocol.ts";

/** What the pipes of a process gave, for stdout and stderr; null where there is no pipe. */
export type ProcessOutput = [stdout: Uint8Array | null, stderr: Uint8Array | null];

/** For {@link Process.communicate}. */
export interface CommunicateOptions {
  /** After so many milliseconds the process is killed; by default never. */
  readonly timeout?: number | null | undefined;
}

/**
 * A process that `createSubprocessExec()` or `createSubprocessShell()` has started.
 *
 * Disposing of it with `await using` kills the process, if it still runs, and waits for its end. asyncio has no such thing:
 * there a process that is forgotten is killed when it is collected, here when its loop is closed.
 */
export class Process implements AsyncDisposable {
  /** What the process reads; null when that is no pipe. Call its `drain()` after writing much. */
  readonly stdin: StreamWriter | null;
  /** What the process writes; null when that is no pipe. Read it, or the process waits once the pipe is full. */
  readonly stdout: StreamReader | null;
  /** As {@link stdout}; null also when it leads where stdout does. */
  readonly stderr: StreamReader | null;
  /** The number of the process. */
  readonly pid: number;
  readonly #transport: SubprocessTransport;
  readonly #protocol: SubprocessStreamProtocol;

  /** @internal */
  constructor(transport: SubprocessTransport, protocol: SubprocessStreamProtocol) {
    this.#transport = transport;
    this.#protocol = protocol;
    this.stdin = protocol.stdin;
    this.stdout = protocol.stdout;
    this.stderr = protocol.stderr;
    this.pid = transport.getPid();
  }

  /** The exit code; the negative number of the signal that ended the process; null while it runs. */
  get returncode(): number | null {
    return this.#transport.getReturncode();
  }

  /**
   * Waits until the process has ended, and gives its {@link returncode}. Any number of tasks may wait, and to cancel one
   * changes nothing for the process.
   *
   * It does not wait for the pipes. A process that writes more to a pipe than that holds waits until somebody reads: use
   * {@link communicate} then.
   */
  wait(): Coroutine<number> {
    return new GeneratorCoroutine(this.#wait(), "Process.wait");
  }

  *#wait(): CoroutineGenerator<number> {
    yield* this.#protocol.exited.wait("done");
    return this.returncode as number;
  }

  /**
   * Sends `input` and closes stdin, reads stdout and stderr to their ends, and waits for the end of the process. A process
   * that does not read its input is no error.
   *
   * When the wait is cancelled the process runs on, and what was read is lost. With a `timeout` the process is killed and
   * its end waited for: that is ours, asyncio has none.
   *
   * @throws TypeError for an `input` of another type; TypeError or ValueError for a wrong timeout. From the wait:
   * TimeoutError when the process took longer.
   */
  communicate(input: Uint8Array | string | null = null, options: CommunicateOptions = {}): Coroutine<ProcessOutput> {
    if (input !== null && typeof input !== "string" && !(input instanceof Uint8Array)) {
      throw new TypeError(`communicate(): input must be a Uint8Array, a string or null, got ${describeValue(input)}`);
    }
    const limit = options.timeout ?? null;
    checkDeadline("communicate", "timeout", limit);
    const talk = limit === null ? this.#communicate(input) : this.#communicateWithin(input, limit);
    return new GeneratorCoroutine(talk, "Process.communicate");
  }

  *#communicateWithin(input: Uint8Array | string | null, limit: number): CoroutineGenerator<ProcessOutput> {
    let deadline: Timeout | undefined;
    try {
      return yield* timeout(limit, (scope) => {
        deadline = scope;
        return this.#communicate(input);
      });
    } catch (error) {
      if (!(error instanceof TimeoutError) || deadline?.expired() !== true) throw error;
      yield* this.#end();
      throw timeoutError(`the process ${this.pid} did not end within ${limit} ms, and was killed`, error.cause);
    }
  }

  *#communicate(input: Uint8Array | string | null): CoroutineGenerator<ProcessOutput> {
    const [, stdout, stderr] = yield* gather([
      new GeneratorCoroutine(this.#feed(input), "Process.communicate: stdin"),
      new GeneratorCoroutine(this.#readAll(1, this.stdout), "Process.communicate: stdout"),
      new GeneratorCoroutine(this.#readAll(2, this.stderr), "Process.communicate: stderr"),
    ]);
    yield* this.wait();
    return [stdout, stderr];
  }

  *#feed(input: Uint8Array | string | null): CoroutineGenerator<void> {
    const { stdin } = this;
    if (stdin === null) return;
    try {
      if (input !== null) stdin.write(input);
      yield* stdin.drain();
    } catch (error) {
      if (!(error instanceof BrokenPipeError || error instanceof ConnectionResetError)) throw error;
    }
    stdin.close();
  }

  *#readAll(fd: 1 | 2, stream: StreamReader | null): CoroutineGenerator<Uint8Array | null> {
    if (stream === null) return null;
    const output = yield* stream.read();
    this.#transport.getPipeTransport(fd)?.close();
    return output;
  }

  /**
   * Sends a signal: `"SIGTERM"`, or its number.
   *
   * @throws ProcessLookupError when the process has ended; PermissionError; ValueError for an unknown signal.
   */
  sendSignal(signal: string | number): void {
    this.#transport.sendSignal(signal);
  }

  /** Asks the process to end: SIGTERM. @throws ProcessLookupError when it has ended. */
  terminate(): void {
    this.#transport.terminate();
  }

  /** Ends the process at once: SIGKILL. @throws ProcessLookupError when it has ended. */
  kill(): void {
    this.#transport.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new GeneratorCoroutine(this.#end(), "Process[Symbol.asyncDispose]");
  }

  /** Kills it, and waits until everything is over. That is soon, so it need not be cancelled, and is not. */
  *#end(): CoroutineGenerator<void> {
    try {
      if (this.returncode === null) this.kill();
    } catch (error) {
      // Not killed, not waited for: it belongs to another user.
      if (!(error instanceof ProcessLookupError)) throw error;
    } finally {
      this.#transport.close();
    }
    yield* this.#protocol.ended.wait("wait");
  }

  toString(): string {
    return `<Process ${this.pid}>`;
  }
}
