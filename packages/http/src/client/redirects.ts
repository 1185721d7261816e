import { addCookies, chooseWay, takeLogin } from "./build-request.ts";
import { checkCount } from "./check-count.ts";
import { ClientRequest } from "./client-request.ts";
import { ClientPayloadError, InvalidUrlRedirectClientError, NonHttpUrlRedirectClientError } from "./errors.ts";
import type { HttpHeaders } from "./headers.ts";
import type { RequestOptions } from "./request-options.ts";
import type { SessionDefaults } from "./session-options.ts";

const MAX_REDIRECTS = 10;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What describes a body, and goes with it. */
const OF_THE_BODY = ["Content-Length", "Content-Type", "Content-Encoding", "Content-Language", "Transfer-Encoding"];

/** What no other server should get to see. */
const OF_THE_ORIGIN = ["Authorization", "Cookie", "Host", "Proxy-Authorization"];

/** What does not change from one redirect to the next. */
export interface Journey {
  readonly session: SessionDefaults;
  readonly options: Omit<RequestOptions, "compress">;
  /** What the caller has asked for: the cookies that it gave go to no other origin. */
  readonly home: URL;
}

/** @throws ValueError for a number that is none. */
export function redirectLimit({ maxRedirects = MAX_REDIRECTS }: Pick<RequestOptions, "maxRedirects">): number {
  return checkCount("maxRedirects", maxRedirects);
}

/**
 * The request that a redirect asks for; null when the answer is none, or says not where to.
 *
 * A body goes along with 307 and 308 only, and with 301 and 302 unless it was posted, as all browsers do. What proves who
 * asks, a login and cookies, stays with its origin.
 *
 * @throws InvalidUrlRedirectClientError, NonHttpUrlRedirectClientError; ClientPayloadError for a body that can be sent but once.
 */
export function redirected(
  request: ClientRequest,
  response: { readonly status: number; readonly headers: HttpHeaders | undefined },
  { session, options, home }: Journey,
): ClientRequest | null {
  if (!REDIRECTS.has(response.status)) return null;
  const location = response.headers?.get("location") ?? response.headers?.get("uri");
  if (location === null || location === undefined) return null;
  const url = targetOf(location, request);
  const { method, keepsBody } = methodAfter(response.status, request.method);
  if (keepsBody && !request.replayable) {
    throw new ClientPayloadError(
      `${response.status} wants the body sent once more, to ${url.href}, and it can be sent but once: give bytes, or a function that makes it anew`,
      { request },
    );
  }
  const next = requestFor(request, method, url, keepsBody);
  addCookies(next, session, url.origin === home.origin ? options.cookies : undefined);
  chooseWay(next, session, options);
  return next;
}

function requestFor(request: ClientRequest, method: string, url: URL, keepsBody: boolean): ClientRequest {
  const login = takeLogin(url, InvalidUrlRedirectClientError);
  url.hash = "";
  const headers = request.headers.copy();
  const stays = url.origin === request.url.origin;
  if (!stays) for (const name of OF_THE_ORIGIN) headers.delete(name);
  if (request._ownsCookies) headers.delete("Cookie");
  if (login !== null) headers.set("Authorization", login.encode());
  if (!keepsBody) for (const name of OF_THE_BODY) headers.delete(name);
  const { timeout, traceRequestCtx, _tracer, serverHostname } = request;
  const init = { headers, body: keepsBody ? request.body : null, timeout, traceRequestCtx, _tracer };
  return new ClientRequest(method, url, stays ? { ...init, serverHostname } : init);
}

function methodAfter(status: number, method: string): { method: string; keepsBody: boolean } {
  const becomesGet = (status === 303 && method !== "HEAD") || ((status === 301 || status === 302) && method === "POST");
  return becomesGet ? { method: "GET", keepsBody: false } : { method, keepsBody: true };
}

function targetOf(location: string, request: ClientRequest): URL {
  // Headers are read as Latin; servers that write what is no ASCII mean UTF-8, as browsers take it.
  const url = URL.parse(Buffer.from(location, "latin1").toString(), request.url.href);
  if (url === null) {
    throw new InvalidUrlRedirectClientError(location, `the redirect from ${request.url.href} leads to no URL`, {
      request,
    });
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const text = `the redirect from ${request.url.href} leads to no http: or https:`;
    throw new NonHttpUrlRedirectClientError(location, text, { request });
  }
  return url;
}
