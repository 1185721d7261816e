// dist/server/index.d.ts
export type { AccessLog, AccessLogEntry } from "./access-log.ts";
export type { App, FetchHandler, HandlerResult, ServerEnv } from "./app.ts";
export type { ErrorHandler } from "./error-response.ts";
export { BodyTooLargeError } from "./errors.ts";
export type { EventInit } from "./event-format.ts";
export { EventStream, type EventStreamBody, type EventStreamOptions, eventStream } from "./event-stream.ts";
export { type CloseOptions, HttpServer, type ServeForeverOptions } from "./http-server.ts";
export { serve } from "./serve.ts";
export type { RequestTaskOptions, ServeOptions } from "./serve-options.ts";
export { type StaticFiles, type StaticFilesOptions, staticFiles } from "./static-files.ts";
export { type WebSocketBody, type WebSocketServerOptions, webSocket } from "./web-socket.ts";

// dist/server/access-log.d.ts
export interface AccessLogEntry {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly bytes: number;
    readonly durationMs: number;
    readonly remoteAddress: string | undefined;
}
export type AccessLog = (entry: AccessLogEntry) => unknown;

// dist/server/app.d.ts
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Coroutine, type CoroutineGenerator } from "asyncio-ts";
export type HandlerResult = Response | PromiseLike<Response> | Coroutine<Response> | CoroutineGenerator<Response>;
export interface ServerEnv {
    readonly incoming?: IncomingMessage | undefined;
    readonly outgoing?: ServerResponse | undefined;
}
export type FetchHandler = (request: Request, env: ServerEnv) => HandlerResult;
export type App = FetchHandler | {
    fetch(request: Request, env: ServerEnv): HandlerResult;
};

// dist/server/error-response.d.ts
import { type HandlerResult } from "./app.ts";
export type ErrorHandler = (error: unknown, request: Request) => HandlerResult;

// dist/server/errors.d.ts
import { ValueError } from "asyncio-ts";
export declare class BodyTooLargeError extends ValueError {
    readonly maxBodySize: number;
    constructor(maxBodySize: number);
    getResponse(): Response;
}

// dist/server/event-format.d.ts
export interface EventInit {
    readonly data?: string | undefined;
    readonly event?: string | undefined;
    readonly id?: string | undefined;
    readonly retry?: number | undefined;
}
export declare function formatEvent(init: EventInit): string;
export declare function formatComment(text: string): string;

// dist/server/event-stream.d.ts
import { type Body, type Coroutine } from "asyncio-ts";
import { type EventInit } from "./event-format.ts";
export interface EventStreamOptions {
    readonly pingMs?: number | null | undefined;
}
export type EventStreamBody = Body<EventStream, unknown>;
export declare class EventStream {
    #private;
    readonly lastEventId: string | null;
    send(event: EventInit): Coroutine<void>;
    comment(text: string): Coroutine<void>;
}
export declare function eventStream(request: Request, body: EventStreamBody, options?: EventStreamOptions): Response;

// dist/server/http-server.d.ts
import type { AddressInfo } from "node:net";
import { type Coroutine, type Task } from "asyncio-ts";
export interface CloseOptions {
    readonly graceMs?: number | null | undefined;
}
export interface ServeForeverOptions extends CloseOptions {
    readonly signals?: readonly string[] | undefined;
}
export declare class HttpServer implements AsyncDisposable {
    #private;
    get address(): Readonly<AddressInfo> | string;
    get port(): number;
    get url(): string;
    requests(): Task<void>[];
    close(options?: CloseOptions): Coroutine<void>;
    serveForever(options?: ServeForeverOptions): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
    toString(): string;
}

// dist/server/serve.d.ts
import { type Coroutine } from "asyncio-ts";
import { type App } from "./app.ts";
import { HttpServer } from "./http-server.ts";
import type { ServeOptions } from "./serve-options.ts";
export declare function serve(app: App, options?: ServeOptions): Coroutine<HttpServer>;

// dist/server/serve-options.d.ts
import type { TlsOptions } from "asyncio-ts";
import type { AccessLog } from "./access-log.ts";
import type { ErrorHandler } from "./error-response.ts";
export interface RequestTaskOptions {
    readonly cancelOnDisconnect?: boolean | undefined;
    readonly requestTimeoutMs?: number | null | undefined;
    readonly graceMs?: number | null | undefined;
    readonly cleanupMs?: number | undefined;
}
export interface ServeOptions extends RequestTaskOptions {
    readonly host?: string | undefined;
    readonly port?: number | undefined;
    readonly path?: string | undefined;
    readonly backlog?: number | undefined;
    readonly reusePort?: boolean | undefined;
    readonly ssl?: TlsOptions | undefined;
    readonly onError?: ErrorHandler | undefined;
    readonly accessLog?: AccessLog | undefined;
    readonly maxBodySize?: number | null | undefined;
    readonly maxHeaderSize?: number | undefined;
    readonly headersTimeoutMs?: number | undefined;
    readonly receiveTimeoutMs?: number | undefined;
    readonly keepAliveTimeoutMs?: number | undefined;
    readonly maxRequestsPerSocket?: number | undefined;
    readonly maxConnections?: number | undefined;
}

// dist/server/static-files.d.ts
import { type Coroutine } from "asyncio-ts";
export interface StaticFilesOptions {
    readonly prefix?: string | undefined;
    readonly index?: string | false | undefined;
    readonly precompressed?: boolean | undefined;
    readonly maxAgeMs?: number | undefined;
    readonly immutable?: boolean | undefined;
    readonly followSymlinks?: boolean | undefined;
    readonly dotfiles?: boolean | undefined;
}
export type StaticFiles = (request: Request) => Coroutine<Response>;
export declare function staticFiles(root: string | URL, options?: StaticFilesOptions): StaticFiles;

// dist/server/web-socket.d.ts
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Body, type Coroutine } from "asyncio-ts";
import { WebSocketConnection } from "../websocket/connection.ts";
import { type WebSocketOptions } from "../websocket/options.ts";
export interface WebSocketServerOptions extends WebSocketOptions {
    readonly protocols?: readonly string[] | undefined;
}
export type WebSocketBody = Body<WebSocketConnection, unknown>;
interface UpgradeHost {
    readonly onShutdown: Set<() => void>;
    readonly cancelOnDisconnect: boolean;
    readonly tasks: {
        isStopped(): boolean;
    };
}
export type Upgrade = (incoming: IncomingMessage, socket: Duplex, head: Buffer, host: UpgradeHost) => Coroutine<void>;
export declare function takeUpgrade(response: Response): Upgrade | undefined;
export declare function webSocket(body: WebSocketBody, options?: WebSocketServerOptions): Response;
export {};

// dist/websocket/connection.d.ts
import { type Coroutine } from "asyncio-ts";
import { type Bytes } from "./checks.ts";
import type { WSDataMessage, WSMessage } from "./message.ts";
export interface SendOptions {
    readonly compress?: boolean | undefined;
}
export declare class WebSocketConnection implements AsyncIterable<WSDataMessage>, AsyncDisposable {
    #private;
    get closed(): boolean;
    get closeCode(): number | null;
    get protocol(): string | null;
    get compress(): boolean;
    exception(): Error | null;
    sendStr(data: string, options?: SendOptions): Coroutine<void>;
    sendBytes(data: Bytes, options?: SendOptions): Coroutine<void>;
    sendJson(value: unknown, options?: SendOptions): Coroutine<void>;
    send(data: string | Bytes, options?: SendOptions): Coroutine<void>;
    ping(data?: string | Uint8Array): Coroutine<void>;
    pong(data?: string | Uint8Array): Coroutine<void>;
    receive(timeoutMs?: number | null): Coroutine<WSMessage>;
    receiveStr(timeoutMs?: number | null): Coroutine<string>;
    receiveBytes(timeoutMs?: number | null): Coroutine<Uint8Array>;
    receiveJson<T = unknown>(timeoutMs?: number | null): Coroutine<T>;
    close(code?: number, reason?: string): Coroutine<boolean>;
    [Symbol.asyncDispose](): Promise<void>;
    next(): Coroutine<IteratorResult<WSDataMessage, undefined>>;
    [Symbol.asyncIterator](): AsyncIterator<WSDataMessage, undefined>;
    toString(): string;
}

// dist/websocket/checks.d.ts
export type Bytes = Uint8Array | ArrayBuffer | DataView;
export declare function checkText(data: unknown): void;
export declare function checkBytes(fn: string, data: unknown): void;
export declare function checkControl(fn: string, data: unknown): void;
export declare function checkClose(code: unknown, reason: unknown): void;

// dist/websocket/message.d.ts
export type WSDataMessage = {
    readonly type: "text";
    readonly data: string;
} | {
    readonly type: "binary" | "ping" | "pong";
    readonly data: Uint8Array;
};
export type WSMessage = WSDataMessage | {
    readonly type: "close";
    readonly data: number;
    readonly extra: string;
} | {
    readonly type: "closing";
    readonly data: null;
} | {
    readonly type: "closed";
    readonly data: null;
} | {
    readonly type: "error";
    readonly data: Error;
};

// dist/websocket/options.d.ts
export interface WebSocketOptions {
    readonly heartbeat?: number | null | undefined;
    readonly autoping?: boolean | undefined;
    readonly receiveTimeoutMs?: number | null | undefined;
    readonly closeTimeoutMs?: number | undefined;
    readonly maxMsgSize?: number | undefined;
    readonly compress?: boolean | undefined;
    readonly writerLimit?: number | undefined;
}
export type CheckedOptions = {
    readonly [K in keyof WebSocketOptions]-?: Exclude<WebSocketOptions[K], undefined>;
};
export declare function checkOptions(fn: string, options: WebSocketOptions): CheckedOptions;
interface ProtocolOptions {
    readonly autoPong: boolean;
    readonly closeTimeout: number;
    readonly maxPayload: number;
    readonly perMessageDeflate: boolean;
}
export declare function protocolOptions(options: CheckedOptions): ProtocolOptions;
export {};
