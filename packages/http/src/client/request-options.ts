import type { Coroutine, CoroutineGenerator } from "asyncio-ts";
import type { BasicAuth } from "./basic-auth.ts";
import type { ClientResponse } from "./client-response.ts";
import type { ContentEncoding } from "./compressed-body.ts";
import type { HeadersInit } from "./headers.ts";
import type { ClientMiddleware } from "./middleware.ts";
import type { RequestData } from "./payload.ts";
import type { ClientTimeout } from "./timeouts.ts";

/** What a URL's query can be given as. It is added to what the URL has. */
export type QueryInit =
  | string
  | URLSearchParams
  | Iterable<readonly [name: string, value: string | number | boolean]>
  | Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[] | null | undefined>>;

/** Decides on an answer: throws if it is not to be given to the caller. */
export type StatusCheck = (
  response: ClientResponse,
) => PromiseLike<unknown> | Coroutine<unknown> | CoroutineGenerator<unknown>;

/** The options of one request. What is not given, is the session's. */
export interface RequestOptions {
  /** Added to the query of the URL. */
  readonly params?: QueryInit | undefined;
  /** The body. */
  readonly data?: RequestData | undefined;
  /** The body, as JSON. */
  readonly json?: unknown;
  readonly headers?: HeadersInit | undefined;
  /** Headers that are not to be set unless they are given: `"User-Agent"`, `"Content-Type"`. */
  readonly skipAutoHeaders?: Iterable<string> | undefined;
  /** A login for this request, in place of the session's and of an Authorization header of that; null for no login. */
  readonly auth?: BasicAuth | null | undefined;
  /**
   * The proxy to go through: a URL of http, https or socks5 (which undici calls experimental), with the login in it if it
   * wants one; null for none.
   */
  readonly proxy?: string | URL | null | undefined;
  /** Headers for the proxy. */
  readonly proxyHeaders?: HeadersInit | undefined;
  /** Compresses the body; true is deflate. */
  readonly compress?: boolean | ContentEncoding | undefined;
  /** Cookies for this request alone, beside those of the jar. */
  readonly cookies?: Readonly<Record<string, string>> | undefined;
  /** Whether to follow redirects: by default yes, but for HEAD. */
  readonly allowRedirects?: boolean | undefined;
  /** How many redirects to follow, by default 10. */
  readonly maxRedirects?: number | undefined;
  /** Whether a status of 400 and more is an error; or a function that decides. */
  readonly raiseForStatus?: boolean | StatusCheck | undefined;
  /** Limits; a number is the total. */
  readonly timeout?: number | ClientTimeout | null | undefined;
  /** Middlewares in place of the session's. */
  readonly middlewares?: readonly ClientMiddleware[] | undefined;
  /** Whether a compressed answer is decompressed, by default yes. */
  readonly autoDecompress?: boolean | undefined;
  /** See {@link ClientSessionOptions.maxDecompressedSize}. */
  readonly maxDecompressedSize?: number | null | undefined;
  /** How much of an answer is buffered before the server has to wait: about twice this many bytes. By default 65,536. */
  readonly readBufsize?: number | undefined;
  /** The name that the server's certificate must be for, in place of the URL's. */
  readonly serverHostname?: string | undefined;
  /** Given to the tracers of this request. */
  readonly traceRequestCtx?: unknown;
  /** Whether a request that finds its kept-alive connection closed is sent again: see {@link ClientSessionOptions}. */
  readonly retryPersistentConnection?: boolean | undefined;
}
