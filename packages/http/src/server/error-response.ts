import { CancelledError, currentTask, getRunningLoop } from "asyncio-ts";
import { Hono } from "hono";
import { type App, awaitable, type HandlerResult } from "./app.ts";

/** Makes the response to an error that a handler has raised: a function of either spelling. */
export type ErrorHandler = (error: unknown, request: Request) => HandlerResult;

/** What Hono's `c.env` can do, when the request came from here. */
interface RespondsToErrors {
  _errorResponse(error: unknown): Response | PromiseLike<Response>;
}

/**
 * The response to an error. One that brings its own, as Hono's HTTPException, gives it; a request that was cancelled is
 * answered with 503; the rest goes to the user's handler, else is reported and becomes a 500.
 *
 * @internal
 */
export async function errorResponse(
  error: unknown,
  request: Request,
  onError: ErrorHandler | undefined,
): Promise<Response> {
  if (bringsResponse(error)) return error.getResponse();
  if (error instanceof CancelledError && (currentTask()?.cancelling() ?? 0) > 0) return unavailable(error.message);
  if (onError === undefined) return internalError(error, request);
  try {
    return await awaitable(onError(error, request));
  } catch (second) {
    return errorResponse(second, request, undefined);
  }
}

/** @internal */
export function unavailable(reason: string): Response {
  return new Response(reason, { status: 503 });
}

function internalError(exception: unknown, request: Request): Response {
  const task = currentTask();
  const { pathname } = new URL(request.url);
  getRunningLoop().callExceptionHandler({
    message: `the handler of ${request.method} ${pathname} failed`,
    exception,
    ...(task === null ? {} : { task }),
  });
  return new Response("Internal Server Error", { status: 500 });
}

function bringsResponse(error: unknown): error is { getResponse(): Response } {
  return typeof (error as Partial<{ getResponse(): Response }> | null)?.getResponse === "function";
}

/** Hono keeps it private, but compares it itself when one app becomes a part of another. */
interface WithErrorHandler {
  readonly errorHandler: unknown;
  onError(handler: (error: unknown, context: { readonly env: unknown }) => unknown): unknown;
}

/**
 * A Hono app answers errors itself. One that was told nothing prints them, cancellations too, and not of which request
 * they are; so where it has no `onError()` of its own it gets ours.
 *
 * @internal
 */
export function takeErrors(app: App): void {
  const { errorHandler, onError } = app as unknown as Partial<WithErrorHandler>;
  const original = (new Hono() as unknown as WithErrorHandler).errorHandler as (...args: unknown[]) => unknown;
  if (errorHandler !== original || typeof onError !== "function") return;
  onError.call(app, (error, context) => {
    const env = context.env as Partial<RespondsToErrors> | undefined;
    return env?._errorResponse?.(error) ?? original(error, context);
  });
}
