import { BasicAuth } from "./basic-auth.ts";
import { ClientRequest } from "./client-request.ts";
import { ClientPayloadError, InvalidUrlRedirectClientError, NonHttpUrlRedirectClientError } from "./errors.ts";
import type { HttpHeaders } from "./headers.ts";

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What describes a body, and goes with it. */
const OF_THE_BODY = ["Content-Length", "Content-Type", "Content-Encoding", "Content-Language", "Transfer-Encoding"];

/** What no other server should get to see. */
const OF_THE_ORIGIN = ["Authorization", "Cookie", "Host"];

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
  return next(request, method, url, keepsBody);
}

function next(request: ClientRequest, method: string, url: URL, keepsBody: boolean): ClientRequest {
  const auth = BasicAuth.fromUrl(url);
  url.username = "";
  url.password = "";
  url.hash = "";
  const headers = request.headers.copy();
  const stays = url.origin === request.url.origin;
  if (!stays) for (const name of OF_THE_ORIGIN) headers.delete(name);
  if (request._ownsCookies) headers.delete("Cookie");
  if (auth !== null) headers.set("Authorization", auth.encode());
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
  const url = URL.parse(location, request.url.href);
  if (url === null) {
    throw new InvalidUrlRedirectClientError(location, `the redirect from ${request.url.href} leads to no URL`, {
      request,
    });
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new NonHttpUrlRedirectClientError(
      location,
      `the redirect from ${request.url.href} leads to no http: or https:`,
      {
        request,
      },
    );
  }
  return url;
}
