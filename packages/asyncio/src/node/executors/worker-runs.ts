import { run } from "../../core/runner.ts";
import { iscoroutine } from "../../core/source.ts";
import { awaitable } from "./awaitable.ts";

/** In a worker: the call of an async function, or a generator function, in a loop of its own. */
export function runFunction(fn: (...args: readonly unknown[]) => unknown, args: readonly unknown[]): Promise<unknown> {
  return run(() => awaitable(fn(...args)));
}

/** In a worker: what a function has returned, run to its end if it is a coroutine. */
export async function runValue(value: PromiseLike<unknown>): Promise<unknown> {
  return iscoroutine(value) ? await run(value) : await value;
}
