import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import { type Scope, scoped } from "./scope.ts";
import { isGeneratorFunction } from "./source.ts";

const nothing: Scope<undefined> = {
  _enter: () => undefined,
  _exit: () => false,
};

/**
 * Calls a function of either spelling as a part of the current task: for libraries that are given functions by their users,
 * a handler, the body of a transaction, and are written once for both. Nothing is called before it is awaited.
 *
 * @throws TypeError when `fn` is no function, or gives nothing that can be awaited.
 * @example
 * ```ts
 * import { coroutine, invoke, run, sleep } from "asyncio-ts";
 *
 * const twice = coroutine(function* (fn: () => PromiseLike<number>) {
 *   return (yield* invoke(fn)) + (yield* invoke(fn));
 * });
 * console.log(await run(twice(async () => await sleep(1, 21)))); // 42
 * ```
 */
export function invoke<A extends readonly unknown[], T>(
  fn: (...args: A) => PromiseLike<T> | Coroutine<T> | CoroutineGenerator<T>,
  ...args: A
): Coroutine<T> {
  if (typeof fn !== "function") throw new TypeError(`invoke() needs a function, got ${describeValue(fn)}`);
  const name = fn.name || "invoke";
  if (isGeneratorFunction(fn)) return new GeneratorCoroutine(fn(...args) as CoroutineGenerator<T>, name);
  return scoped(name, nothing, () => fn(...args));
}
