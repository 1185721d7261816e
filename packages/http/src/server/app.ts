import type { IncomingMessage, ServerResponse } from "node:http";
import { type Coroutine, type CoroutineGenerator, invoke, iscoroutine } from "asyncio-ts";

/** What a handler gives: a response, or something to wait for it. */
export type HandlerResult = Response | PromiseLike<Response> | Coroutine<Response> | CoroutineGenerator<Response>;

/** Beside the request: Node's own objects, where the request came over a connection. Hono's `c.env`. */
export interface ServerEnv {
  readonly incoming?: IncomingMessage | undefined;
  readonly outgoing?: ServerResponse | undefined;
}

/** Answers requests: a function of either spelling, async or generator. */
export type FetchHandler = (request: Request, env: ServerEnv) => HandlerResult;

/** What can be served: a Hono app, or whatever has `fetch()`; or the function alone. */
export type App = FetchHandler | { fetch(request: Request, env: ServerEnv): HandlerResult };

/** @throws TypeError when `app` is nothing that answers requests. @internal */
export function handlerOf(fn: string, app: App): FetchHandler {
  if (typeof app === "function") return app;
  if (typeof app?.fetch === "function") return (request, env) => app.fetch(request, env);
  throw new TypeError(
    `${fn}() needs an app with a fetch() method, a Hono app for example, or a function that takes a Request and ` +
      `gives a Response, got ${app === null ? "null" : typeof app}`,
  );
}

/**
 * What a function of the user returned, as a response or something that native code of the current task can await.
 *
 * @internal
 */
export function awaitable(result: HandlerResult): Response | PromiseLike<Response> {
  return iscoroutine(result) ? invoke(() => result) : result;
}

/** @internal */
export function isResponse(value: Response | PromiseLike<Response>): value is Response {
  return typeof (value as Partial<Response> | undefined)?.status === "number";
}

/** A handler has returned something else. @internal */
export function noResponse(value: unknown): TypeError {
  return new TypeError(`the handler returned ${typeof value}, a Response was expected: is a return missing?`);
}
