// dist/testing/index.d.ts
export { TestClient, type TestClientOptions, testClient } from "./test-client.ts";
export { TestServer, type TestServerOptions, testServer } from "./test-server.ts";

// dist/testing/test-client.d.ts
import { type Coroutine } from "asyncio-ts";
import { ClientSession } from "../client/session.ts";
import type { ClientSessionOptions } from "../client/session-options.ts";
import { type App } from "../server/app.ts";
import { type ErrorHandler } from "../server/error-response.ts";
export interface TestClientOptions extends Omit<ClientSessionOptions, "connector" | "connectorOwner"> {
    readonly onError?: ErrorHandler | undefined;
}
export declare class TestClient extends ClientSession {
    wsConnect(): Coroutine<never>;
}
export declare function testClient(app: App, options?: TestClientOptions): TestClient;

// dist/client/session.d.ts
import { type Coroutine } from "asyncio-ts";
import { type WSConnectOptions } from "../websocket/connect.ts";
import type { WebSocketConnection } from "../websocket/connection.ts";
import type { ClientResponse } from "./client-response.ts";
import { Connector } from "./connector.ts";
import type { AbstractCookieJar } from "./cookie-jar.ts";
import type { HttpHeaders } from "./headers.ts";
import type { RequestOptions } from "./request-options.ts";
import { type ClientSessionOptions } from "./session-options.ts";
import type { ClientTimeout } from "./timeouts.ts";
export declare class ClientSession implements AsyncDisposable {
    #private;
    constructor(options?: ClientSessionOptions);
    get closed(): boolean;
    get connector(): Connector;
    get cookieJar(): AbstractCookieJar;
    get headers(): HttpHeaders;
    get timeout(): Required<ClientTimeout>;
    request(method: string, url: string | URL, options?: RequestOptions): Coroutine<ClientResponse>;
    get(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse>;
    post(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse>;
    put(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse>;
    patch(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse>;
    delete(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse>;
    head(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse>;
    options(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse>;
    wsConnect(url: string | URL, options?: WSConnectOptions): Coroutine<WebSocketConnection>;
    close(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/websocket/connect.d.ts
import { type CoroutineGenerator } from "asyncio-ts";
import { type Connector } from "../client/connector.ts";
import type { RequestOptions } from "../client/request-options.ts";
import type { SessionDefaults } from "../client/session-options.ts";
import type { WebSocketConnection } from "./connection.ts";
import { type WebSocketOptions } from "./options.ts";
export interface WSConnectOptions extends WebSocketOptions, Pick<RequestOptions, "params" | "headers" | "skipAutoHeaders" | "cookies" | "auth" | "timeout" | "allowRedirects" | "maxRedirects" | "proxy" | "proxyHeaders" | "serverHostname"> {
    readonly protocols?: readonly string[] | undefined;
    readonly origin?: string | undefined;
}
export declare function connectWebSocket(session: SessionDefaults, connector: Connector, url: string | URL, options: WSConnectOptions): CoroutineGenerator<WebSocketConnection>;

// dist/client/connector.d.ts
import { type Coroutine, type CoroutineGenerator } from "asyncio-ts";
import type { Connection } from "./connection.ts";
import type { ConnectorOptions } from "./connector-options.ts";
export declare class Connector implements AsyncDisposable {
    #private;
    readonly limit: number;
    readonly limitPerHost: number;
    readonly forceClose: boolean;
    readonly allowH2: boolean;
    constructor(options?: ConnectorOptions);
    get closed(): boolean;
    close(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare function whenClosed(connection: Connection): CoroutineGenerator<void>;

// dist/client/connection.d.ts
import type { Socket } from "node:net";
import { type Dispatcher } from "undici";
import type { Endpoint } from "./endpoint.ts";
export interface ConnectionOptions {
    readonly keepAliveTimeout: number;
    readonly maxHeaderSize: number;
}
export declare class ConnectionGone extends Error {
}
export declare class Connection {
    #private;
    readonly endpoint: Endpoint;
    readonly socket: Socket;
    readonly http2: boolean;
    readonly foreign: boolean;
    uses: number;
    running: number;
    constructor(endpoint: Endpoint, socket: Socket, options: ConnectionOptions);
    get usable(): boolean;
    dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void;
    reserve(): void;
    release(): void;
    destroy(error?: Error): void;
    whenClosed(fn: () => void): void;
}

// dist/client/endpoint.d.ts
import { Lock, Semaphore } from "asyncio-ts";
import type { ClientRequest } from "./client-request.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionTarget } from "./errors.ts";
import type { TraceConnectionParams } from "./tracing.ts";
export declare class Endpoint implements ConnectionTarget {
    readonly key: string;
    readonly origin: string;
    readonly host: string;
    readonly port: number;
    readonly ssl: boolean;
    readonly servername: string;
    readonly proxy: URL | null;
    readonly proxyHeaders: readonly string[];
    readonly forwards: boolean;
    readonly idle: Connection[];
    shared: Connection | null;
    isHttp1: boolean;
    readonly probing: Lock;
    readonly slots: Semaphore | null;
    users: number;
    constructor(key: string, request: ClientRequest, limit: number);
    get unused(): boolean;
    pathOf(url: URL): string;
    get target(): TraceConnectionParams;
    get dialledHost(): string;
    toString(): string;
}
export declare function endpointKey(request: ClientRequest): string;

// dist/client/client-request.d.ts
import type { RequestInfo } from "./errors.ts";
import { HttpHeaders } from "./headers.ts";
import { type RequestData } from "./payload.ts";
import type { Body } from "./streamed-body.ts";
import type { ClientTimeout } from "./timeouts.ts";
export type RequestBody = Body | null;
export interface ClientRequestInit {
    readonly headers?: HttpHeaders;
    readonly body?: RequestBody;
    readonly timeout: Required<ClientTimeout>;
    readonly proxy?: URL | null;
    readonly proxyHeaders?: HttpHeaders | null;
    readonly serverHostname?: string | undefined;
    readonly traceRequestCtx?: unknown;
}
export declare class ClientRequest implements RequestInfo {
    method: string;
    url: URL;
    readonly headers: HttpHeaders;
    body: RequestBody;
    readonly timeout: Required<ClientTimeout>;
    proxy: URL | null;
    proxyHeaders: HttpHeaders | null;
    readonly serverHostname: string | undefined;
    readonly traceRequestCtx: unknown;
    get replayable(): boolean;
    updateBody(data: RequestData | null): void;
    toString(): string;
}

// dist/client/errors.d.ts
import { OSError, type OSErrorDetails, TimeoutError, ValueError } from "asyncio-ts";
import type { ClientResponse } from "./client-response.ts";
import type { HttpHeaders } from "./headers.ts";
export interface RequestInfo {
    readonly method: string;
    readonly url: URL;
    readonly headers: HttpHeaders;
}
export interface ClientErrorDetails {
    readonly request?: RequestInfo | undefined;
    readonly cause?: unknown;
}
export declare class ClientError extends Error {
    static [Symbol.hasInstance](value: unknown): boolean;
    readonly requestInfo: RequestInfo | undefined;
    constructor(message: string, details?: ClientErrorDetails);
}
export interface ResponseErrorDetails {
    readonly request: RequestInfo;
    readonly history?: readonly ClientResponse[];
    readonly status?: number;
    readonly headers?: HttpHeaders | undefined;
    readonly cause?: unknown;
}
export declare class ClientResponseError extends ClientError {
    readonly requestInfo: RequestInfo;
    readonly history: readonly ClientResponse[];
    readonly status: number;
    readonly headers: HttpHeaders | undefined;
    readonly reason: string;
    constructor(reason: string, details: ResponseErrorDetails);
}
export declare class ContentTypeError extends ClientResponseError {
}
export declare class TooManyRedirects extends ClientResponseError {
}
export declare class ClientHttpProxyError extends ClientResponseError {
}
export declare class WSServerHandshakeError extends ClientResponseError {
}
export declare class ClientConnectionError extends ClientError {
}
export declare class ClientConnectionResetError extends ClientConnectionError {
}
export declare class ClientOSError extends OSError implements ClientConnectionError {
    readonly requestInfo: RequestInfo | undefined;
    constructor(message: string, details?: ClientErrorDetails & OSErrorDetails);
}
export interface ConnectionTarget {
    readonly host: string;
    readonly port: number | undefined;
    readonly ssl: boolean;
}
export declare class ClientConnectorError extends ClientOSError {
    readonly host: string;
    readonly port: number | undefined;
    readonly ssl: boolean;
    constructor(message: string, target: ConnectionTarget, details?: ClientErrorDetails & OSErrorDetails);
}
export declare class ClientConnectorDNSError extends ClientConnectorError {
}
export declare class ClientProxyConnectionError extends ClientConnectorError {
}
export declare class UnixClientConnectorError extends ClientConnectorError {
}
export declare class ClientConnectorSSLError extends ClientConnectorError {
}
export declare class ClientConnectorCertificateError extends ClientConnectorError {
}
export declare class ServerConnectionError extends ClientConnectionError {
}
export declare class ServerDisconnectedError extends ServerConnectionError {
}
export declare class ServerTimeoutError extends TimeoutError implements ServerConnectionError {
    readonly requestInfo: RequestInfo | undefined;
    constructor(message: string, details?: ClientErrorDetails);
}
export declare class ConnectionTimeoutError extends ServerTimeoutError {
}
export declare class SocketTimeoutError extends ServerTimeoutError {
}
export declare class ClientPayloadError extends ClientError {
}
export declare class InvalidUrlError extends ValueError implements ClientError {
    readonly requestInfo: RequestInfo | undefined;
    readonly url: string;
    constructor(url: string, description: string, details?: ClientErrorDetails);
}
export declare class InvalidUrlClientError extends InvalidUrlError {
}
export declare class NonHttpUrlClientError extends InvalidUrlClientError {
}
export declare class InvalidUrlRedirectClientError extends InvalidUrlError {
}
export declare class NonHttpUrlRedirectClientError extends InvalidUrlRedirectClientError {
}

// dist/client/client-response.d.ts
import { type Coroutine } from "asyncio-ts";
import type { ContentReader } from "./content-reader.ts";
import { type RequestInfo } from "./errors.ts";
import { type ContentDisposition } from "./header-values.ts";
import { HttpHeaders } from "./headers.ts";
export interface JsonOptions {
    readonly contentType?: string | null;
    readonly encoding?: string;
    readonly loads?: (text: string) => unknown;
}
export interface TextOptions {
    readonly encoding?: string;
    readonly errors?: "replace" | "strict";
}
export declare class ClientResponse implements AsyncDisposable {
    #private;
    readonly status: number;
    readonly reason: string;
    readonly method: string;
    readonly url: URL;
    readonly requestInfo: RequestInfo;
    get history(): readonly ClientResponse[];
    get ok(): boolean;
    get headers(): HttpHeaders;
    get rawHeaders(): [
        name: string,
        value: string
    ][];
    get cookies(): Readonly<Record<string, string>>;
    get contentType(): string;
    get charset(): string | null;
    get contentDisposition(): ContentDisposition | null;
    get links(): Readonly<Record<string, {
        readonly url: URL;
    } & Readonly<Record<string, string | URL>>>>;
    get closed(): boolean;
    get content(): ContentReader;
    read(): Coroutine<Uint8Array>;
    text(options?: TextOptions): Coroutine<string>;
    json<T = unknown>(options?: JsonOptions): Coroutine<T>;
    raiseForStatus(): void;
    close(): void;
    release(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
    toString(): string;
}

// dist/client/content-reader.d.ts
import { type Coroutine, StreamReader } from "asyncio-ts";
export declare class ContentReader extends StreamReader {
    readany(): Coroutine<Uint8Array>;
    iterChunked(n: number): ContentPieces;
    iterAny(): ContentPieces;
}
export declare class ContentPieces implements AsyncIterable<Uint8Array> {
    #private;
    next(): Coroutine<IteratorResult<Uint8Array, undefined>>;
    [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined>;
}

// dist/client/header-values.d.ts
export interface ContentTypeValue {
    readonly type: string;
    readonly charset: string | null;
}
export interface ContentDisposition {
    readonly type: string;
    readonly filename: string | null;
    readonly parameters: Readonly<Record<string, string>>;
}
export declare function parseContentType(value: string | null): ContentTypeValue;
export declare function parseContentDisposition(value: string | null): ContentDisposition | null;
export type Link = {
    readonly url: URL;
} & Readonly<Record<string, string | URL>>;
export declare function parseLinks(values: readonly string[], base: URL): Record<string, Link>;

// dist/client/headers.d.ts
export type HeadersInit = HttpHeaders | Iterable<readonly [
    name: string,
    value: string
]> | Readonly<Record<string, string | number | readonly string[] | undefined>>;
export declare class HttpHeaders implements Iterable<[
    name: string,
    value: string
]> {
    #private;
    constructor(init?: HeadersInit);
    get size(): number;
    get(name: string): string | null;
    getAll(name: string): string[];
    has(name: string): boolean;
    append(name: string, value: string): void;
    set(name: string, value: string): void;
    setDefault(name: string, value: string): void;
    delete(name: string): boolean;
    update(init: HeadersInit): void;
    extend(init: HeadersInit): void;
    copy(): HttpHeaders;
    toFlat(): readonly string[];
    entries(): IterableIterator<[
        name: string,
        value: string
    ]>;
    keys(): IterableIterator<string>;
    values(): IterableIterator<string>;
    [Symbol.iterator](): IterableIterator<[
        name: string,
        value: string
    ]>;
    toString(): string;
}

// dist/client/payload.d.ts
import { type BodyValue, type Payload } from "./body-value.ts";
import { FormData, type FormFields } from "./form-data.ts";
export type RequestData = BodyValue | URLSearchParams | FormData | globalThis.FormData | FormFields;
export declare function makePayload(data: RequestData): Payload;
export declare function jsonPayload(text: unknown): Payload;

// dist/client/body-value.d.ts
import type { FileHandle } from "node:fs/promises";
import { BinaryFile, TextFile } from "asyncio-ts/files";
import { type ChunkStream } from "./stream-sources.ts";
import { type Body, StreamedBody } from "./streamed-body.ts";
export type BodyValue = string | ArrayBuffer | ArrayBufferView | Blob | BinaryFile | TextFile | FileHandle | StreamedBody | ChunkStream | (() => ChunkStream);
export interface Payload {
    readonly body: Body;
    readonly contentType: string;
    readonly filename?: string | undefined;
}
export declare const TEXT = "text/plain; charset=utf-8";
export declare const BYTES = "application/octet-stream";
export declare function payloadOf(value: unknown): Payload | null;

// dist/client/stream-sources.d.ts
import { Readable } from "node:stream";
import { type Coroutine, type CoroutineAsyncGenerator, StreamReader } from "asyncio-ts";
import type { Chunk, ChunkSource } from "./upload.ts";
export declare const CHUNK_SIZE = 65536;
export interface WebStream {
    readonly locked: boolean;
    getReader(): object;
}
export type ChunkStream = AsyncIterable<Chunk> | Readable | WebStream | StreamReader;
export interface ChunkReader {
    read(size: number): Coroutine<Uint8Array | string>;
}
export declare function isChunkStream(value: unknown): value is ChunkStream;
export declare function sourceOf(stream: ChunkStream): ChunkSource;
export declare const readAll: (reader: ChunkReader) => CoroutineAsyncGenerator<Chunk>;

// dist/client/upload.d.ts
import { type CoroutineGenerator } from "asyncio-ts";
export type Chunk = ArrayBufferView | string;
export interface ChunkSource {
    next(): PromiseLike<IteratorResult<Chunk, unknown>>;
    return?(value?: undefined): PromiseLike<unknown>;
}
interface Openable {
    readonly size: number | null;
    source(): ChunkSource;
}
export declare function eachChunk(source: ChunkSource, use: (chunk: Chunk) => CoroutineGenerator<void>): CoroutineGenerator<void>;
export declare const CLOSE_WITHIN_MS = 2000;
export declare class Upload implements AsyncIterableIterator<Uint8Array, undefined> {
    #private;
    failure: unknown;
    constructor(body: Openable);
    get closed(): boolean;
    [Symbol.asyncIterator](): this;
    next(): Promise<IteratorResult<Uint8Array, undefined>>;
    return(): Promise<IteratorResult<Uint8Array, undefined>>;
    stop(): void;
    ended(): CoroutineGenerator<void>;
}
export declare function close(source: ChunkSource): CoroutineGenerator<void>;
export declare function toBytes(chunk: Chunk | ArrayBuffer): Uint8Array;
export {};

// dist/client/streamed-body.d.ts
import { type Coroutine, type CoroutineGenerator } from "asyncio-ts";
import { type ChunkSource } from "./upload.ts";
export declare abstract class StreamedBody {
    abstract readonly size: number | null;
    abstract readonly replayable: boolean;
    abstract source(): ChunkSource;
    prepare(): Coroutine<void> | null;
}
export type Body = Uint8Array | StreamedBody;
export declare function sizeOf(body: Body): number | null;
export declare function isReplayable(body: Body): boolean;
export declare function discardBody(body: Body | null): CoroutineGenerator<void> | null;
export declare function prepareBody(body: Body): Coroutine<void> | null;
export declare function sourceOfBody(body: Body): ChunkSource;

// dist/client/form-data.d.ts
import { type BodyValue, type Payload } from "./body-value.ts";
export type FormValue = BodyValue | number | bigint | boolean;
export type FormFields = Iterable<readonly [
    name: string,
    value: FormValue
]> | Readonly<Record<string, FormValue | readonly FormValue[]>>;
export interface FormFieldOptions {
    readonly filename?: string | undefined;
    readonly contentType?: string | undefined;
}
export interface FormDataOptions {
    readonly defaultToMultipart?: boolean | undefined;
}
export declare class FormData {
    #private;
    constructor(fields?: FormFields, options?: FormDataOptions);
    get isMultipart(): boolean;
    addField(name: string, value: FormValue, options?: FormFieldOptions): void;
    addFields(fields: FormFields): void;
}
export declare function urlencoded(pairs: URLSearchParams | [
    string,
    string
][]): Payload;

// dist/client/timeouts.d.ts
import { type CoroutineGenerator } from "asyncio-ts";
export interface ClientTimeout {
    readonly total?: number | null;
    readonly connect?: number | null;
    readonly sockConnect?: number | null;
    readonly sockRead?: number | null;
}
export declare const DEFAULT_TIMEOUT: Required<ClientTimeout>;
export declare function resolveTimeout(timeout: number | ClientTimeout | null | undefined, defaults: Required<ClientTimeout>): Required<ClientTimeout>;
export declare function within<T>(when: number, late: () => Error, body: () => CoroutineGenerator<T>): CoroutineGenerator<T>;

// dist/client/tracing.d.ts
import type { ClientResponse } from "./client-response.ts";
import type { HttpHeaders } from "./headers.ts";
import type { ClientSession } from "./session.ts";
export interface TraceRequestParams {
    readonly method: string;
    readonly url: URL;
    readonly headers: HttpHeaders;
}
export interface TraceChunkParams {
    readonly method: string;
    readonly url: URL;
    readonly chunk: Uint8Array;
}
export interface TraceResponseParams extends TraceRequestParams {
    readonly response: ClientResponse;
}
export interface TraceExceptionParams extends TraceRequestParams {
    readonly exception: unknown;
}
export interface TraceConnectionParams {
    readonly host: string;
    readonly port: number;
}
export interface TraceDnsParams {
    readonly host: string;
}
export interface TraceSignals {
    readonly onRequestStart: TraceRequestParams;
    readonly onRequestHeadersSent: TraceRequestParams;
    readonly onRequestChunkSent: TraceChunkParams;
    readonly onRequestRedirect: TraceResponseParams;
    readonly onResponseChunkReceived: TraceChunkParams;
    readonly onRequestEnd: TraceResponseParams;
    readonly onRequestException: TraceExceptionParams;
    readonly onConnectionQueuedStart: TraceConnectionParams;
    readonly onConnectionQueuedEnd: TraceConnectionParams;
    readonly onConnectionCreateStart: TraceConnectionParams;
    readonly onConnectionCreateEnd: TraceConnectionParams;
    readonly onConnectionReuseconn: TraceConnectionParams;
    readonly onDnsResolvehostStart: TraceDnsParams;
    readonly onDnsResolvehostEnd: TraceDnsParams;
}
type TraceCallback<C, K extends keyof TraceSignals> = (session: ClientSession, context: C, params: TraceSignals[K]) => void;
export type TraceCallbacks<C> = {
    readonly [K in keyof TraceSignals]?: TraceCallback<C, K>;
} & {
    readonly context?: (traceRequestCtx: unknown) => C;
};
export declare class TraceConfig<C = undefined> {
    #private;
    constructor(callbacks: TraceCallbacks<C>);
}
export {};

// dist/client/connector-options.d.ts
import type { LookupFunction } from "node:net";
import type { ConnectionOptions as TlsConnectionOptions } from "node:tls";
export type SslOptions = Pick<TlsConnectionOptions, "ca" | "cert" | "key" | "passphrase" | "pfx" | "ciphers" | "minVersion" | "maxVersion" | "rejectUnauthorized" | "checkServerIdentity" | "secureContext">;
export interface ConnectorOptions {
    readonly limit?: number;
    readonly limitPerHost?: number;
    readonly keepAliveTimeout?: number;
    readonly forceClose?: boolean;
    readonly allowH2?: boolean;
    readonly ssl?: boolean | SslOptions;
    readonly socketPath?: string;
    readonly family?: 0 | 4 | 6;
    readonly autoSelectFamily?: boolean;
    readonly autoSelectFamilyAttemptTimeout?: number;
    readonly localAddress?: string;
    readonly lookup?: LookupFunction;
    readonly maxHeaderSize?: number;
}

// dist/client/request-options.d.ts
import type { Coroutine, CoroutineGenerator } from "asyncio-ts";
import type { BasicAuth } from "./basic-auth.ts";
import type { ClientResponse } from "./client-response.ts";
import type { ContentEncoding } from "./compressed-body.ts";
import type { HeadersInit } from "./headers.ts";
import type { ClientMiddleware } from "./middleware.ts";
import type { RequestData } from "./payload.ts";
import type { ClientTimeout } from "./timeouts.ts";
export type QueryInit = string | URLSearchParams | Iterable<readonly [
    name: string,
    value: string | number | boolean
]> | Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[] | null | undefined>>;
export type StatusCheck = (response: ClientResponse) => PromiseLike<unknown> | Coroutine<unknown> | CoroutineGenerator<unknown>;
export interface RequestOptions {
    readonly params?: QueryInit | undefined;
    readonly data?: RequestData | undefined;
    readonly json?: unknown;
    readonly headers?: HeadersInit | undefined;
    readonly skipAutoHeaders?: Iterable<string> | undefined;
    readonly auth?: BasicAuth | null | undefined;
    readonly proxy?: string | URL | null | undefined;
    readonly proxyHeaders?: HeadersInit | undefined;
    readonly compress?: boolean | ContentEncoding | undefined;
    readonly cookies?: Readonly<Record<string, string>> | undefined;
    readonly allowRedirects?: boolean | undefined;
    readonly maxRedirects?: number | undefined;
    readonly raiseForStatus?: boolean | StatusCheck | undefined;
    readonly timeout?: number | ClientTimeout | null | undefined;
    readonly middlewares?: readonly ClientMiddleware[] | undefined;
    readonly autoDecompress?: boolean | undefined;
    readonly maxDecompressedSize?: number | null | undefined;
    readonly readBufsize?: number | undefined;
    readonly serverHostname?: string | undefined;
    readonly traceRequestCtx?: unknown;
    readonly retryPersistentConnection?: boolean | undefined;
}

// dist/client/basic-auth.d.ts
export interface BasicAuthOptions {
    readonly encoding?: "utf8" | "latin1" | undefined;
}
export declare class BasicAuth {
    readonly login: string;
    readonly password: string;
    readonly encoding: "utf8" | "latin1";
    constructor(login: string, password?: string, options?: BasicAuthOptions);
    static decode(header: string, options?: BasicAuthOptions): BasicAuth;
    static fromUrl(url: URL, options?: BasicAuthOptions): BasicAuth | null;
    encode(): string;
    toString(): string;
}
export declare function encodeBasicAuth(login: string, password?: string, options?: BasicAuthOptions): string;

// dist/client/compressed-body.d.ts
import { type Coroutine, type CoroutineGenerator } from "asyncio-ts";
import { type Body, StreamedBody } from "./streamed-body.ts";
import { type ChunkSource } from "./upload.ts";
export type ContentEncoding = "deflate" | "gzip" | "br" | "zstd";
export declare function encodingOf(compress: boolean | ContentEncoding): ContentEncoding | null;
export declare class CompressedBody extends StreamedBody {
    #private;
    readonly size: null;
    constructor(body: Body, encoding: ContentEncoding);
    get replayable(): boolean;
    prepare(): Coroutine<void> | null;
    _discard(): CoroutineGenerator<void> | null;
    source(): ChunkSource;
}

// dist/client/middleware.d.ts
import { type Coroutine, type CoroutineGenerator } from "asyncio-ts";
import type { ClientRequest } from "./client-request.ts";
import type { ClientResponse } from "./client-response.ts";
export type ClientHandler = (request: ClientRequest) => Coroutine<ClientResponse>;
export type ClientMiddleware = (request: ClientRequest, handler: ClientHandler) => PromiseLike<ClientResponse> | Coroutine<ClientResponse> | CoroutineGenerator<ClientResponse>;
type Send = (request: ClientRequest) => CoroutineGenerator<ClientResponse>;
export declare function throughMiddlewares(request: ClientRequest, middlewares: readonly ClientMiddleware[], send: Send): Coroutine<ClientResponse>;
export {};

// dist/client/session-options.d.ts
import type { BasicAuth } from "./basic-auth.ts";
import type { Connector } from "./connector.ts";
import { type AbstractCookieJar, type CookiesInit } from "./cookie-jar.ts";
import { Environment } from "./environment.ts";
import { type HeadersInit, HttpHeaders } from "./headers.ts";
import type { ClientMiddleware } from "./middleware.ts";
import type { StatusCheck } from "./request-options.ts";
import { type ClientTimeout } from "./timeouts.ts";
import type { TraceConfig } from "./tracing.ts";
export interface ClientSessionOptions {
    readonly baseUrl?: string | URL;
    readonly headers?: HeadersInit;
    readonly skipAutoHeaders?: Iterable<string>;
    readonly cookies?: CookiesInit;
    readonly cookieJar?: AbstractCookieJar;
    readonly connector?: Connector;
    readonly connectorOwner?: boolean;
    readonly timeout?: number | ClientTimeout | null;
    readonly raiseForStatus?: boolean | StatusCheck;
    readonly middlewares?: readonly ClientMiddleware[];
    readonly auth?: BasicAuth | null;
    readonly proxy?: string | URL | null;
    readonly proxyHeaders?: HeadersInit;
    readonly trustEnv?: boolean;
    readonly autoDecompress?: boolean;
    readonly maxDecompressedSize?: number | null;
    readonly readBufsize?: number;
    readonly traceConfigs?: Iterable<TraceConfig<unknown>>;
    readonly jsonSerialize?: (value: unknown) => string;
    readonly retryPersistentConnection?: boolean;
}
export interface SessionDefaults {
    readonly baseUrl: URL | null;
    readonly headers: HttpHeaders;
    readonly autoHeaders: HttpHeaders;
    readonly cookieJar: AbstractCookieJar;
    readonly timeout: Required<ClientTimeout>;
    readonly raiseForStatus: boolean | StatusCheck;
    readonly middlewares: readonly ClientMiddleware[];
    readonly auth: BasicAuth | null;
    readonly proxy: URL | null;
    readonly proxyHeaders: HttpHeaders | null;
    readonly env: Environment | null;
    readonly autoDecompress: boolean;
    readonly maxDecompressedSize: number | null;
    readonly readBufsize: number;
    readonly traceConfigs: readonly TraceConfig<unknown>[];
    readonly jsonSerialize: (value: unknown) => string;
    readonly retryPersistentConnection: boolean;
}
export declare function sessionDefaults(options: ClientSessionOptions): SessionDefaults;
export declare function checkedMaxSize(value: number | null | undefined, fallback: number | null): number | null;

// dist/client/cookie-jar.d.ts
import { type Coroutine } from "asyncio-ts";
import { type Cookie } from "./cookie.ts";
export type CookiesInit = Readonly<Record<string, string>> | Iterable<readonly [
    name: string,
    value: string
]>;
export interface AbstractCookieJar extends Iterable<Cookie> {
    readonly length: number;
    filterCookies(url: URL | string): ReadonlyMap<string, string> | null;
    updateCookies(cookies: CookiesInit, url?: URL | string): void;
    updateCookiesFromHeaders(headers: readonly string[], url: URL | string): void;
    clear(predicate?: (cookie: Cookie) => boolean): void;
    clearDomain(domain: string): void;
}
export interface CookieJarOptions {
    readonly unsafe?: boolean | undefined;
    readonly treatAsSecureOrigin?: Iterable<string | URL> | undefined;
}
export declare class CookieJar implements AbstractCookieJar {
    #private;
    constructor(options?: CookieJarOptions);
    get length(): number;
    filterCookies(url: URL | string): ReadonlyMap<string, string> | null;
    updateCookies(cookies: CookiesInit, url?: URL | string): void;
    updateCookiesFromHeaders(headers: readonly string[], url: URL | string): void;
    clear(predicate?: (cookie: Cookie) => boolean): void;
    clearDomain(domain: string): void;
    save(path: string | URL): Coroutine<void>;
    load(path: string | URL): Coroutine<void>;
    toJSON(): object;
    static fromJson(json: string | object, options?: CookieJarOptions): CookieJar;
    [Symbol.iterator](): IterableIterator<Cookie>;
}
export declare class DummyCookieJar implements AbstractCookieJar {
    readonly length = 0;
    filterCookies(): null;
    updateCookies(): void;
    updateCookiesFromHeaders(): void;
    clear(): void;
    clearDomain(): void;
    [Symbol.iterator](): IterableIterator<Cookie>;
}

// dist/client/cookie.d.ts
export interface Cookie {
    readonly name: string;
    readonly value: string;
    readonly domain: string;
    readonly path: string;
    readonly expires: Date | null;
    readonly secure: boolean;
    readonly httpOnly: boolean;
    readonly sameSite: "strict" | "lax" | "none" | null;
    readonly hostOnly: boolean;
}

// dist/client/environment.d.ts
import { BasicAuth } from "./basic-auth.ts";
type Variables = Readonly<Record<string, string | undefined>>;
export declare class Environment {
    #private;
    constructor(env: Variables);
    loginFor(url: URL): BasicAuth | null;
    proxyFor(url: URL): URL | null;
}
export declare function parseProxy(proxy: string | URL, place?: string): URL;
export {};

// dist/testing/test-server.d.ts
import { type Coroutine } from "asyncio-ts";
import { ClientSession } from "../client/session.ts";
import type { ClientSessionOptions } from "../client/session-options.ts";
import type { App } from "../server/app.ts";
import type { HttpServer } from "../server/http-server.ts";
import type { ServeOptions } from "../server/serve-options.ts";
export interface TestServerOptions extends ServeOptions {
    readonly session?: ClientSessionOptions | undefined;
}
export declare class TestServer implements AsyncDisposable {
    readonly server: HttpServer;
    readonly session: ClientSession;
    get url(): string;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare function testServer(app: App, options?: TestServerOptions): Coroutine<TestServer>;
