import { io } from "#host";
import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { RuntimeError, TimeoutError } from "./errors.ts";
import type { Executor, ExecutorFunction } from "./executor.ts";
import type { Future } from "./future.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import type { EventLoop } from "./loop.ts";
import { startParked } from "./park.ts";
import { timeout } from "./timeout.ts";

/** The executor that a loop uses when none is named, made when it is first needed. */
export class DefaultExecutor {
  #executor: Executor | null = null;
  #shutDown = false;

  get current(): Executor | null {
    return this.#executor;
  }

  run(loop: EventLoop, executor: Executor | null, fn: ExecutorFunction, args: readonly unknown[]): Future<unknown> {
    if (loop.isClosed()) throw new RuntimeError("Event loop is closed");
    if (typeof fn !== "function") throw new TypeError(`runInExecutor() needs a function, got ${describeValue(fn)}`);
    if (executor !== null) checkExecutor("runInExecutor", executor);
    const target = executor ?? this.#get();
    return startParked(loop, (wait) => target.submit(fn, args, wait));
  }

  replace(executor: Executor): void {
    checkExecutor("setDefaultExecutor", executor);
    this.#executor = executor;
  }

  /** As CPython: whatever is under way goes on, and nobody waits for it. */
  close(): void {
    this.#shutDown = true;
    this.#executor?.close?.();
    this.#executor = null;
  }

  shutdown(loop: EventLoop, limit: number | null): Coroutine<void> {
    return new GeneratorCoroutine(this.#finish(loop, limit), "shutdownDefaultExecutor");
  }

  *#finish(loop: EventLoop, limit: number | null): CoroutineGenerator<void> {
    this.#shutDown = true;
    const executor = this.#executor;
    if (executor === null) return;
    try {
      yield* timeout(limit, () => executor.shutdown());
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      loop.callExceptionHandler({
        message: `shutdownDefaultExecutor(): calls are still under way after ${limit} ms, and are left alone`,
      });
    }
  }

  #get(): Executor {
    if (this.#shutDown) throw new RuntimeError("Executor shutdown has been called");
    if (io === undefined) throw new RuntimeError("runInExecutor(): this platform has no executor of its own");
    this.#executor ??= io.createExecutor();
    return this.#executor;
  }
}

function checkExecutor(method: string, executor: Executor): void {
  if (typeof (executor as Partial<Executor> | undefined)?.submit === "function") return;
  throw new TypeError(`${method}() needs an executor, got ${describeValue(executor)}`);
}
