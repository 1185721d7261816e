import { OSError, type OSErrorDetails, TimeoutError, ValueError } from "asyncio-ts";
import type { ClientResponse } from "./client-response.ts";
import type { HttpHeaders } from "./headers.ts";

/**
 * Every error of the client: aiohttp's tree.
 *
 * ```
 * ClientError
 * ├─ ClientResponseError            an answer came, and is not what was wanted
 * │  ├─ ContentTypeError            json() of something that does not say that it is JSON
 * │  ├─ TooManyRedirects
 * │  ├─ ClientHttpProxyError        the proxy refuses to make a tunnel
 * │  └─ WSServerHandshakeError
 * ├─ ClientConnectionError          something about the connection
 * │  ├─ ClientConnectionResetError  written to a connection that is closed
 * │  ├─ ClientOSError               (also an OSError)
 * │  │  └─ ClientConnectorError     no connection could be made
 * │  │     ├─ ClientConnectorDNSError
 * │  │     ├─ ClientProxyConnectionError
 * │  │     ├─ UnixClientConnectorError
 * │  │     ├─ ClientConnectorSSLError
 * │  │     └─ ClientConnectorCertificateError
 * │  └─ ServerConnectionError
 * │     ├─ ServerDisconnectedError  closed before an answer came
 * │     └─ ServerTimeoutError       (also a TimeoutError)
 * │        ├─ ConnectionTimeoutError
 * │        └─ SocketTimeoutError
 * ├─ ClientPayloadError             the body is broken: cut off, badly compressed, too large
 * └─ InvalidUrlError                (also a ValueError)
 *    ├─ InvalidUrlClientError       the URL given can't be requested
 *    │  └─ NonHttpUrlClientError
 *    └─ InvalidUrlRedirectClientError  the URL of a redirect can't be
 *       └─ NonHttpUrlRedirectClientError
 * ```
 *
 * A class that has two bases in aiohttp has its foreign one (OSError, TimeoutError, ValueError) as its real base here, and
 * `instanceof` answers yes for the other too.
 */

/** What was asked for: what every error of a request can say. */
export interface RequestInfo {
  readonly method: string;
  readonly url: URL;
  readonly headers: HttpHeaders;
}

/** What errors are made with. */
export interface ClientErrorDetails {
  /** The request that failed. */
  readonly request?: RequestInfo | undefined;
  readonly cause?: unknown;
}

/** The prototype of a class's second base, on its own prototype. */
const SECOND_BASE: unique symbol = Symbol("asyncio-ts.http.secondBase");

type Prototype = { readonly [SECOND_BASE]?: Prototype };

function isInstance(type: { readonly prototype: object }, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Object.prototype.isPrototypeOf.call(type.prototype, value)) return true;
  const second = (value as Prototype)[SECOND_BASE];
  return second !== undefined && (second === type.prototype || isInstance(type, second));
}

function alsoA(type: { readonly prototype: object }, base: { readonly prototype: object }): void {
  Object.defineProperty(type.prototype, SECOND_BASE, { value: base.prototype });
}

function causeOf(details: ClientErrorDetails): ErrorOptions | undefined {
  return details.cause === undefined ? undefined : { cause: details.cause };
}

/** The root of the client's errors. */
export class ClientError extends Error {
  static {
    this.prototype.name = "ClientError";
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }

  /** What was asked for; undefined where no request had been made yet. */
  readonly requestInfo: RequestInfo | undefined;

  constructor(message: string, details: ClientErrorDetails = {}) {
    super(message, causeOf(details));
    this.requestInfo = details.request;
  }
}

/** What a {@link ClientResponseError} says of the answer. */
export interface ResponseErrorDetails {
  readonly request: RequestInfo;
  readonly history?: readonly ClientResponse[];
  readonly status?: number;
  readonly headers?: HttpHeaders | undefined;
  readonly cause?: unknown;
}

/** An answer came, and is not what was wanted: {@link ClientResponse.raiseForStatus}, say. */
export class ClientResponseError extends ClientError {
  static {
    this.prototype.name = "ClientResponseError";
  }

  declare readonly requestInfo: RequestInfo;
  /** The answers that redirected to this one. */
  readonly history: readonly ClientResponse[];
  /** The status of the answer; 0 where it has none. */
  readonly status: number;
  readonly headers: HttpHeaders | undefined;
  /** The reason alone, without the status and the URL that `message` has. */
  readonly reason: string;

  constructor(reason: string, details: ResponseErrorDetails) {
    super(`${details.status ?? 0}, message='${reason}', url='${details.request.url.href}'`, details);
    this.reason = reason;
    this.history = details.history ?? [];
    this.status = details.status ?? 0;
    this.headers = details.headers;
  }
}

/** `json()` of an answer whose Content-Type is another. */
export class ContentTypeError extends ClientResponseError {
  static {
    this.prototype.name = "ContentTypeError";
  }
}

/** More redirects than `maxRedirects`. */
export class TooManyRedirects extends ClientResponseError {
  static {
    this.prototype.name = "TooManyRedirects";
  }
}

/** The proxy refuses to connect to the server: CONNECT was answered with a status that is not 200. */
export class ClientHttpProxyError extends ClientResponseError {
  static {
    this.prototype.name = "ClientHttpProxyError";
  }
}

/** The server has not answered a WebSocket's handshake as it should. */
export class WSServerHandshakeError extends ClientResponseError {
  static {
    this.prototype.name = "WSServerHandshakeError";
  }
}

/** Something about a connection. The subclasses say what; of its own, that the session was closed under the request. */
export class ClientConnectionError extends ClientError {
  static {
    this.prototype.name = "ClientConnectionError";
  }
}

/** Written to a connection that is closed already. */
export class ClientConnectionResetError extends ClientConnectionError {
  static {
    this.prototype.name = "ClientConnectionResetError";
  }
}

/** The operating system refused something about a connection: also an `OSError`, with its `code`. */
export class ClientOSError extends OSError implements ClientConnectionError {
  static {
    this.prototype.name = "ClientOSError";
    alsoA(this, ClientConnectionError);
  }

  readonly requestInfo: RequestInfo | undefined;

  constructor(message: string, details: ClientErrorDetails & OSErrorDetails = {}) {
    super(message, details);
    this.requestInfo = details.request;
  }
}

/** Where a connection was to go. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number | undefined;
  /** Whether it was to be a connection with TLS. */
  readonly ssl: boolean;
}

/** No connection could be made. */
export class ClientConnectorError extends ClientOSError {
  static {
    this.prototype.name = "ClientConnectorError";
  }

  readonly host: string;
  readonly port: number | undefined;
  readonly ssl: boolean;

  constructor(message: string, target: ConnectionTarget, details: ClientErrorDetails & OSErrorDetails = {}) {
    super(message, details);
    this.host = target.host;
    this.port = target.port;
    this.ssl = target.ssl;
  }
}

/** The name of the host could not be resolved. */
export class ClientConnectorDNSError extends ClientConnectorError {
  static {
    this.prototype.name = "ClientConnectorDNSError";
  }
}

/** No connection through the proxy: it can't be reached, or has refused. */
export class ClientProxyConnectionError extends ClientConnectorError {
  static {
    this.prototype.name = "ClientProxyConnectionError";
  }
}

/** No connection to a Unix socket. */
export class UnixClientConnectorError extends ClientConnectorError {
  static {
    this.prototype.name = "UnixClientConnectorError";
  }
}

/** The handshake of TLS failed. */
export class ClientConnectorSSLError extends ClientConnectorError {
  static {
    this.prototype.name = "ClientConnectorSSLError";
  }
}

/** The certificate of the server is not one to trust, has expired, or belongs to another host. */
export class ClientConnectorCertificateError extends ClientConnectorError {
  static {
    this.prototype.name = "ClientConnectorCertificateError";
  }
}

/** The server is at fault, or away. */
export class ServerConnectionError extends ClientConnectionError {
  static {
    this.prototype.name = "ServerConnectionError";
  }
}

/** The server closed the connection before it had answered. */
export class ServerDisconnectedError extends ServerConnectionError {
  static {
    this.prototype.name = "ServerDisconnectedError";
  }
}

/** The request took longer than it may: also a `TimeoutError`. Of its own, that `total` has passed. */
export class ServerTimeoutError extends TimeoutError implements ServerConnectionError {
  static {
    this.prototype.name = "ServerTimeoutError";
    alsoA(this, ServerConnectionError);
  }

  readonly requestInfo: RequestInfo | undefined;

  constructor(message: string, details: ClientErrorDetails = {}) {
    super(message, causeOf(details));
    this.requestInfo = details.request;
  }
}

/** No connection within `connect` or `sockConnect`. */
export class ConnectionTimeoutError extends ServerTimeoutError {
  static {
    this.prototype.name = "ConnectionTimeoutError";
  }
}

/** Nothing came for as long as `sockRead`. */
export class SocketTimeoutError extends ServerTimeoutError {
  static {
    this.prototype.name = "SocketTimeoutError";
  }
}

/** The body is broken: cut off, badly compressed, or larger than allowed. */
export class ClientPayloadError extends ClientError {
  static {
    this.prototype.name = "ClientPayloadError";
  }
}

/** A URL that can't be requested: also a `ValueError`. */
export class InvalidUrlError extends ValueError implements ClientError {
  static {
    this.prototype.name = "InvalidUrlError";
    alsoA(this, ClientError);
  }

  readonly requestInfo: RequestInfo | undefined;
  /** The URL as it was given. */
  readonly url: string;

  constructor(url: string, description: string, details: ClientErrorDetails = {}) {
    super(`${url || "''"}: ${description}`);
    if (details.cause !== undefined) this.cause = details.cause;
    this.url = url;
    this.requestInfo = details.request;
  }
}

/** The URL given is none, or no absolute one. */
export class InvalidUrlClientError extends InvalidUrlError {
  static {
    this.prototype.name = "InvalidUrlClientError";
  }
}

/** The URL given is not of http or https. */
export class NonHttpUrlClientError extends InvalidUrlClientError {
  static {
    this.prototype.name = "NonHttpUrlClientError";
  }
}

/** The target of a redirect is no URL. */
export class InvalidUrlRedirectClientError extends InvalidUrlError {
  static {
    this.prototype.name = "InvalidUrlRedirectClientError";
  }
}

/** The target of a redirect is not of http or https. */
export class NonHttpUrlRedirectClientError extends InvalidUrlRedirectClientError {
  static {
    this.prototype.name = "NonHttpUrlRedirectClientError";
  }
}
