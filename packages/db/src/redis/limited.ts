import { type Coroutine, type CoroutineGenerator, coroutine, getRunningLoop, TimeoutError } from "asyncio-ts";
import { inTime } from "../in-time.ts";
import type { Encoded } from "./encode.ts";

/** Cancels a command that takes longer than `timeoutMs`; what it comes to all the same is its result. */
export function limited<T>(call: Coroutine<T>, timeoutMs: number | null | undefined, command: Encoded): Coroutine<T> {
  if (timeoutMs === null || timeoutMs === undefined) return call;
  return limit(call, timeoutMs, String(command.args[0])) as Coroutine<T>;
}

const limit = coroutine(function* (
  call: Coroutine<unknown>,
  timeoutMs: number,
  name: string,
): CoroutineGenerator<unknown> {
  const late = (cause: unknown): TimeoutError =>
    new TimeoutError(`${name} has not been answered within ${timeoutMs} ms`, { cause });
  return yield* inTime(getRunningLoop().time() + timeoutMs, () => call, late);
});
