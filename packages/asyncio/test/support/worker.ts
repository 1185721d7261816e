import { CancelledError, coroutine, sleep } from "asyncio-ts";
import { describeError, type Log, now } from "./events.ts";

/** What becomes of a {@link worker}. */
export interface Fate {
  /** It fails with this error after its sleep. */
  readonly error?: Error;
  /** How long it cleans up when it is cancelled. */
  readonly cleanUp?: number;
  /** It fails with this error after its clean-up. */
  readonly cleanUpError?: Error;
}

/** Sleeps and gives its name, or fails; notes how it ends, and when. */
export const worker = coroutine(function* (log: Log, name: string, delay: number, fate: Fate = {}) {
  try {
    yield* sleep(delay);
  } catch (error) {
    log(`${now()} ${name} ${describeError(error)}`);
    if (fate.cleanUp !== undefined && error instanceof CancelledError) {
      yield* sleep(fate.cleanUp);
      log(`${now()} ${name} cleaned up`);
    }
    throw fate.cleanUpError ?? error;
  }
  log(`${now()} ${name} ends`);
  if (fate.error !== undefined) throw fate.error;
  return name;
});
