import { cancelledError } from "../../core/errors.ts";
import { ParkedFuture, type Wait } from "../../core/park.ts";

/** Ends a wait as cancelled, after its abort function has said that it takes time. */
export function endCancelled(wait: Wait<never>, message: unknown): void {
  if (wait instanceof ParkedFuture) wait._cancelNow(message);
  else wait.reject(cancelledError(message));
}
