import { CancelledError, type Coroutine, type CoroutineGenerator, coroutine, currentTask } from "asyncio-ts";
import { blockedCall, type Unblocking } from "./blocked-call.ts";
import { kindOf } from "./command-kind.ts";
import type { CallOptions } from "./commands.ts";
import type { Connection } from "./connection.ts";
import type { Encoded } from "./encode.ts";

/**
 * Runs a blocking command on a connection that nobody else uses. Whoever is cancelled gets what was popped for him all the
 * same, and the cancellation at his next wait: nothing that has left the list is lost.
 */
export const runBlocking: (
  connection: Connection,
  command: Encoded,
  options: Unblocking & CallOptions,
) => Coroutine<unknown> = coroutine(function* (
  connection: Connection,
  command: Encoded,
  options: Unblocking & CallOptions,
): CoroutineGenerator<unknown> {
  const taken: unknown[] = [];
  try {
    const take = kindOf(command.args) === "blocking" ? (reply: unknown) => void taken.push(reply) : null;
    return yield* blockedCall(connection, command, options, take);
  } catch (error) {
    // The reply had come, and the cancellation came before the task could run.
    if (taken.length === 0 || !(error instanceof CancelledError)) throw error;
    askAgain(error);
    return taken[0];
  }
});

/** Puts a request to cancel off until the next wait. Of a cancel scope it comes again by itself. */
function askAgain(error: CancelledError): void {
  const task = currentTask();
  if (task === null || task.cancelling() === 0) return;
  task.uncancel();
  task.cancel(error.message === "" ? undefined : error.message);
}
