import type { Coroutine, CoroutineGenerator, Suspension } from "./coroutine.ts";
import { getRunningLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { RuntimeError } from "./errors.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import type { EventLoop } from "./loop.ts";
import { isGeneratorFunction } from "./source.ts";

/** `yield* emit(value)`: hands a value to whoever iterates. */
export type Emit<T> = (value: T) => CoroutineGenerator<void>;

/** What `emit` yields to the driver, among the suspensions that are the loop's. */
class Emission<T> {
  readonly value: T;

  constructor(value: T) {
    this.value = value;
  }
}

function* emit<T>(value: T): CoroutineGenerator<void> {
  yield new Emission(value) as unknown as Suspension;
}

type Resumption =
  | { readonly how: "next" }
  | { readonly how: "return" }
  | { readonly how: "throw"; readonly error: unknown };

const PYTHON_NAMES = { next: "anext", return: "aclose", throw: "athrow" } as const;

/**
 * An async generator in the generator spelling. Its methods give coroutines; `for await` works too. It is closed when the
 * loop shuts down, if nobody has done so before.
 */
export class CoroutineAsyncGenerator<T> implements AsyncIterable<T>, AsyncDisposable {
  readonly #generator: CoroutineGenerator<void>;
  /** @internal */
  readonly _generator = this;
  #loop: EventLoop | undefined;
  #running = false;

  /** @internal */
  constructor(generator: CoroutineGenerator<void>) {
    this.#generator = generator;
  }

  /** Runs to the next value. */
  next(): Coroutine<IteratorResult<T, undefined>> {
    return new GeneratorCoroutine(this.#advance({ how: "next" }), "next");
  }

  /** Closes it: its `finally` blocks run. */
  return(): Coroutine<IteratorResult<T, undefined>> {
    return new GeneratorCoroutine(this.#advance({ how: "return" }), "return");
  }

  /** Throws `error` into it, where it is suspended. */
  throw(error: unknown): Coroutine<IteratorResult<T, undefined>> {
    return new GeneratorCoroutine(this.#advance({ how: "throw", error }), "throw");
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: async () => await this.next(),
      return: async () => await this.return(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  *#advance(resumption: Resumption): CoroutineGenerator<IteratorResult<T, undefined>> {
    if (this.#running)
      throw new RuntimeError(`${PYTHON_NAMES[resumption.how]}(): asynchronous generator is already running`);
    if (this.#loop === undefined) {
      this.#loop = getRunningLoop();
      this.#loop._asyncgens.add(this);
    }
    this.#running = true;
    let ended = true;
    try {
      let step = this.#resume(resumption);
      while (!step.done) {
        const value: unknown = step.value;
        if (value instanceof Emission) {
          ended = false;
          return { done: false, value: value.value as T };
        }
        step = yield* this.#wait(step.value);
      }
      return { done: true, value: undefined };
    } finally {
      this.#running = false;
      if (ended) this.#loop._asyncgens.delete(this);
    }
  }

  /** Hands a suspension on to the task, and what it is woken with back. */
  *#wait(suspension: Suspension): Generator<Suspension, IteratorResult<Suspension, void>, unknown> {
    let sent: unknown;
    try {
      sent = yield suspension;
    } catch (error) {
      return this.#generator.throw(error);
    }
    return this.#generator.next(sent);
  }

  #resume(resumption: Resumption): IteratorResult<Suspension, void> {
    if (resumption.how === "next") return this.#generator.next();
    if (resumption.how === "return") return this.#generator.return();
    return this.#generator.throw(resumption.error);
  }
}

/**
 * Makes an async generator function of a generator function, whose first parameter hands out the values.
 *
 * @throws TypeError when `fn` is no generator function.
 * @example
 * ```ts
 * import { asyncGenerator, type Emit, run, sleep } from "asyncio-ts";
 *
 * const ticks = asyncGenerator(function* (emit: Emit<number>, count: number) {
 *   for (let i = 0; i < count; i++) {
 *     yield* sleep(1);
 *     yield* emit(i);
 *   }
 * });
 * await run(async () => {
 *   for await (const n of ticks(3)) console.log(n); // 0, 1, 2
 * });
 * ```
 */
export function asyncGenerator<T, A extends readonly unknown[]>(
  fn: (emit: Emit<T>, ...args: A) => CoroutineGenerator<void>,
): (...args: A) => CoroutineAsyncGenerator<T> {
  if (typeof fn !== "function" || !isGeneratorFunction(fn)) {
    throw new TypeError(`asyncGenerator() needs a generator function, got ${describeValue(fn)}`);
  }
  return (...args) => new CoroutineAsyncGenerator<T>(fn(emit, ...args));
}
