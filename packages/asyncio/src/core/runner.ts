import { type Context, copyContext } from "./context.ts";
import { enclosingLoop, setEventLoop } from "./current-loop.ts";
import { CancelledError, DeadlockError, KeyboardInterrupt, RuntimeError } from "./errors.ts";
import { gather } from "./gather.ts";
import { type EventLoop, newEventLoop } from "./loop.ts";
import type { TaskSource } from "./source.ts";

/** How long the calls in the default executor may take at the end of a run, in milliseconds. */
const EXECUTOR_SHUTDOWN = 300_000;

/** How {@link run} and {@link Runner} work. */
export interface RunnerOptions {
  /** Debug mode on or off; by default as the environment says. */
  readonly debug?: boolean;
  /** Makes the loop; by default {@link newEventLoop}. */
  readonly loopFactory?: () => EventLoop;
}

/**
 * Runs several main coroutines one after the other, on one loop and in one context.
 *
 * Ctrl-C cancels the main task, which can clean up; `run()` then rejects with KeyboardInterrupt. A second one ends the
 * process at once. Either way the exit code is 130.
 *
 * @example
 * ```ts
 * import { Runner, sleep } from "asyncio-ts";
 *
 * await using runner = new Runner();
 * console.log(await runner.run(() => sleep(1, "first")));
 * console.log(await runner.run(() => sleep(1, "second")));
 * ```
 */
export class Runner implements AsyncDisposable {
  readonly #options: RunnerOptions;
  #loop: EventLoop | null = null;
  #context: Context | null = null;
  #closed = false;

  constructor(options: RunnerOptions = {}) {
    this.#options = options;
  }

  /** The runner's loop, which is made when it is first needed. @throws RuntimeError when the runner is closed. */
  getLoop(): EventLoop {
    return this.#open().loop;
  }

  /**
   * Runs a coroutine to its end and gives its result.
   *
   * @throws RuntimeError inside of a running loop, or when the runner is closed; TypeError when `main` is no coroutine;
   * DeadlockError when nothing can wake the program any more; KeyboardInterrupt when Ctrl-C ended it.
   */
  async run<T>(main: TaskSource<T>, options: { readonly context?: Context } = {}): Promise<T> {
    if (enclosingLoop()?.isRunning()) {
      throw new RuntimeError("Runner.run() cannot be called from a running event loop: await the coroutine instead");
    }
    const { loop, context } = this.#open();
    if (loop.isRunning()) throw new RuntimeError("Runner.run() cannot be called while another run is under way");
    const task = loop.createTask(main, { context: options.context ?? context });
    let interrupted = false;
    let ended = false;
    const undo = loop._host.onInterrupt?.(() => {
      if (loop._handlesSignal("SIGINT")) return false;
      interrupted = true;
      task.cancel();
      return true;
    });
    try {
      return await loop.runUntilComplete(task);
    } catch (error) {
      ended = error instanceof CancelledError && interrupted && task.uncancel() === 0;
      throw ended ? new KeyboardInterrupt("Ctrl-C") : error;
    } finally {
      undo?.(ended);
    }
  }

  /** Cancels what is left, waits for it, closes the async generators and the loop. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const loop = this.#loop;
    if (loop === null) return;
    try {
      await cancelAllTasks(loop);
      await loop.runUntilComplete(loop.shutdownAsyncgens());
      await loop.runUntilComplete(loop.shutdownDefaultExecutor(EXECUTOR_SHUTDOWN));
    } finally {
      if (this.#options.loopFactory === undefined) setEventLoop(null);
      loop.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(): { readonly loop: EventLoop; readonly context: Context } {
    if (this.#closed) throw new RuntimeError("Runner is closed");
    if (this.#loop === null) {
      const { loopFactory, debug } = this.#options;
      this.#loop = (loopFactory ?? newEventLoop)();
      if (loopFactory === undefined) setEventLoop(this.#loop);
      if (debug !== undefined) this.#loop.setDebug(debug);
    }
    this.#context ??= copyContext();
    return { loop: this.#loop, context: this.#context };
  }
}

async function cancelAllTasks(loop: EventLoop): Promise<void> {
  const tasks = [...loop._unfinished()];
  if (tasks.length === 0) return;
  for (const task of tasks) task.cancel();
  await loop.runUntilComplete(gather(tasks, { returnExceptions: true }));
  for (const task of tasks) {
    if (task.cancelled()) continue;
    if (!task._failed()) continue;
    const exception = task._takeError();
    loop.callExceptionHandler({ message: "unhandled exception during asyncio.run() shutdown", exception, task });
  }
}

/**
 * Runs `main` on a new loop, and cleans up after it: tasks that are left are cancelled and awaited, async generators
 * closed. The entry point of a program.
 *
 * @throws as {@link Runner.run}.
 * @example
 * ```ts
 * import { run, sleep } from "asyncio-ts";
 *
 * console.log(await run(async () => await sleep(1, "done"))); // done
 * ```
 */
export async function run<T>(main: TaskSource<T>, options: RunnerOptions = {}): Promise<T> {
  if (enclosingLoop()?.isRunning()) {
    throw new RuntimeError("run() cannot be called from a running event loop: await the coroutine instead");
  }
  return runAndClose(new Runner(options), main);
}

/**
 * Runs `main` and closes the runner. A program that is stuck is stuck in its clean-up, too: the first report counts.
 */
async function runAndClose<T>(runner: Runner, main: TaskSource<T>): Promise<T> {
  let result: T;
  try {
    result = await runner.run(main);
  } catch (error) {
    await runner.close().catch((second: unknown) => {
      if (!(error instanceof DeadlockError)) throw second;
    });
    throw error;
  }
  await runner.close();
  return result;
}
