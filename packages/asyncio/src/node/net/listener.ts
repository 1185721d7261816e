import { createServer, type ListenOptions, type Server as NetServer, type Socket } from "node:net";
import type * as tls from "node:tls";
import type { Values } from "../../core/context.ts";
import type { Coroutine } from "../../core/coroutine.ts";
import type { ServerOptions } from "../../core/io-options.ts";
import type { EventLoop } from "../../core/loop.ts";
import { park } from "../../core/park.ts";
import type { ProtocolFactory } from "../../core/platform.ts";
import type { BaseProtocol } from "../../core/protocols.ts";
import type { Listener, Server } from "../../core/server.ts";
import type { SocketAddress } from "../../core/transports.ts";
import { LoopEvent } from "../loop-event.ts";
import { osError } from "../os-error.ts";
import { tlsOptions } from "./check-options.ts";
import { ConnectionFrame } from "./connection-frame.ts";
import { Handshakes } from "./handshakes.ts";
import { nodeTls } from "./node-tls.ts";
import { SocketTransport, type SocketTransportOptions } from "./socket-transport.ts";
import { HANDSHAKE_TIMEOUT, ignoringErrors, tlsInfo } from "./tls.ts";
import { TlsTransport } from "./tls-transport.ts";

/** What the sockets of one server have in common. */
export interface Acceptance {
  readonly loop: EventLoop;
  readonly factory: ProtocolFactory<BaseProtocol>;
  readonly options: ServerOptions;
  /** Of the context in which the server was made; each connection has a copy of that. */
  readonly values: Values;
  /** Known once the listeners are there. */
  server?: Server;
}

/** What a system says that has no more file descriptors or memory for a connection. */
const OUT_OF_RESOURCES = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** A listening socket of Node. */
export class NodeListener implements Listener {
  readonly #acceptance: Acceptance;
  readonly #address: ListenOptions;
  readonly #server: NetServer;
  /** The sockets that it accepts are nobody else's, and have not begun to read. */
  readonly #owned: boolean;
  readonly #secure: boolean;
  readonly #handshakes = new Handshakes();

  constructor(acceptance: Acceptance, address: ListenOptions, given?: NetServer) {
    this.#acceptance = acceptance;
    this.#address = address;
    this.#server = given ?? makeServer(acceptance.options);
    this.#owned = given === undefined;
    this.#secure = isTlsServer(this.#server, acceptance.options);
    if (this.#secure) this.#listenForTls(this.#server as tls.Server);
    else this.#server.on("connection", (socket) => this.#accept(socket));
  }

  #listenForTls(server: tls.Server): void {
    server.on("connection", (socket) => {
      if (this.#acceptance.server !== undefined) this.#handshakes.begin(socket, this.#acceptance.server);
    });
    server.on("secureConnection", (socket) => this.#accept(ignoringErrors(socket)));
    server.on("tlsClientError", (error, socket) => this.#refused(error, socket));
  }

  start(): Coroutine<void> {
    const { loop, options } = this.#acceptance;
    const server = this.#server;
    return park((wait) => {
      const failed = (error: Error): void => wait.reject(osError(error));
      const listening = (): void => {
        server.off("error", failed);
        server.on("error", (error) => this.#acceptFailed(error));
        wait.resolve(undefined);
      };
      if (server.listening) {
        listening();
        return () => "done";
      }
      server.once("error", failed);
      server.once("listening", listening);
      loop._outside(() => server.listen({ backlog: options.backlog ?? 100, ...this.#address }));
      return () => {
        server.close();
        return "done";
      };
    });
  }

  getsockname(): SocketAddress {
    const address = this.#server.address();
    return address === null || typeof address === "string" ? (address ?? "") : [address.address, address.port];
  }

  close(): void {
    this.#server.close();
  }

  toString(): string {
    return `<Listener ${String(this.getsockname())}>`;
  }

  #accept(socket: Socket): void {
    const { loop, values } = this.#acceptance;
    const frame = new ConnectionFrame(values);
    loop._runEvent(new LoopEvent(loop, frame, () => this.#open(socket, frame)));
  }

  #open(socket: Socket, frame: ConnectionFrame): void {
    const { loop, factory, server } = this.#acceptance;
    try {
      // CPython's server would trip over it as well: nobody would wait for this connection, or close it.
      if (server?._isClosed() && !this.#handshakes.isPending(socket)) {
        socket.destroy();
        return;
      }
      const settings = { loop, protocol: factory(), frame, server };
      const transport = this.#secure
        ? this.#tlsTransport(socket as tls.TLSSocket, settings)
        : new SocketTransport(socket, { ...settings, owned: this.#owned });
      this.#handshakes.end(socket);
      transport.open(() => {});
    } catch (error) {
      socket.destroy();
      loop.callExceptionHandler({ message: "Error on transport creation for incoming connection", exception: error });
    }
  }

  #tlsTransport(socket: tls.TLSSocket, settings: SocketTransportOptions): TlsTransport {
    const { options } = this.#acceptance;
    return new TlsTransport(socket, { ...settings, extra: tlsInfo(socket, tlsOptions(options.ssl) ?? {}) }, options);
  }

  /** A handshake that fails is the client's affair. */
  #refused(error: Error, socket: Socket): void {
    const { loop } = this.#acceptance;
    // Node leaves it open.
    ignoringErrors(socket).destroy();
    if (!loop.getDebug() || loop.isClosed()) return;
    const exception = osError(error);
    loop.callExceptionHandler({ message: "Error on transport creation for incoming connection", exception });
  }

  #acceptFailed(error: NodeJS.ErrnoException): void {
    const message = OUT_OF_RESOURCES.has(error.code ?? "")
      ? "socket.accept() out of system resource"
      : "Accept failed on a socket";
    this.#acceptance.loop.callExceptionHandler({ message, exception: osError(error) });
  }
}

function makeServer({ ssl, sslHandshakeTimeout, keepAlive = false }: ServerOptions): NetServer {
  const options = { noDelay: true, keepAlive };
  const secured = tlsOptions(ssl);
  if (secured === null) return createServer({ ...options, allowHalfOpen: true, pauseOnConnect: true });
  const handshakeTimeout = sslHandshakeTimeout ?? HANDSHAKE_TIMEOUT;
  try {
    return nodeTls().createServer({ ...(secured as tls.TlsOptions), ...options, handshakeTimeout });
  } catch (error) {
    throw osError(error);
  }
}

/** Also one that the user has made. */
function isTlsServer(server: NetServer, { ssl, sock }: ServerOptions): server is tls.Server {
  return (tlsOptions(ssl) !== null || sock !== undefined) && server instanceof nodeTls().Server;
}
