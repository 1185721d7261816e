import { inspect } from "node:util";
import { type CoroutineGenerator, getRunningLoop, invoke, shield } from "asyncio-ts";
import { checkCount } from "./check-count.ts";
import type { ClientRequest, RequestBody } from "./client-request.ts";
import { ClientResponse } from "./client-response.ts";
import type { Connector } from "./connector.ts";
import { TooManyRedirects } from "./errors.ts";
import { totalTimeout } from "./exchange.ts";
import { type ClientMiddleware, throughMiddlewares } from "./middleware.ts";
import { type Journey, redirected, redirectLimit } from "./redirects.ts";
import type { RequestOptions, StatusCheck } from "./request-options.ts";
import { type SendOptions, send } from "./send.ts";
import { checkedMaxSize, type SessionDefaults } from "./session-options.ts";
import { discardBody, StreamedBody } from "./streamed-body.ts";
import { within } from "./timeouts.ts";
import { CLOSE_WITHIN_MS } from "./upload.ts";

/** One call of a session's method. */
export interface Call {
  readonly session: SessionDefaults;
  readonly connector: Connector;
  readonly options: RequestOptions;
}

/** Sends the request through the middlewares, and what redirects ask for; gives the answer if its status will do. */
export function* answer(request: ClientRequest, call: Call): CoroutineGenerator<ClientResponse> {
  const { body } = request;
  let response: ClientResponse | null = null;
  try {
    response = yield* answerInTime(request, call);
  } finally {
    if (isStreamed(body) || isStreamed(request.body)) yield* discardUnsent([body, request.body], response);
  }
  return response;
}

/** Not sent were those for which there was no connection, or in whose place a middleware has answered, or sent another. */
function* discardUnsent(bodies: readonly RequestBody[], response: ClientResponse | null): CoroutineGenerator<void> {
  try {
    for (const body of bodies) {
      const closing = discardBody(body);
      if (closing !== null) yield* shield(closing, { withinMs: CLOSE_WITHIN_MS });
    }
  } catch (error) {
    response?.close();
    throw error;
  }
}

function* answerInTime(request: ClientRequest, call: Call): CoroutineGenerator<ClientResponse> {
  const sending = sendOptions(request, call);
  const { deadline } = sending;
  const middlewares = call.options.middlewares ?? call.session.middlewares;
  if (middlewares.length === 0 || deadline === null) return yield* follow(request, call, sending, middlewares);
  // Also what a middleware does beside sending, waiting before it tries again say, is a part of the request.
  return yield* within(
    deadline,
    () => totalTimeout(request),
    () => follow(request, call, sending, middlewares),
  );
}

function sendOptions(request: ClientRequest, { session, connector, options }: Call): SendOptions {
  const { total } = request.timeout;
  return {
    connector,
    deadline: total === null ? null : getRunningLoop().time() + total,
    autoDecompress: options.autoDecompress ?? session.autoDecompress,
    maxDecompressedSize: checkedMaxSize(options.maxDecompressedSize, session.maxDecompressedSize),
    readBufsize:
      options.readBufsize === undefined ? session.readBufsize : checkCount("readBufsize", options.readBufsize, 1),
    retryPersistentConnection: options.retryPersistentConnection ?? session.retryPersistentConnection,
  };
}

function* follow(
  first: ClientRequest,
  call: Call,
  sending: SendOptions,
  middlewares: readonly ClientMiddleware[],
): CoroutineGenerator<ClientResponse> {
  const { allowRedirects = first.method !== "HEAD" } = call.options;
  const maxRedirects = redirectLimit(call.options);
  const journey = { ...call, home: first.url };
  const history: ClientResponse[] = [];
  let request = first;
  for (;;) {
    const response: ClientResponse =
      middlewares.length === 0
        ? yield* send(request, sending)
        : yield* throughMiddlewares(request, middlewares, (last) => send(last, sending));
    if (!(response instanceof ClientResponse)) {
      throw new TypeError(`a middleware must return a response, that of its handler say, got ${inspect(response)}`);
    }
    if (history.length > 0) response._history = [...history];
    if (response._setCookies !== null) {
      call.session.cookieJar.updateCookiesFromHeaders(response._setCookies, response.url);
    }
    const next = allowRedirects && isRedirect(response) ? yield* redirect(request, response, journey) : null;
    if (next === null) {
      const check = call.options.raiseForStatus ?? call.session.raiseForStatus;
      return check === false ? response : yield* checked(response, check);
    }
    history.push(response);
    request._tracer?.emitFor("onRequestRedirect", request, { response });
    if (history.length > maxRedirects) throw tooMany(response, history);
    request = next;
  }
}

function isStreamed(body: RequestBody): boolean {
  return body instanceof StreamedBody;
}

function isRedirect({ status }: ClientResponse): boolean {
  return status >= 300 && status < 400;
}

/** The request that the answer redirects to; the answer's own connection is free then. */
function* redirect(
  request: ClientRequest,
  response: ClientResponse,
  journey: Journey,
): CoroutineGenerator<ClientRequest | null> {
  try {
    const next = redirected(request, response, journey);
    if (next !== null) yield* response.release();
    return next;
  } catch (error) {
    response.close();
    throw error;
  }
}

function* checked(response: ClientResponse, check: true | StatusCheck): CoroutineGenerator<ClientResponse> {
  try {
    if (check === true) response.raiseForStatus();
    else yield* invoke(check, response);
    return response;
  } catch (error) {
    response.close();
    throw error;
  }
}

function tooMany(response: ClientResponse, history: readonly ClientResponse[]): TooManyRedirects {
  const { status, headers } = response;
  const request = (history[0] ?? response).requestInfo;
  return new TooManyRedirects(`more than ${history.length - 1} redirects`, { request, history, status, headers });
}
