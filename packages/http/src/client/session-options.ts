import { ValueError } from "asyncio-ts";
import type { BasicAuth } from "./basic-auth.ts";
import { checkCount } from "./check-count.ts";
import type { Connector } from "./connector.ts";
import { type AbstractCookieJar, CookieJar, type CookiesInit } from "./cookie-jar.ts";
import { Environment, parseProxy } from "./environment.ts";
import { InvalidUrlClientError } from "./errors.ts";
import { type HeadersInit, HttpHeaders } from "./headers.ts";
import type { ClientMiddleware } from "./middleware.ts";
import type { StatusCheck } from "./request-options.ts";
import { type ClientTimeout, DEFAULT_TIMEOUT, resolveTimeout } from "./timeouts.ts";
import type { TraceConfig } from "./tracing.ts";

/** How a session is made. */
export interface ClientSessionOptions {
  /** What relative URLs are joined to; its path has to end in a slash. */
  readonly baseUrl?: string | URL;
  /** Sent with every request. */
  readonly headers?: HeadersInit;
  /** Headers that are not to be set unless they are given. */
  readonly skipAutoHeaders?: Iterable<string>;
  /** Put into the jar, for every host. */
  readonly cookies?: CookiesInit;
  /** By default one of its own. */
  readonly cookieJar?: AbstractCookieJar;
  /** By default one of its own, with a limit of 100. */
  readonly connector?: Connector;
  /** Whether the connector is closed with the session, by default yes. */
  readonly connectorOwner?: boolean;
  /** Limits; a number is the total. By default 300 s in all, 30 s to connect. */
  readonly timeout?: number | ClientTimeout | null;
  /** Whether a status of 400 and more is an error; or a function that decides. By default no. */
  readonly raiseForStatus?: boolean | StatusCheck;
  /** What every request goes through, the first outermost. */
  readonly middlewares?: readonly ClientMiddleware[];
  /** A login for every request that has none of its own; with a `baseUrl` for those to its origin alone. */
  readonly auth?: BasicAuth | null;
  /** The proxy that requests go through: see `RequestOptions.proxy`. */
  readonly proxy?: string | URL | null;
  /** Headers for that proxy. */
  readonly proxyHeaders?: HeadersInit;
  /**
   * Whether the environment has a say: HTTP_PROXY, HTTPS_PROXY and NO_PROXY, read when the session is made, and the logins of
   * `~/.netrc`, or the file that NETRC names. By default no.
   */
  readonly trustEnv?: boolean;
  /** Whether compressed answers are decompressed, by default yes. */
  readonly autoDecompress?: boolean;
  /**
   * The most bytes that `read()`, `text()` and `json()` make of a *compressed* body, by default 134,217,728, a quarter of the
   * longest string there can be; null for no limit. A few kilobytes can unfold to gigabytes, so the sender must not decide
   * how much memory is used. What is not compressed the sender has to send, and who reads by `content` holds little
   * at a time: both go without a limit.
   */
  readonly maxDecompressedSize?: number | null;
  /** How much of an answer is buffered before the server has to wait: about twice this many bytes. By default 65,536. */
  readonly readBufsize?: number;
  /** Who looks on at the requests. */
  readonly traceConfigs?: Iterable<TraceConfig<unknown>>;
  /** What `json` is written by, in place of `JSON.stringify`. */
  readonly jsonSerialize?: (value: unknown) => string;
  /**
   * Whether a request is sent once more when a connection that was used before turns out to be closed before anything of the
   * answer has come; by default yes. Only what can be repeated without harm: GET, HEAD, OPTIONS, TRACE, QUERY, PUT, DELETE.
   */
  readonly retryPersistentConnection?: boolean;
}

/** What a session has for every request. */
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

const MAX_DECOMPRESSED_SIZE = 128 * 1024 * 1024;
const READ_BUFSIZE = 65_536;

const AUTO_HEADERS = {
  Accept: "*/*",
  "Accept-Encoding": "gzip, deflate, br, zstd",
  "User-Agent": "asyncio-ts",
};

export function sessionDefaults(options: ClientSessionOptions): SessionDefaults {
  const autoHeaders = new HttpHeaders(AUTO_HEADERS);
  for (const name of options.skipAutoHeaders ?? []) autoHeaders.delete(name);
  const headers = autoHeaders.copy();
  if (options.headers !== undefined) headers.update(options.headers);
  const cookieJar = options.cookieJar ?? new CookieJar();
  if (options.cookies !== undefined) cookieJar.updateCookies(options.cookies);
  return {
    baseUrl: checkedBase(options.baseUrl),
    headers,
    autoHeaders,
    cookieJar,
    timeout: resolveTimeout(options.timeout, DEFAULT_TIMEOUT),
    raiseForStatus: options.raiseForStatus ?? false,
    middlewares: options.middlewares ?? [],
    auth: options.auth ?? null,
    proxy: options.proxy === undefined || options.proxy === null ? null : parseProxy(options.proxy),
    proxyHeaders: options.proxyHeaders === undefined ? null : new HttpHeaders(options.proxyHeaders),
    env: options.trustEnv ? new Environment(process.env) : null,
    autoDecompress: options.autoDecompress ?? true,
    maxDecompressedSize: checkedMaxSize(options.maxDecompressedSize, MAX_DECOMPRESSED_SIZE),
    readBufsize: checkCount("readBufsize", options.readBufsize ?? READ_BUFSIZE, 1),
    traceConfigs: [...(options.traceConfigs ?? [])],
    jsonSerialize: options.jsonSerialize ?? JSON.stringify,
    retryPersistentConnection: options.retryPersistentConnection ?? true,
  };
}

/** @throws ValueError */
export function checkedMaxSize(value: number | null | undefined, fallback: number | null): number | null {
  if (value === undefined) return fallback;
  return value === null ? null : checkCount("maxDecompressedSize", value);
}

/** @throws InvalidUrlClientError for no absolute URL; ValueError when its last part would be lost in joining. */
function checkedBase(base: string | URL | undefined): URL | null {
  if (base === undefined) return null;
  const url = URL.parse(String(base));
  if (url === null) throw new InvalidUrlClientError(String(base), "baseUrl must be an absolute URL");
  if (!url.pathname.endsWith("/")) throw new ValueError(`the path of baseUrl must end in "/", got ${url.href}`);
  return url;
}
