import { type CoroutineGenerator, getRunningLoop, park, shield } from "asyncio-ts";
import type { ClientRequest } from "./client-request.ts";
import { ClientResponse } from "./client-response.ts";
import { type Connection, ConnectionGone } from "./connection.ts";
import { ConnectionTimeoutError, ServerDisconnectedError } from "./errors.ts";
import { Exchange, type ExchangeOptions, totalTimeout } from "./exchange.ts";
import { StreamedBody } from "./streamed-body.ts";
import { within } from "./timeouts.ts";

/** How requests are sent: the same for all that one call of the user's leads to. */
export interface SendOptions extends ExchangeOptions {
  readonly retryPersistentConnection: boolean;
}

/** What can be done twice without harm (RFC 9110, 9.2.2). */
export const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "PUT", "DELETE"]);

/** Sends a request, and waits until its answer begins. */
export function* send(request: ClientRequest, options: SendOptions): CoroutineGenerator<ClientResponse> {
  if (request.body instanceof StreamedBody) yield* prepare(request, request.body);
  let retried = false;
  for (;;) {
    const exchange = new Exchange(request, yield* connect(request, options, retried), options);
    try {
      yield* park<void>((head) => exchange.begin(head), exchange);
      return new ClientResponse(exchange);
    } catch (error) {
      if (!exchange.over) yield* shield(stopped(exchange));
      if (!lostIdle(exchange, error)) throw error;
      // Nothing was sent: this was no try.
      if (!exchange.sent) continue;
      if (retried || !options.retryPersistentConnection || !IDEMPOTENT.has(request.method)) throw error;
      retried = true;
    }
  }
}

/** The well-known race: the server closes a connection that it finds idle while a request is on its way. */
function lostIdle({ request, reused }: Exchange, error: unknown): boolean {
  return reused && request.replayable && error instanceof ServerDisconnectedError;
}

function* prepare(request: ClientRequest, body: StreamedBody): CoroutineGenerator<void> {
  const preparing = body.prepare();
  if (preparing !== null) yield* preparing;
  if (body.size !== null) request.headers.set("Content-Length", String(body.size));
}

function* stopped(exchange: Exchange): CoroutineGenerator<void> {
  yield* park<void>((wait) => {
    exchange.stop(new ConnectionGone("the request was given up"), () => wait.resolve());
    return () => "wait";
  }, exchange);
}

/** A connection, within `connect` and what is left of `total`. */
export function* connect(
  request: ClientRequest,
  options: Pick<SendOptions, "connector" | "deadline">,
  fresh: boolean,
): CoroutineGenerator<Connection> {
  const { connector, deadline } = options;
  const limit = request.timeout.connect;
  const endpoint = connector._endpoint(request);
  if ((limit === null && deadline === null) || (!fresh && connector._isReady(endpoint))) {
    return yield* connector._acquire(endpoint, request, fresh);
  }
  const until = limit === null ? Number.POSITIVE_INFINITY : getRunningLoop().time() + limit;
  const when = Math.min(until, deadline ?? Number.POSITIVE_INFINITY);
  const late = (): Error => (when === deadline ? totalTimeout(request) : connectTimeout(request));
  return yield* within(when, late, () => connector._acquire(endpoint, request, fresh));
}

function connectTimeout(request: ClientRequest): ConnectionTimeoutError {
  const { connect: limit } = request.timeout;
  return new ConnectionTimeoutError(`no connection for ${request.url.href} within ${limit} ms (timeout.connect)`, {
    request,
  });
}
