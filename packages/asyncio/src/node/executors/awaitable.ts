import { isGenerator, isThenable } from "../../core/source.ts";

/** What a task's function has to return, of whatever the function returned. */
export function awaitable(value: unknown): PromiseLike<unknown> {
  return isThenable(value) || isGenerator(value) ? (value as PromiseLike<unknown>) : Promise.resolve(value);
}
