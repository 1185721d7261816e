import { type ListenOptions, Server as NetServer } from "node:net";
import { currentValues } from "../../core/context.ts";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { describeValue } from "../../core/describe.ts";
import { RuntimeError, ValueError } from "../../core/errors.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { ServerOptions } from "../../core/io-options.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { Endpoint, ProtocolFactory } from "../../core/platform.ts";
import type { BaseProtocol } from "../../core/protocols.ts";
import { Server } from "../../core/server.ts";
import { checkFactory, checkPort, checkSsl } from "./check-options.ts";
import { type Acceptance, NodeListener } from "./listener.ts";

/** From which Node on `reusePort` works. */
const REUSE_PORT = [23, 1] as const;

/** See `EventLoop.createServer()`. */
export function createServer(
  loop: EventLoop,
  factory: ProtocolFactory<BaseProtocol>,
  { host, port }: Endpoint,
  options: ServerOptions,
): Coroutine<Server> {
  checkFactory("createServer", factory);
  checkPort(port);
  checkServerSsl(options);
  if (options.reusePort === true) checkReusePort();
  const hosts = typeof host === "string" || host === null ? [host] : [...host];
  for (const name of hosts) {
    if (name === null || typeof name === "string") continue;
    throw new TypeError(
      `createServer(): the host must be a string, a list of strings or null, got ${describeValue(name)}`,
    );
  }
  const { sock } = options;
  if (sock === undefined && host === null && port === null)
    throw new ValueError("Neither host/port nor sock were specified");
  if (sock !== undefined && (host !== null || port !== null)) {
    throw new ValueError("host/port and sock can not be specified at the same time");
  }
  const acceptance: Acceptance = { loop, factory, options, values: currentValues() };
  if (sock !== undefined) return serveGiven(acceptance, sock);
  return new GeneratorCoroutine(serveHosts(acceptance, hosts, port ?? 0), "createServer");
}

/** A server on a listening socket that the caller has made. */
export function serveGiven(acceptance: Acceptance, sock: object): Coroutine<Server> {
  if (!(sock instanceof NetServer)) throw new TypeError(`sock must be a net.Server, got ${describeValue(sock)}`);
  return new GeneratorCoroutine(serve(acceptance, [new NodeListener(acceptance, { port: 0 }, sock)]), "createServer");
}

function* serveHosts(
  acceptance: Acceptance,
  hosts: readonly (string | null)[],
  port: number,
): CoroutineGenerator<Server> {
  const addresses = new Map<string, ListenOptions>();
  for (const host of hosts) {
    for (const address of yield* addressesFor(acceptance, host, port)) addresses.set(JSON.stringify(address), address);
  }
  const exclusive = acceptance.options.reusePort === true ? { reusePort: true } : {};
  const listeners = [...addresses.values()].map(
    (address) => new NodeListener(acceptance, { ...address, ...exclusive }),
  );
  return yield* serve(acceptance, listeners);
}

/** Of no host: one socket for all interfaces and both families. */
function* addressesFor(
  { loop, options: { family } }: Acceptance,
  host: string | null,
  port: number,
): CoroutineGenerator<ListenOptions[]> {
  if (host === null || host === "") {
    if (family === undefined) return [{ port }];
    return [family === 4 ? { port, host: "0.0.0.0" } : { port, host: "::", ipv6Only: true }];
  }
  const found = yield* loop.getaddrinfo(host, port, { family });
  return found.map((address) => ({
    host: address.sockaddr[0],
    port,
    ...(address.family === 6 ? { ipv6Only: true } : {}),
  }));
}

/** Makes the server, and begins to serve unless told not to. */
export function* serve(acceptance: Acceptance, listeners: readonly NodeListener[]): CoroutineGenerator<Server> {
  const server = new Server(acceptance.loop, listeners);
  acceptance.server = server;
  if (acceptance.options.startServing === false) return server;
  try {
    yield* server.startServing();
  } catch (error) {
    server.close();
    throw error;
  }
  return server;
}

/** @throws TypeError, ValueError for TLS options that can't be a server's. */
export function checkServerSsl(options: ServerOptions): void {
  checkSsl(options);
  if (options.ssl === true)
    throw new TypeError("ssl argument must be an object with at least a certificate and its key");
}

function checkReusePort(): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > REUSE_PORT[0] || (major === REUSE_PORT[0] && minor >= REUSE_PORT[1])) return;
  throw new RuntimeError(`reusePort needs Node ${REUSE_PORT.join(".")} or later, this is ${process.versions.node}`);
}
