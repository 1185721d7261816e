// dist/index.d.ts
export { BasicAuth, type BasicAuthOptions, encodeBasicAuth } from "./client/basic-auth.ts";
export type { BodyValue } from "./client/body-value.ts";
export type { RequestBody } from "./client/client-request.ts";
export { ClientRequest } from "./client/client-request.ts";
export { ClientResponse, type JsonOptions, type TextOptions } from "./client/client-response.ts";
export type { ContentEncoding } from "./client/compressed-body.ts";
export { Connector } from "./client/connector.ts";
export type { ConnectorOptions, SslOptions } from "./client/connector-options.ts";
export { ContentPieces, ContentReader } from "./client/content-reader.ts";
export type { Cookie } from "./client/cookie.ts";
export { type AbstractCookieJar, CookieJar, type CookieJarOptions, type CookiesInit, DummyCookieJar, } from "./client/cookie-jar.ts";
export { type DigestAuthOptions, digestAuthMiddleware } from "./client/digest-auth.ts";
export { ClientConnectionError, ClientConnectionResetError, ClientConnectorCertificateError, ClientConnectorDNSError, ClientConnectorError, ClientConnectorSSLError, ClientError, type ClientErrorDetails, ClientHttpProxyError, ClientOSError, ClientPayloadError, ClientProxyConnectionError, ClientResponseError, type ConnectionTarget, ConnectionTimeoutError, ContentTypeError, InvalidUrlClientError, InvalidUrlError, InvalidUrlRedirectClientError, NonHttpUrlClientError, NonHttpUrlRedirectClientError, type RequestInfo, type ResponseErrorDetails, ServerConnectionError, ServerDisconnectedError, ServerTimeoutError, SocketTimeoutError, TooManyRedirects, UnixClientConnectorError, WSServerHandshakeError, } from "./client/errors.ts";
export { FormData, type FormDataOptions, type FormFieldOptions, type FormFields, type FormValue, } from "./client/form-data.ts";
export type { ContentDisposition, Link } from "./client/header-values.ts";
export { type HeadersInit, HttpHeaders } from "./client/headers.ts";
export type { ClientHandler, ClientMiddleware } from "./client/middleware.ts";
export type { RequestData } from "./client/payload.ts";
export { request } from "./client/request.ts";
export type { QueryInit, RequestOptions, StatusCheck } from "./client/request-options.ts";
export { type RetryOptions, retryMiddleware } from "./client/retry.ts";
export { ClientSession } from "./client/session.ts";
export type { ClientSessionOptions } from "./client/session-options.ts";
export type { ChunkReader, ChunkStream, WebStream } from "./client/stream-sources.ts";
export { StreamedBody } from "./client/streamed-body.ts";
export type { ClientTimeout } from "./client/timeouts.ts";
export { type TraceCallbacks, type TraceChunkParams, TraceConfig, type TraceConnectionParams, type TraceDnsParams, type TraceExceptionParams, type TraceRequestParams, type TraceResponseParams, type TraceSignals, } from "./client/tracing.ts";
export type { Chunk, ChunkSource } from "./client/upload.ts";
export type { ServerSentEvent } from "./sse/event-parser.ts";
export { ServerSentEvents, type ServerSentEventsOptions, serverSentEvents } from "./sse/server-sent-events.ts";
export type { Bytes } from "./websocket/checks.ts";
export type { WSConnectOptions } from "./websocket/connect.ts";
export { type SendOptions, WebSocketConnection } from "./websocket/connection.ts";
export { WebSocketError, WSMessageTypeError } from "./websocket/errors.ts";
export type { WSDataMessage, WSMessage } from "./websocket/message.ts";
export type { WebSocketOptions } from "./websocket/options.ts";

// dist/client/digest-auth.d.ts
import type { ClientMiddleware } from "./middleware.ts";
export interface DigestAuthOptions {
    readonly preemptive?: boolean | undefined;
}
export declare function digestAuthMiddleware(login: string, password: string, options?: DigestAuthOptions): ClientMiddleware;

// dist/client/request.d.ts
import type { Coroutine } from "asyncio-ts";
import type { ClientResponse } from "./client-response.ts";
import type { RequestOptions } from "./request-options.ts";
export declare function request(method: string, url: string | URL, options?: RequestOptions): Coroutine<ClientResponse>;

// dist/client/retry.d.ts
import type { ClientMiddleware } from "./middleware.ts";
export interface RetryOptions {
    readonly attempts?: number | undefined;
    readonly backoffMs?: number | ((attempt: number) => number) | undefined;
    readonly maxDelayMs?: number | undefined;
    readonly statuses?: Iterable<number> | undefined;
    readonly methods?: Iterable<string> | undefined;
    readonly respectRetryAfter?: boolean | undefined;
}
export declare function retryMiddleware(options?: RetryOptions): ClientMiddleware;

// dist/sse/event-parser.d.ts
export interface ServerSentEvent {
    readonly event: string;
    readonly data: string;
    readonly id: string;
}
export declare class EventParser {
    #private;
    retry: number | null;
    lastEventId: string;
    get size(): number;
    push(text: string): ServerSentEvent[];
}

// dist/sse/server-sent-events.d.ts
import { type Coroutine } from "asyncio-ts";
import type { ClientResponse } from "../client/client-response.ts";
import { type ServerSentEvent } from "./event-parser.ts";
export interface ServerSentEventsOptions {
    readonly maxEventSize?: number | undefined;
}
export declare class ServerSentEvents implements AsyncIterable<ServerSentEvent> {
    #private;
    get lastEventId(): string;
    get retry(): number | null;
    next(): Coroutine<IteratorResult<ServerSentEvent, undefined>>;
    [Symbol.asyncIterator](): AsyncIterator<ServerSentEvent, undefined>;
}
export declare function serverSentEvents(response: ClientResponse, options?: ServerSentEventsOptions): ServerSentEvents;

// dist/websocket/errors.d.ts
export declare class WebSocketError extends Error {
    readonly code: number;
    constructor(code: number, message: string, options?: ErrorOptions);
}
export declare class WSMessageTypeError extends TypeError {
}
export declare function protocolError(error: Error & {
    readonly code?: string;
}): WebSocketError;
