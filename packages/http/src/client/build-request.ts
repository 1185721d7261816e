import { inspect } from "node:util";
import { ValueError } from "asyncio-ts";
import { BasicAuth } from "./basic-auth.ts";
import { ClientRequest } from "./client-request.ts";
import { CompressedBody, encodingOf } from "./compressed-body.ts";
import { parseProxy } from "./environment.ts";
import { InvalidUrlClientError, type InvalidUrlError, NonHttpUrlClientError } from "./errors.ts";
import { HttpHeaders } from "./headers.ts";
import { jsonPayload, makePayload } from "./payload.ts";
import type { QueryInit, RequestOptions } from "./request-options.ts";
import type { SessionDefaults } from "./session-options.ts";
import { resolveTimeout } from "./timeouts.ts";

/** The request that the options ask for, on top of what the session has. */
export function buildRequest(
  session: SessionDefaults,
  method: string,
  target: string | URL,
  options: RequestOptions,
): ClientRequest {
  const url = buildUrl(target, session.baseUrl, options.params);
  const login = takeLogin(url, InvalidUrlClientError);
  const request = new ClientRequest(checkedMethod(method), url, {
    headers: session.headers.copy(),
    timeout: resolveTimeout(options.timeout, session.timeout),
    serverHostname: options.serverHostname,
    traceRequestCtx: options.traceRequestCtx,
  });
  if (options.headers !== undefined) request.headers.update(options.headers);
  for (const name of options.skipAutoHeaders ?? []) skip(request.headers, name, session, options);
  authorize(request, session, options, login);
  chooseWay(request, session, options);
  addBody(request, session, options);
  addCookies(request, session, options.cookies);
  return request;
}

/** A header that is there by itself only is taken away again. */
function skip(headers: HttpHeaders, name: string, session: SessionDefaults, options: RequestOptions): void {
  const value = headers.get(name);
  if (value !== null && session.autoHeaders.get(name) === value && !given(options, name)) headers.delete(name);
}

function given({ headers }: RequestOptions, name: string): boolean {
  if (headers === undefined) return false;
  const names = Symbol.iterator in headers ? [...headers].map(([key]) => key) : Object.keys(headers);
  return names.some((key) => key.toLowerCase() === name.toLowerCase());
}

/** @throws InvalidUrlClientError, NonHttpUrlClientError */
function buildUrl(target: string | URL, base: URL | null, params: QueryInit | undefined): URL {
  const text = typeof target === "string" ? target : target.href;
  const url = base === null ? URL.parse(text) : URL.parse(text, base.href);
  if (url === null) {
    const hint = base === null ? "it is no absolute URL, and the session has no baseUrl" : "it is no URL";
    throw new InvalidUrlClientError(text, hint);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new NonHttpUrlClientError(text, "only http: and https: can be requested");
  }
  if (url.hash !== "") url.hash = "";
  if (params !== undefined) addParams(url, params);
  return url;
}

/** What the URL has stays as it is written: who signs URLs needs it so. */
function addParams(url: URL, params: QueryInit): void {
  const query = typeof params === "string" ? params.replace(/^\?/, "") : queryOf(params);
  if (query !== "") url.search = url.search === "" ? query : `${url.search}&${query}`;
}

function queryOf(params: Exclude<QueryInit, string>): string {
  if (params instanceof URLSearchParams) return params.toString();
  if (typeof params !== "object" || params === null) {
    throw new TypeError(`params must be a string, pairs or an object, got ${inspect(params)}`);
  }
  const query = new URLSearchParams();
  for (const [name, value] of Symbol.iterator in params ? params : Object.entries(params)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return query.toString();
}

/** @throws ValueError for a method that undici has another door for. */
function checkedMethod(method: string): string {
  const name = method.toUpperCase();
  if (name === "CONNECT") throw new ValueError("CONNECT makes a tunnel: give the option proxy, and the URL to reach");
  return name;
}

/**
 * Takes the login out of a URL; null if there is none.
 *
 * @throws an error of the class given, when it can't be one.
 */
export function takeLogin(
  url: URL,
  InvalidUrl: new (url: string, description: string, details: { cause: unknown }) => InvalidUrlError,
): BasicAuth | null {
  if (url.username === "" && url.password === "") return null;
  try {
    return BasicAuth.fromUrl(url);
  } catch (cause) {
    throw new InvalidUrl(url.host, (cause as ValueError).message, { cause });
  } finally {
    url.username = "";
    url.password = "";
  }
}

/** The login of the request, or that of its URL; else the session's, which is for the host of its `baseUrl`, if it has one. */
function authorize(
  { url, headers }: ClientRequest,
  { auth, baseUrl }: SessionDefaults,
  options: RequestOptions,
  ofUrl: BasicAuth | null,
): void {
  const login = options.auth ?? ofUrl;
  if (login !== null) {
    if (given(options, "Authorization")) {
      throw new ValueError("there is a login, by auth or in the URL, and an Authorization header: give one of them");
    }
    headers.set("Authorization", checkedLogin(login).encode());
  } else if (options.auth === undefined && auth !== null && (baseUrl === null || baseUrl.origin === url.origin)) {
    headers.setDefault("Authorization", checkedLogin(auth).encode());
  }
}

function checkedLogin(login: unknown): BasicAuth {
  if (login instanceof BasicAuth) return login;
  throw new TypeError(`auth must be a BasicAuth, got ${inspect(login)}`);
}

/** What hangs on where a request goes: the proxy, and what the environment says of both. */
export function chooseWay(request: ClientRequest, session: SessionDefaults, options: RequestOptions): void {
  const { env } = session;
  const proxy = options.proxy === undefined ? session.proxy : options.proxy;
  if (proxy !== null) request.proxy = parseProxy(proxy);
  else request.proxy = options.proxy === undefined ? (env?.proxyFor(request.url) ?? null) : null;
  request.proxyHeaders =
    options.proxyHeaders === undefined ? session.proxyHeaders : new HttpHeaders(options.proxyHeaders);
  const login = options.auth === null ? null : (env?.loginFor(request.url) ?? null);
  if (login !== null) request.headers.setDefault("Authorization", login.encode());
}

function addBody(request: ClientRequest, session: SessionDefaults, options: RequestOptions): void {
  const { data, json, compress } = options;
  if (data !== undefined && json !== undefined) throw new ValueError("data and json can not be used at the same time");
  const payload =
    json === undefined ? (data === undefined ? null : makePayload(data)) : jsonPayload(session.jsonSerialize(json));
  if (payload === null) return;
  request.body = payload.body;
  const skipped = [...(options.skipAutoHeaders ?? [])].some((name) => name.toLowerCase() === "content-type");
  if (!skipped) request.headers.setDefault("Content-Type", payload.contentType);
  const encoding = compress === undefined ? null : encodingOf(compress);
  if (encoding === null || request.headers.has("Content-Encoding")) return;
  request.body = new CompressedBody(payload.body, encoding);
  request.headers.set("Content-Encoding", encoding);
}

/** The jar's cookies, those of the request before them; none of both if there is a Cookie header. */
export function addCookies(
  request: ClientRequest,
  session: Pick<SessionDefaults, "cookieJar">,
  own: Readonly<Record<string, string>> | undefined,
): void {
  const stored = session.cookieJar.filterCookies(request.url);
  if ((stored === null && own === undefined) || request.headers.has("Cookie")) return;
  const all = new Map([...(stored ?? []), ...Object.entries(own ?? {})]);
  request._ownsCookies = true;
  if (all.size > 0) request.headers.set("Cookie", [...all].map(([name, value]) => `${name}=${value}`).join("; "));
}
