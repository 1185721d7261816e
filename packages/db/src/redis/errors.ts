import { ErrorReply } from "@redis/client";
import { DatabaseError, DataError, OperationalError, ProgrammingError } from "../errors.ts";
import { PASSING_CODES } from "../opening.ts";

/** A key that was watched has been changed, so the transaction was not executed. */
export class WatchError extends OperationalError {
  static {
    this.prototype.name = "WatchError";
  }
}

/** A lock could not be acquired, or is not held by whoever releases or extends it. */
export class LockError extends DatabaseError {
  static {
    this.prototype.name = "LockError";
  }
}

/** The lock expired while it was held, and may be somebody else's by now. */
export class LockNotOwnedError extends LockError {
  static {
    this.prototype.name = "LockNotOwnedError";
  }
}

/** Codes of replies that say that it would have gone well at another time, or at another server. */
const PASSING = new Set([
  "ASK",
  "BUSY",
  "CLUSTERDOWN",
  "LOADING",
  "MASTERDOWN",
  "MISCONF",
  "MOVED",
  "NOREPLICAS",
  "OOM",
  "READONLY",
  "TRYAGAIN",
  "UNBLOCKED",
]);

/** What an error reply, or an error of the driver, is to the user of `command`; `lost` says why the connection is closed. */
export function commandError(error: unknown, command: string, lost: Error | null): unknown {
  if (error instanceof ErrorReply) return replyError(error, command);
  // What the driver refuses to encode.
  if (error instanceof TypeError) return error;
  return connectionError(
    `the connection was lost before ${command} was answered; it may have been executed`,
    lost ?? error,
  );
}

function replyError(error: ErrorReply, command: string): DatabaseError {
  const { message } = error;
  const code = /^[A-Z]{2,}\b/.exec(message)?.[0];
  const details = { code, query: command, cause: error };
  if (code !== undefined && PASSING.has(code)) return new OperationalError(message, details);
  if (message.startsWith("ERR max number of clients")) return new OperationalError(message, details);
  if (/not an integer|not a valid float|out of range|overflow/.test(message)) return new DataError(message, details);
  return new ProgrammingError(message, details);
}

/** An error of the connection. */
export function connectionError(message: string, cause: unknown): OperationalError {
  const code = (cause as { code?: unknown } | null | undefined)?.code;
  const reason = cause instanceof Error && cause.message !== "" ? `: ${cause.message}` : "";
  return new OperationalError(`${message}${reason}`, { code: typeof code === "string" ? code : undefined, cause });
}

/** Why an attempt to connect has failed; of the server's own reasons, the reply. */
export function connectError(error: unknown, target: string): DatabaseError {
  if (error instanceof ErrorReply) return replyError(error, "HELLO");
  return connectionError(`could not connect to Redis at ${target}`, error);
}

/** Whether the next attempt to connect may go better. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof OperationalError)) return false;
  const { code, cause } = error;
  if (code === undefined || cause instanceof ErrorReply) return true;
  return PASSING_CODES.has(code);
}
