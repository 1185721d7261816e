import { type CoroutineGenerator, getRunningLoop, ValueError } from "asyncio-ts";
import { buildRequest } from "../client/build-request.ts";
import type { ClientRequest } from "../client/client-request.ts";
import type { Connection } from "../client/connection.ts";
import { type Connector, whenClosed } from "../client/connector.ts";
import { ClientConnectionError, WSServerHandshakeError } from "../client/errors.ts";
import { silenceTimeout, totalTimeout } from "../client/exchange.ts";
import { redirected, redirectLimit } from "../client/redirects.ts";
import type { RequestOptions } from "../client/request-options.ts";
import { connect } from "../client/send.ts";
import type { SessionDefaults } from "../client/session-options.ts";
import { within } from "../client/timeouts.ts";
import type { WebSocketConnection } from "./connection.ts";
import { shakeHands } from "./handshake.ts";
import { type CheckedOptions, checkOptions, type WebSocketOptions } from "./options.ts";

/** How {@link ClientSession.wsConnect} asks for a WebSocket, and how that behaves. `timeout` is for the handshake. */
export interface WSConnectOptions
  extends WebSocketOptions,
    Pick<
      RequestOptions,
      | "params"
      | "headers"
      | "skipAutoHeaders"
      | "cookies"
      | "auth"
      | "timeout"
      | "allowRedirects"
      | "maxRedirects"
      | "proxy"
      | "proxyHeaders"
      | "serverHostname"
    > {
  /** The subprotocols that the client speaks, best first. */
  readonly protocols?: readonly string[] | undefined;
  /** The Origin header. */
  readonly origin?: string | undefined;
}

/** What the requests of one call have in common. */
interface Call {
  readonly session: SessionDefaults;
  readonly connector: Connector;
  readonly options: WSConnectOptions;
  readonly checked: CheckedOptions;
  readonly protocols: readonly string[];
}

export function* connectWebSocket(
  session: SessionDefaults,
  connector: Connector,
  url: string | URL,
  options: WSConnectOptions,
): CoroutineGenerator<WebSocketConnection> {
  const protocols = checkProtocols(options.protocols ?? []);
  const call: Call = { session, connector, options, protocols, checked: checkOptions("wsConnect", options) };
  const request = buildRequest(session, "GET", asHttp(url), options);
  if (options.origin !== undefined) request.headers.set("Origin", options.origin);
  const { total } = request.timeout;
  if (total === null) return yield* follow(request, call);
  const deadline = getRunningLoop().time() + total;
  return yield* within(
    deadline,
    () => totalTimeout(request),
    () => follow(request, call),
  );
}

/** Asks there, and where redirects lead to. */
function* follow(first: ClientRequest, call: Call): CoroutineGenerator<WebSocketConnection> {
  const maxRedirects = redirectLimit(call.options);
  const journey = { ...call, home: first.url };
  let request = first;
  for (let left = (call.options.allowRedirects ?? true) ? maxRedirects : 0; ; left--) {
    try {
      return yield* ask(request, call);
    } catch (error) {
      const next = left > 0 && error instanceof WSServerHandshakeError ? redirected(request, error, journey) : null;
      if (next === null) throw error;
      request = next;
    }
  }
}

function* ask(request: ClientRequest, call: Call): CoroutineGenerator<WebSocketConnection> {
  const { connector } = call;
  const connection = yield* connect(request, { connector, deadline: null }, true);
  connection.whenClosed(() => connector._release(connection));
  try {
    if (!connection.http2) return yield* answered(connection, request, call);
    throw new ClientConnectionError("a WebSocket needs HTTP/1.1: use a connector without allowH2", { request });
  } catch (error) {
    connection.destroy();
    yield* whenClosed(connection);
    throw error;
  }
}

/** The handshake, within `sockRead`. */
function* answered(
  connection: Connection,
  request: ClientRequest,
  call: Call,
): CoroutineGenerator<WebSocketConnection> {
  const shaking = shakeHands(connection, {
    request,
    protocols: call.protocols,
    options: call.checked,
    onCookies: (lines) => call.session.cookieJar.updateCookiesFromHeaders(lines, request.url),
  });
  const { sockRead } = request.timeout;
  if (sockRead === null) return yield* shaking;
  const when = getRunningLoop().time() + sockRead;
  return yield* within(
    when,
    () => silenceTimeout(request, sockRead),
    () => shaking,
  );
}

/** As the rest of the client has it: ws: is http:, and wss: is https:. */
function asHttp(url: string | URL): string {
  return String(url).replace(/^ws(?=s?:)/i, "http");
}

/** What a name may be made of (RFC 9110, 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function checkProtocols(protocols: readonly string[]): readonly string[] {
  for (const protocol of protocols) {
    if (TOKEN.test(protocol)) continue;
    throw new ValueError(`wsConnect(): a subprotocol is a name without spaces, got ${JSON.stringify(protocol)}`);
  }
  return [...new Set(protocols)];
}
