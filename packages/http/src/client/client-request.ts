import type { RequestInfo } from "./errors.ts";
import { HttpHeaders } from "./headers.ts";
import { makePayload, type RequestData } from "./payload.ts";
import type { Body } from "./streamed-body.ts";
import type { ClientTimeout } from "./timeouts.ts";
import type { Tracer } from "./tracing.ts";

/** What is sent after the headers. */
export type RequestBody = Body | null;

/** What a {@link ClientRequest} is made of, beside method and URL. */
export interface ClientRequestInit {
  readonly headers?: HttpHeaders;
  readonly body?: RequestBody;
  readonly timeout: Required<ClientTimeout>;
  readonly proxy?: URL | null;
  readonly proxyHeaders?: HttpHeaders | null;
  /** The name that the certificate must be for, in place of the URL's. */
  readonly serverHostname?: string | undefined;
  readonly traceRequestCtx?: unknown;
  /** @internal */
  readonly _tracer?: Tracer | null;
}

/**
 * One request on its way, as middlewares see it: everything can be changed until it is sent. A redirect makes a new one.
 */
export class ClientRequest implements RequestInfo {
  /** In capitals. */
  method: string;
  /** Without login and fragment. */
  url: URL;
  /** Those of the session among them; that of `Content-Length` is added when it is sent. */
  readonly headers: HttpHeaders;
  /** What is sent after the headers: see {@link updateBody}. */
  body: RequestBody;
  readonly timeout: Required<ClientTimeout>;
  /** The proxy to go through; null for none. */
  proxy: URL | null;
  /** For the proxy alone. */
  proxyHeaders: HttpHeaders | null;
  /** The name that the server's certificate must be for; undefined for the URL's. */
  readonly serverHostname: string | undefined;
  /** What the caller gave for the tracers. */
  readonly traceRequestCtx: unknown;
  /** The Cookie header is the session's, not the caller's. @internal */
  _ownsCookies = false;
  /** Who looks on. @internal */
  _tracer: Tracer | null;

  /** @internal */
  constructor(method: string, url: URL, init: ClientRequestInit) {
    this.method = method;
    this.url = url;
    this.headers = init.headers ?? new HttpHeaders();
    this.body = init.body ?? null;
    this.timeout = init.timeout;
    this.proxy = init.proxy ?? null;
    this.proxyHeaders = init.proxyHeaders ?? null;
    this.serverHostname = init.serverHostname;
    this.traceRequestCtx = init.traceRequestCtx;
    this._tracer = init._tracer ?? null;
  }

  /** Whether the body could be sent a second time. */
  get replayable(): boolean {
    return this.body === null || this.body instanceof Uint8Array || this.body.replayable;
  }

  /**
   * Puts another body in the place of what there is, with its Content-Type: for a middleware.
   *
   * @throws TypeError for what can't be sent.
   */
  updateBody(data: RequestData | null): void {
    for (const name of ["Content-Type", "Content-Length", "Content-Encoding"]) this.headers.delete(name);
    const payload = data === null ? null : makePayload(data);
    this.body = payload?.body ?? null;
    if (payload !== null) this.headers.set("Content-Type", payload.contentType);
  }

  toString(): string {
    return `<ClientRequest ${this.method} ${this.url.href}>`;
  }
}
