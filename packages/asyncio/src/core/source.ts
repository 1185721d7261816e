import { Coroutine, type CoroutineGenerator } from "./coroutine.ts";

/**
 * What becomes a task: a coroutine (object or generator), or a function without parameters that gives one when it is
 * called: an async function, a generator function. Never a promise: its function runs already and can't be stopped.
 */
export type TaskSource<T> =
  | Coroutine<T>
  | CoroutineGenerator<T>
  | (() => PromiseLike<T> | Coroutine<T> | CoroutineGenerator<T>);

/** What can be waited for: whatever becomes a task, and whatever `await` takes. */
export type Awaitable<T> = TaskSource<T> | PromiseLike<T>;

const GeneratorFunction = Object.getPrototypeOf(function* () {}) as object;
const AsyncFunction = Object.getPrototypeOf(async () => {}) as object;

/** Whether `value` is a coroutine: one that the library returned, or the generator of a `function*`. */
export function iscoroutine(value: unknown): value is Coroutine<unknown> | CoroutineGenerator<unknown> {
  return value instanceof Coroutine || isGenerator(value);
}

const coroutineFunctions = new WeakSet<object>();

/** Whether calling `value` gives a coroutine: an async or generator function, or one made by {@link coroutine}. */
export function iscoroutinefunction(value: unknown): value is (...args: never[]) => unknown {
  return (
    typeof value === "function" &&
    (isGeneratorFunction(value) || isAsyncFunction(value) || coroutineFunctions.has(value))
  );
}

/** @internal */
export function markCoroutineFunction(fn: object): void {
  coroutineFunctions.add(fn);
}

/** @internal */
export function isGenerator(value: unknown): value is CoroutineGenerator<unknown> {
  const generator = value as Partial<CoroutineGenerator<unknown>> | null | undefined;
  return (
    typeof generator === "object" &&
    !(generator instanceof Coroutine) &&
    typeof generator?.next === "function" &&
    typeof generator.throw === "function" &&
    typeof generator[Symbol.iterator] === "function"
  );
}

/** @internal */
export function isGeneratorFunction(value: object): value is () => CoroutineGenerator<unknown> {
  return Object.getPrototypeOf(value) === GeneratorFunction;
}

function isAsyncFunction(value: object): boolean {
  return Object.getPrototypeOf(value) === AsyncFunction;
}

/** @internal */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as PromiseLike<unknown>).then === "function"
  );
}

/** What is given twice counts once, but for functions, which are called twice. @internal */
export function distinct<T>(awaitables: Iterable<Awaitable<T>>): Awaitable<T>[] {
  const seen = new Set<Awaitable<T>>();
  return [...awaitables].filter((awaitable) => {
    if (typeof awaitable === "function") return true;
    const first = !seen.has(awaitable);
    seen.add(awaitable);
    return first;
  });
}
