import { isIP } from "node:net";
import { Lock, Semaphore } from "asyncio-ts";
import type { ClientRequest } from "./client-request.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionTarget } from "./errors.ts";
import { hostOf, isTunnel, proxyHeadersOf } from "./proxy.ts";
import type { TraceConnectionParams } from "./tracing.ts";

/** Where connections go: requests of the same endpoint can share one, one after the other. */
export class Endpoint implements ConnectionTarget {
  readonly key: string;
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly ssl: boolean;
  /** The name that the server's certificate must be for; empty for an address. */
  readonly servername: string;
  readonly proxy: URL | null;
  /** The headers for the proxy, as pairs in a row. */
  readonly proxyHeaders: readonly string[];
  /** Requests are for the proxy to read, not for the server alone. */
  readonly forwards: boolean;
  /** Connections that wait for a request, the last used last. */
  readonly idle: Connection[] = [];
  /** The connection with HTTP/2, for several requests at a time. */
  shared: Connection | null = null;
  /** The server is known not to speak HTTP/2. */
  isHttp1 = false;
  /** Held by who finds that out. */
  readonly probing: Lock = new Lock();
  /** How many requests may go there at a time; null for any number. */
  readonly slots: Semaphore | null;
  /** How many requests there are, those that wait included. */
  users = 0;

  constructor(key: string, request: ClientRequest, limit: number) {
    this.slots = limit === 0 ? null : new Semaphore(limit);
    const { url } = request;
    this.key = key;
    this.origin = url.origin;
    this.ssl = url.protocol === "https:";
    this.host = hostOf(url);
    this.port = url.port === "" ? (this.ssl ? 443 : 80) : Number(url.port);
    this.servername = request.serverHostname ?? (isIP(this.host) === 0 ? this.host : "");
    this.proxy = request.proxy;
    this.proxyHeaders = proxyHeadersOf(request);
    this.forwards = request.proxy !== null && !isTunnel(request.proxy, this.ssl);
  }

  /** Nobody needs it any more. */
  get unused(): boolean {
    return this.users === 0 && this.idle.length === 0 && this.shared === null;
  }

  /** What the request line says: the whole URL to a proxy that is no tunnel. */
  pathOf(url: URL): string {
    const path = url.search === "" ? url.pathname : url.pathname + url.search;
    return this.forwards ? url.origin + path : path;
  }

  /** For tracers. */
  get target(): TraceConnectionParams {
    return { host: this.host, port: this.port };
  }

  /** Whose address is looked up. */
  get dialledHost(): string {
    return this.proxy === null ? this.host : hostOf(this.proxy);
  }

  toString(): string {
    return `${this.host}:${this.port}`;
  }
}

/** Requests with the same key can use the same connection. */
export function endpointKey(request: ClientRequest): string {
  const { origin } = request.url;
  if (request.proxy === null && request.serverHostname === undefined) return origin;
  const proxyHeaders = request.proxyHeaders?.toFlat().join("\n") ?? "";
  return `${origin}\n${request.serverHostname ?? ""}\n${request.proxy?.href ?? ""}\n${proxyHeaders}`;
}
