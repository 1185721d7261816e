import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type buildConnector, Client, type Dispatcher, Socks5ProxyAgent } from "undici";
import { BasicAuth } from "./basic-auth.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Endpoint } from "./endpoint.ts";
import { ClientHttpProxyError, ClientProxyConnectionError } from "./errors.ts";
import { HttpHeaders } from "./headers.ts";
import { osDetails } from "./map-errors.ts";

type Dial = buildConnector.connector;

/** How a connection being made calls back. */
export type Dialled = (error: Error | null, socket: Socket | null) => void;

/** Without the brackets of an address of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

/** How a request goes. */
export interface Route {
  readonly request: ClientRequest;
  readonly endpoint: Endpoint;
  readonly proxy: URL;
  /** Makes a connection to the proxy, which is spoken to by HTTP/1. */
  readonly dialProxy: Dial;
  /** Makes one to the server, through the tunnel. */
  readonly dialServer: Dial;
}

/** Whether a proxy hands on bytes; else it is sent requests, with their whole URLs. */
export function isTunnel(proxy: URL, ssl: boolean): boolean {
  return ssl || isSocks(proxy);
}

/** The headers for a proxy: those given, and the login of its URL. */
export function proxyHeadersOf(request: ClientRequest): readonly string[] {
  if (request.proxy === null) return [];
  const headers = new HttpHeaders(request.proxyHeaders ?? undefined);
  const login = BasicAuth.fromUrl(request.proxy);
  if (login !== null) headers.setDefault("Proxy-Authorization", login.encode());
  return headers.toFlat();
}

/**
 * Makes a connection through a proxy. All that is made on the way lives on the socket that comes back at once, the one to
 * the proxy: destroying it ends it all.
 */
export function dialByProxy(target: buildConnector.Options, route: Route, done: Dialled): Socket {
  const { proxy } = route;
  const ssl = proxy.protocol === "https:";
  const host = hostOf(proxy);
  const finish: Dialled = (error, open) => {
    if (error !== null) socket.destroy();
    done(error, open);
  };
  const toProxy: buildConnector.Options = {
    hostname: host,
    host,
    protocol: ssl ? "https:" : "http:",
    port: String(portOf(proxy)),
    localAddress: target.localAddress ?? null,
  };
  const socket = route.dialProxy(toProxy, ((error: Error | null, open: Socket) => {
    if (error !== null) finish(unreachable(route, error), null);
    else if (!isTunnel(proxy, route.endpoint.ssl)) finish(null, open);
    else openTunnel(open, route, throughTunnel(target, route, finish));
  }) as buildConnector.Callback) as unknown as Socket;
  return socket;
}

/** TLS to the server goes through the tunnel. */
function throughTunnel(target: buildConnector.Options, route: Route, done: Dialled): Dialled {
  return (error, socket) => {
    if (error !== null || !route.endpoint.ssl) done(error, socket);
    else route.dialServer({ ...target, httpSocket: socket as Socket }, done);
  };
}

function openTunnel(socket: Socket, route: Route, done: Dialled): void {
  if (isSocks(route.proxy)) openSocksTunnel(socket, route, done);
  else openHttpTunnel(socket, route, done);
}

/** By CONNECT. */
function openHttpTunnel(socket: Socket, route: Route, done: Dialled): void {
  const { endpoint, proxy } = route;
  const client = new Client(proxy.origin, {
    connect: (_, callback) => process.nextTick(callback, null, socket),
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const authority = `${hostIn(endpoint.host)}:${endpoint.port}`;
  const headers = ["Host", authority, ...endpoint.proxyHeaders];
  client.connect({ path: authority, headers } as unknown as Dispatcher.ConnectOptions, (error, answer) => {
    if (error !== null) done(unreachable(route, error), null);
    else if (answer.statusCode === 200) done(null, answer.socket as Socket);
    else done(refused(route, answer), null);
  });
}

/** What undici does inside of its agent, and has no other door for. */
interface SocksAgent {
  createSocks5Connection(host: string, port: number): Promise<Socket>;
}

function openSocksTunnel(socket: Socket, route: Route, done: Dialled): void {
  const { endpoint, proxy } = route;
  const protocol = proxy.href.replace(/^socks5?h?:/, "socks5:");
  const agent = new Socks5ProxyAgent(protocol, {
    connect: (_, callback) => callback(null, socket),
    connectTimeout: 0,
  });
  const closed = (): void => done(unreachable(route, new Error("the proxy closed the connection")), null);
  socket.once("close", closed);
  (agent as unknown as SocksAgent).createSocks5Connection(endpoint.host, endpoint.port).then(
    () => {
      socket.off("close", closed);
      done(null, socket);
    },
    (error: Error) => {
      socket.off("close", closed);
      done(unreachable(route, error), null);
    },
  );
}

function unreachable({ proxy, request }: Route, cause: Error): ClientProxyConnectionError {
  const target = { host: hostOf(proxy), port: portOf(proxy), ssl: proxy.protocol === "https:" };
  const text = `Cannot connect to proxy ${target.host}:${target.port}: ${cause.message || osDetails(cause).code}`;
  return new ClientProxyConnectionError(text, target, { ...osDetails(cause), request, cause });
}

function refused({ request }: Route, answer: Dispatcher.ConnectData): ClientHttpProxyError {
  const { statusCode: status } = answer;
  const headers = new HttpHeaders(answer.headers as Record<string, string | string[] | undefined>);
  return new ClientHttpProxyError(STATUS_CODES[status] ?? "", { request, status, headers });
}

function isSocks(proxy: URL): boolean {
  return proxy.protocol.startsWith("socks");
}

function portOf(proxy: URL): number {
  if (proxy.port !== "") return Number(proxy.port);
  if (isSocks(proxy)) return 1080;
  return proxy.protocol === "https:" ? 443 : 80;
}

function hostIn(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
