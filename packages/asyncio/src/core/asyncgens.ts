import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { runningLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { CancelledError, RuntimeError } from "./errors.ts";
import { gather } from "./gather.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import type { EventLoop } from "./loop.ts";
import { bodyOf, callBody } from "./native-call.ts";
import { currentTask, type Task } from "./task.ts";

/** What a loop closes at its end. @internal */
export interface OpenAsyncGenerator {
  /** What the user knows it as. */
  readonly _generator: unknown;
  return(): PromiseLike<unknown>;
}

/**
 * An async generator with an owner: closed by `await using`, and when the loop shuts down at the latest.
 */
export class Aclosing<T> implements AsyncIterable<T>, AsyncDisposable {
  /** @internal */
  readonly _generator: AsyncGenerator<T, unknown, undefined>;
  readonly #loop: EventLoop | null;
  #running = false;

  /** @internal */
  constructor(generator: AsyncGenerator<T, unknown, undefined>) {
    this._generator = generator;
    this.#loop = runningLoop();
    this.#loop?._asyncgens.add(this);
  }

  /** Runs the generator to its next value. @throws RuntimeError while it runs already. */
  async next(): Promise<IteratorResult<T, undefined>> {
    return this.#step("anext", () => this._generator.next());
  }

  /** Throws `error` into the generator, where it is suspended. @throws RuntimeError while it runs. */
  async throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    return this.#step("athrow", () => this._generator.throw(error));
  }

  /**
   * Closes the generator: its `finally` blocks run.
   *
   * @throws RuntimeError while it runs: the platform would let this call wait behind the other, perhaps for ever.
   */
  async return(): Promise<IteratorResult<T, undefined>> {
    return this.#step("aclose", () => this._generator.return(undefined));
  }

  /** Leaving a `for await` does not close the generator: its owner does. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return { next: () => this.next() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #step(name: string, resume: () => Promise<IteratorResult<T, unknown>>): Promise<IteratorResult<T, undefined>> {
    if (this.#running) throw new RuntimeError(`${name}(): asynchronous generator is already running`);
    this.#running = true;
    try {
      const step = await resume();
      if (!step.done) return step;
      this.#loop?._asyncgens.delete(this);
      return { done: true, value: undefined };
    } catch (error) {
      // It has ended by the error.
      this.#loop?._asyncgens.delete(this);
      throw error;
    } finally {
      this.#running = false;
    }
  }
}

/**
 * Gives an async generator an owner, so that its `finally` blocks run for sure: at the end of the block, and else when
 * the loop shuts down.
 *
 * @throws TypeError when `generator` is no async generator.
 * @example
 * ```ts
 * import { aclosing, run, sleep } from "asyncio-ts";
 *
 * async function* ticks() {
 *   try {
 *     for (let i = 0; ; i++) {
 *       await sleep(1);
 *       yield i;
 *     }
 *   } finally {
 *     console.log("closed");
 *   }
 * }
 * await run(async () => {
 *   await using numbers = aclosing(ticks());
 *   for await (const n of numbers) if (n === 2) break;
 * });
 * ```
 */
export function aclosing<T>(generator: AsyncGenerator<T, unknown, undefined>): Aclosing<T> {
  const candidate = generator as Partial<AsyncGenerator<T>> | null | undefined;
  if (typeof candidate?.next !== "function" || typeof candidate.return !== "function") {
    throw new TypeError(`aclosing() needs an async generator, got ${describeValue(generator)}`);
  }
  return new Aclosing(generator);
}

/** @internal */
export function shutdownAsyncgens(loop: EventLoop): Coroutine<void> {
  return new GeneratorCoroutine(closeAll(loop), "shutdownAsyncgens");
}

function* closeAll(loop: EventLoop): CoroutineGenerator<void> {
  const open = [...loop._asyncgens];
  loop._asyncgens.clear();
  if (open.length === 0) return;
  const closings = open.map((asyncgen) => close(asyncgen));
  const outcomes: readonly unknown[] = yield* gather(closings, { returnExceptions: true });
  for (const [i, exception] of outcomes.entries()) {
    if (!(exception instanceof Error) || exception instanceof CancelledError) continue;
    const message = "an error occurred during closing of asynchronous generator";
    loop.callExceptionHandler({ message, exception, asyncgen: open[i]?._generator });
  }
}

function* close(asyncgen: OpenAsyncGenerator): CoroutineGenerator<void> {
  const closing = callBody(() => asyncgen.return());
  yield* bodyOf(closing, currentTask() as Task);
}
