import { type Coroutine, type CoroutineGenerator, coroutine, invoke } from "asyncio-ts";
import type { ClientRequest } from "./client-request.ts";
import type { ClientResponse } from "./client-response.ts";

/** Sends a request, through the middlewares that are left. It can be called more than once: to try again. */
export type ClientHandler = (request: ClientRequest) => Coroutine<ClientResponse>;

/**
 * Stands between the session and the wire: may change the request, answer in its place, look at the answer, try again. An
 * async function, a generator function, or one that returns a coroutine.
 */
export type ClientMiddleware = (
  request: ClientRequest,
  handler: ClientHandler,
) => PromiseLike<ClientResponse> | Coroutine<ClientResponse> | CoroutineGenerator<ClientResponse>;

type Send = (request: ClientRequest) => CoroutineGenerator<ClientResponse>;

const sent = coroutine(function* send(sending: Send, request: ClientRequest) {
  return yield* sending(request);
});

/** Sends a request through middlewares, the first outermost. */
export function throughMiddlewares(
  request: ClientRequest,
  middlewares: readonly ClientMiddleware[],
  send: Send,
): Coroutine<ClientResponse> {
  const from = (at: number): ClientHandler => {
    const middleware = middlewares[at];
    if (middleware === undefined) return (last) => sent(send, last);
    return (next) => invoke(middleware, next, from(at + 1));
  };
  return from(0)(request);
}
