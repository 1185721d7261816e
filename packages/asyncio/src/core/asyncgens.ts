import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { runningLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { gather } from "./gather.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import type { EventLoop } from "./loop.ts";

/** What a loop closes at its end. @internal */
export interface OpenAsyncGenerator {
  return(value?: unknown): PromiseLike<unknown>;
}

/**
 * An async generator with an owner: closed by `await using`, and when the loop shuts down at the latest.
 */
export class Aclosing<T> implements AsyncIterableIterator<T>, AsyncDisposable {
  readonly #generator: AsyncGenerator<T, unknown, undefined>;
  readonly #loop: EventLoop | null;

  /** @internal */
  constructor(generator: AsyncGenerator<T, unknown, undefined>) {
    this.#generator = generator;
    this.#loop = runningLoop();
    this.#loop?._asyncgens.add(generator);
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const step = await this.#generator.next();
    if (!step.done) return step;
    this.#loop?._asyncgens.delete(this.#generator);
    return { done: true, value: undefined };
  }

  /** Does nothing: leaving a loop over it does not close it, its owner does. */
  async return(): Promise<IteratorResult<T, undefined>> {
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Throws `error` into the generator, where it is suspended. */
  async throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    const step = await this.#generator.throw(error);
    return step.done ? { done: true, value: undefined } : step;
  }

  /** Closes the generator: its `finally` blocks run. */
  async aclose(): Promise<void> {
    this.#loop?._asyncgens.delete(this.#generator);
    await this.#generator.return(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.aclose();
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
  const closings = open.map((asyncgen) => async () => void (await asyncgen.return()));
  const outcomes: readonly unknown[] = yield* gather(closings, { returnExceptions: true });
  for (const [i, exception] of outcomes.entries()) {
    if (!(exception instanceof Error)) continue;
    const message = "an error occurred during closing of asynchronous generator";
    loop.callExceptionHandler({ message, exception, asyncgen: open[i] });
  }
}
