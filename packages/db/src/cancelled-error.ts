import { CancelledError } from "asyncio-ts";

/** What a wait ends with that was cancelled with that message, and could not end at once. */
export function cancelledError(message: unknown): CancelledError {
  return new CancelledError(message === undefined ? undefined : String(message));
}
