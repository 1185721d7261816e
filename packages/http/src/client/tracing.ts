import { isIP, type Socket } from "node:net";
import { type CoroutineGenerator, type EventLoop, getRunningLoop } from "asyncio-ts";
import type { ClientResponse } from "./client-response.ts";
import type { RequestInfo } from "./errors.ts";
import type { HttpHeaders } from "./headers.ts";
import type { ClientSession } from "./session.ts";

/** Of a request as a whole. */
export interface TraceRequestParams {
  readonly method: string;
  readonly url: URL;
  /** Those of the request. */
  readonly headers: HttpHeaders;
}

/** Of a piece of a body. */
export interface TraceChunkParams {
  readonly method: string;
  readonly url: URL;
  readonly chunk: Uint8Array;
}

/** Of an answer. */
export interface TraceResponseParams extends TraceRequestParams {
  readonly response: ClientResponse;
}

/** Of a failure. */
export interface TraceExceptionParams extends TraceRequestParams {
  readonly exception: unknown;
}

/** Of a connection. */
export interface TraceConnectionParams {
  readonly host: string;
  readonly port: number;
}

/** Of the looking up of a name. */
export interface TraceDnsParams {
  readonly host: string;
}

/** What can be traced, and what is told of it. */
export interface TraceSignals {
  /** The user has made a request. */
  readonly onRequestStart: TraceRequestParams;
  /** A request, or one that a redirect led to, goes out. */
  readonly onRequestHeadersSent: TraceRequestParams;
  readonly onRequestChunkSent: TraceChunkParams;
  /** An answer redirects: this one. */
  readonly onRequestRedirect: TraceResponseParams;
  /** A piece of the answer's body has come; compressed, if it is. */
  readonly onResponseChunkReceived: TraceChunkParams;
  /** The user is given the answer, whose body may still be on its way. */
  readonly onRequestEnd: TraceResponseParams;
  /** The user is given an error, or the request was cancelled. */
  readonly onRequestException: TraceExceptionParams;
  /** The request has to wait, since there are as many connections in use as may be. */
  readonly onConnectionQueuedStart: TraceConnectionParams;
  readonly onConnectionQueuedEnd: TraceConnectionParams;
  readonly onConnectionCreateStart: TraceConnectionParams;
  /** There is a connection, with TLS if need be. */
  readonly onConnectionCreateEnd: TraceConnectionParams;
  /** A connection is used that was used before. */
  readonly onConnectionReuseconn: TraceConnectionParams;
  readonly onDnsResolvehostStart: TraceDnsParams;
  readonly onDnsResolvehostEnd: TraceDnsParams;
}

/** What is called for a signal. */
type TraceCallback<C, K extends keyof TraceSignals> = (
  session: ClientSession,
  context: C,
  params: TraceSignals[K],
) => void;

/** What is called, by the name of the signal, with the session, the context of the request and what is told. */
export type TraceCallbacks<C> = {
  readonly [K in keyof TraceSignals]?: TraceCallback<C, K>;
} & {
  /** Makes the context of a request, of what it was given as `traceRequestCtx`. */
  readonly context?: (traceRequestCtx: unknown) => C;
};

/**
 * Looks on at the requests of a session. The callbacks are plain functions: they can't wait and can't change what happens.
 * What they throw goes to the loop's exception handler.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import type { AddressInfo } from "node:net";
 * import { run } from "asyncio-ts";
 * import { ClientSession, TraceConfig } from "@asyncio-ts/http";
 *
 * const timing = new TraceConfig({
 *   context: () => ({ begin: 0 }),
 *   onRequestStart(_, context) {
 *     context.begin = performance.now();
 *   },
 *   onRequestEnd(_, { begin }, { url, response }) {
 *     console.log(url.pathname, response.status, performance.now() - begin); // /x 200 2.1
 *   },
 * });
 *
 * const server = createServer((_, answer) => answer.end()).listen(0, "127.0.0.1");
 * await run(async () => {
 *   await using session = new ClientSession({ traceConfigs: [timing] });
 *   await using response = await session.get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
 * });
 * server.close();
 * ```
 */
export class TraceConfig<C = undefined> {
  readonly #callbacks: TraceCallbacks<C>;

  constructor(callbacks: TraceCallbacks<C>) {
    this.#callbacks = callbacks;
  }

  /** What is called for one request. @internal */
  _begin(session: ClientSession, traceRequestCtx: unknown): Emit {
    const callbacks = this.#callbacks;
    // Without a function that makes one it is undefined, which is what C is then.
    const context = callbacks.context?.(traceRequestCtx) as C;
    return <K extends keyof TraceSignals>(signal: K, params: TraceSignals[K]) => {
      const callback = callbacks[signal] as TraceCallback<C, K> | undefined;
      callback?.(session, context, params);
    };
  }
}

type Emit = <K extends keyof TraceSignals>(signal: K, params: TraceSignals[K]) => void;

/** All that look on at one request. @internal */
export class Tracer {
  readonly #emits: readonly Emit[];
  readonly #loop: EventLoop = getRunningLoop();

  constructor(configs: readonly Pick<TraceConfig, "_begin">[], session: ClientSession, traceRequestCtx: unknown) {
    this.#emits = configs.map((config) => config._begin(session, traceRequestCtx));
  }

  emit<K extends keyof TraceSignals>(signal: K, params: TraceSignals[K]): void {
    for (const emit of this.#emits) {
      try {
        emit(signal, params);
      } catch (exception) {
        this.#loop.callExceptionHandler({ message: `a tracer failed in ${signal}`, exception });
      }
    }
  }

  /** Of what is told of a whole request. */
  emitFor<K extends keyof TraceSignals>(
    signal: K,
    request: RequestInfo,
    more: Omit<TraceSignals[K], "method" | "url" | "headers">,
  ): void {
    const { method, url, headers } = request;
    this.emit(signal, { method, url, headers, ...more } as unknown as TraceSignals[K]);
  }

  /** The socket itself looks up the name that it is to connect to. */
  watchLookup(socket: Socket, host: string): void {
    if (isIP(host) !== 0) return;
    this.emit("onDnsResolvehostStart", { host });
    socket.once("lookup", () => this.emit("onDnsResolvehostEnd", { host }));
  }
}

/** Tells how a request begins and ends. @internal */
export function* traced(
  tracer: Tracer,
  request: RequestInfo,
  answering: CoroutineGenerator<ClientResponse>,
): CoroutineGenerator<ClientResponse> {
  tracer.emitFor("onRequestStart", request, {});
  try {
    const response = yield* answering;
    tracer.emitFor("onRequestEnd", response.requestInfo, { response });
    return response;
  } catch (exception) {
    tracer.emitFor("onRequestException", request, { exception });
    throw exception;
  }
}
