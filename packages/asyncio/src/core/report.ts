import type { ExceptionContext, ExceptionHandler } from "./exception-handler.ts";
import { inFrame } from "./frame.ts";
import type { EventLoop } from "./loop.ts";
import { Task } from "./task.ts";

/**
 * Reports to a loop's exception handler, or its default one, in the context of the task, handle or future concerned. Never
 * throws: a loop does not die of a report that can't be made.
 *
 * @internal
 */
export function reportTo(loop: EventLoop, handler: ExceptionHandler | null, context: ExceptionContext): void {
  if (handler === null) {
    reportByDefault(loop, context);
    return;
  }
  try {
    callIn(context, () => handler(loop, context));
  } catch (exception) {
    reportByDefault(loop, { message: "Unhandled error in exception handler", exception, original: context });
  }
}

function callIn({ task, future, handle }: ExceptionContext, fn: () => void): void {
  const frame = task ?? (future instanceof Task ? future : handle);
  if (frame === undefined) fn();
  else inFrame({ task: null, context: frame.context, scope: null }, fn);
}

function reportByDefault(loop: EventLoop, context: ExceptionContext): void {
  try {
    loop.defaultExceptionHandler(context);
  } catch {
    try {
      loop._host.report(`Exception in default exception handler, which was to report: ${context.message}`);
    } catch {
      // Nothing can be printed at all.
    }
  }
}
