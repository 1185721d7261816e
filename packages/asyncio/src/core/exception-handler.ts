import type { Future } from "./future.ts";
import type { Handle } from "./handle.ts";
import type { EventLoop } from "./loop.ts";
import type { BaseProtocol } from "./protocols.ts";
import type { Task } from "./task.ts";
import type { BaseTransport } from "./transports.ts";

/** What a loop reports to its exception handler. */
export interface ExceptionContext {
  /** What happened, in asyncio's words. */
  readonly message: string;
  readonly exception?: unknown;
  readonly future?: Future<unknown>;
  readonly task?: Task<unknown>;
  readonly handle?: Handle;
  readonly asyncgen?: unknown;
  readonly transport?: BaseTransport;
  readonly protocol?: BaseProtocol;
  /** What was to be reported when the handler itself failed. */
  readonly original?: ExceptionContext;
  /** Debug mode: the stack of the place where the task, future or handle was made. */
  readonly sourceTraceback?: string;
}

/** Called with every error that nothing else takes; see `EventLoop.setExceptionHandler()`. */
export type ExceptionHandler = (loop: EventLoop, context: ExceptionContext) => void;

/** The text of a report: the message, every other key in alphabetical order, stacks written out. @internal */
export function formatExceptionContext(context: ExceptionContext): string {
  const lines = [context.message];
  for (const key of Object.keys(context).sort() as (keyof ExceptionContext)[]) {
    if (key === "message" || context[key] === undefined) continue;
    if (key === "sourceTraceback") lines.push(`Object created at (most recent call first):\n${context[key]}`);
    else if (key === "original") lines.push(`while reporting: ${formatExceptionContext(context[key])}`);
    else if (key === "exception") lines.push(formatError(context[key]));
    else lines.push(`${key}: ${String(context[key])}`);
  }
  return lines.join("\n");
}

/** The stack of an error, and those of its causes and parts. @internal */
export function formatError(error: unknown, seen: ReadonlySet<unknown> = new Set()): string {
  if (seen.has(error)) return "(an error that is printed above)";
  if (!(error instanceof Error)) return `thrown: ${String(error)}`;
  const path = new Set([...seen, error]);
  const lines = [error.stack ?? `${error.name}: ${error.message}`];
  if (error instanceof AggregateError) {
    for (const [i, part] of error.errors.entries())
      lines.push(`  [${i + 1}] ${formatError(part, path).replaceAll("\n", "\n  ")}`);
  }
  if (error.cause !== undefined) lines.push(`caused by: ${formatError(error.cause, path)}`);
  return lines.join("\n");
}
