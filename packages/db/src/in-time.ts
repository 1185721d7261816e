import { type Coroutine, type CoroutineGenerator, type Timeout, TimeoutError, timeoutAt } from "asyncio-ts";

/**
 * Runs `body` until loop time `deadline`, then cancels it and raises what `late` gives. A TimeoutError of the body itself is
 * raised as it is.
 */
export function* inTime<T>(
  deadline: number,
  body: () => Coroutine<T> | CoroutineGenerator<T>,
  late: (cause: unknown) => TimeoutError,
): CoroutineGenerator<T> {
  let limit: Timeout | undefined;
  try {
    return yield* timeoutAt(deadline === Infinity ? null : deadline, (entered) => {
      limit = entered;
      return body();
    });
  } catch (error) {
    if (!(error instanceof TimeoutError && limit?.expired())) throw error;
    throw late(error);
  }
}
