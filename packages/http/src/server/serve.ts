import { type Coroutine, coroutine } from "asyncio-ts";
import { type App, type FetchHandler, handlerOf } from "./app.ts";
import { checkServeOptions } from "./check-serve-options.ts";
import { takeErrors } from "./error-response.ts";
import { HttpServer } from "./http-server.ts";
import type { ServeOptions } from "./serve-options.ts";

/**
 * Serves an app on HTTP/1.1: a Hono app, whatever has `fetch(request)`, or a function of either spelling. Gives the server when
 * it listens.
 *
 * Each request is a task of its own, from the call of the handler until the last byte of the response is on its way. When the
 * client goes away the task is cancelled, so that nobody works for it; `shield()` what must be done all the same, or
 * turn it off with `cancelOnDisconnect`. In a handler `currentTask()` is that task, with context variables of its own;
 * `request.signal` is aborted when it is cancelled.
 *
 * An error of the handler goes to `onError`, else to the loop's exception handler, and the client gets a 500; of
 * a CancelledError that nobody asked for the same is true. A request that was cancelled is answered with 503 if its client
 * is still there and has got nothing.
 *
 * Departures from aiohttp: a client that goes away cancels the handler, in aiohttp only with `handler_cancellation`; the limit
 * for the size of a body also holds for one that is read as a stream.
 *
 * @throws TypeError, ValueError for wrong arguments; from the wait OSError when it can't listen, for a port in use say.
 * @example
 * ```ts
 * import { run } from "asyncio-ts";
 * import { serve } from "@asyncio-ts/http/server";
 * import { Hono } from "hono";
 *
 * const app = new Hono().get("/hello/:name", (c) => c.text(`Hello ${c.req.param("name")}`));
 * await run(async () => {
 *   await using server = await serve(app, { host: "127.0.0.1", port: 0 });
 *   const response = await fetch(`${server.url}/hello/world`);
 *   console.log(response.status, await response.text()); // 200 Hello world
 * });
 * ```
 * @example
 * A program that serves until it gets SIGINT or SIGTERM, and then lets requests finish:
 * ```ts no-run
 * import { run } from "asyncio-ts";
 * import { serve } from "@asyncio-ts/http/server";
 *
 * await run(async () => {
 *   const server = await serve(() => new Response("Hello"), { port: 8080 });
 *   console.log(`listening on ${server.url}`);
 *   await server.serveForever();
 * });
 * ```
 */
export function serve(app: App, options: ServeOptions = {}): Coroutine<HttpServer> {
  const handler = handlerOf("serve", app);
  checkServeOptions(options);
  return start(app, handler, options);
}

const start = coroutine(function* start(app: App, handler: FetchHandler, options: ServeOptions) {
  takeErrors(app);
  const server = new HttpServer(handler, options);
  yield* server._listen();
  return server;
});
