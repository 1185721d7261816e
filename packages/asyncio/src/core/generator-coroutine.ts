import { Coroutine, type CoroutineGenerator, type Suspension } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { RuntimeError } from "./errors.ts";
import { current } from "./frame.ts";
import { isGeneratorFunction, markCoroutineFunction } from "./source.ts";

/** One call of a generator coroutine function; also the library's own operations that are not worth an iterator. @internal */
export class GeneratorCoroutine<T> extends Coroutine<T> {
  readonly #generator: CoroutineGenerator<T>;
  readonly #name: string;
  #started = false;

  constructor(generator: CoroutineGenerator<T>, name: string) {
    super();
    this.#generator = generator;
    this.#name = name;
  }

  override get name(): string {
    return this.#name;
  }

  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    if (this.#started) throw new RuntimeError(`cannot reuse already awaited coroutine '${this.#name}'`);
    this.#started = true;
    if (current.debug) current.loop?._debugMode()?.started(this);
    return this.#generator;
  }

  override close(): void {
    this.#started = true;
    this.#generator.return(undefined as T);
    super.close();
  }
}

/**
 * Makes a coroutine function of a generator function: asyncio's `@coroutine`. A call of it does nothing yet; it runs
 * when it is awaited, `yield*`ed, or made a task.
 *
 * Against an async function: cancellation arrives at every `yield*` at once, and a step costs a third.
 *
 * @throws TypeError when `fn` is no generator function.
 * @example
 * ```ts
 * import { coroutine, run, sleep } from "asyncio-ts";
 *
 * const hello = coroutine(function* (name: string) {
 *   yield* sleep(5);
 *   return `Hello ${name}`;
 * });
 * console.log(await run(hello("world"))); // Hello world
 * ```
 */
export function coroutine<A extends unknown[], T, This = void>(
  fn: (this: This, ...args: A) => CoroutineGenerator<T>,
): (this: This, ...args: A) => Coroutine<T> {
  if (typeof fn !== "function" || !isGeneratorFunction(fn)) {
    throw new TypeError(`coroutine() needs a generator function, got ${describeValue(fn)}`);
  }
  const wrapper = function (this: This, ...args: A): Coroutine<T> {
    return new GeneratorCoroutine(fn.apply(this, args), fn.name || "<anonymous>");
  };
  Object.defineProperty(wrapper, "name", { value: fn.name });
  markCoroutineFunction(wrapper);
  return wrapper;
}
