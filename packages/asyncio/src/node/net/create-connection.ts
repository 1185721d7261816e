import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { currentValues } from "../../core/context.ts";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type {
  AcceptedSocketOptions,
  ConnectionOptions,
  SslOptions,
  UnixConnectionOptions,
} from "../../core/io-options.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { Endpoint, ProtocolFactory } from "../../core/platform.ts";
import type { BaseProtocol } from "../../core/protocols.ts";
import type { Transport } from "../../core/transports.ts";
import { checkClientSsl, checkFactory, checkPort, checkSsl, checkUnixSsl, tlsOptions } from "./check-options.ts";
import { connectToHost } from "./connect-host.ts";
import { connected, connectSocket } from "./connect-socket.ts";
import { ConnectionFrame } from "./connection-frame.ts";
import { openTransport } from "./open-transport.ts";
import { SocketTransport, type SocketTransportOptions } from "./socket-transport.ts";
import { acceptTls, connectTls, HANDSHAKE_TIMEOUT, type Handshake, tlsInfo } from "./tls.ts";
import { TlsTransport } from "./tls-transport.ts";

type Connection<P> = Coroutine<[Transport, P]>;

/** See `EventLoop.createConnection()`. */
export function createConnection<P extends BaseProtocol>(
  loop: EventLoop,
  factory: ProtocolFactory<P>,
  { host, port }: Endpoint,
  options: ConnectionOptions,
): Connection<P> {
  checkFactory("createConnection", factory);
  checkPort(port);
  if (host !== null && typeof host !== "string") {
    throw new TypeError(`createConnection(): the host must be a string or null, got ${describeValue(host)}`);
  }
  checkClientSsl(options, host);
  checkSock(
    options.sock,
    host === null && port === null,
    "host/port",
    "host and port was not specified and no sock specified",
  );
  const { sock } = options;
  const connect = sock === undefined ? connectToHost(loop, host, port, options) : connected(sock);
  const settings = { ...options, secure: clientOf(options.serverHostname ?? host ?? ""), owned: sock === undefined };
  return new GeneratorCoroutine(establish(loop, factory, connect, settings), "createConnection");
}

/** See `EventLoop.createUnixConnection()`. */
export function createUnixConnection<P extends BaseProtocol>(
  loop: EventLoop,
  factory: ProtocolFactory<P>,
  path: string | null,
  options: UnixConnectionOptions,
): Connection<P> {
  checkFactory("createUnixConnection", factory);
  if (path !== null && typeof path !== "string") {
    throw new TypeError(`createUnixConnection(): the path must be a string or null, got ${describeValue(path)}`);
  }
  checkUnixSsl(options);
  checkSock(options.sock, path === null, "path", "no path and sock were specified");
  const { sock } = options;
  const connect = path === null ? connected(sock as object) : connectSocket(loop, { path });
  const extra = path === null ? {} : { peername: path };
  const settings = { ...options, secure: clientOf(options.serverHostname ?? ""), owned: sock === undefined, extra };
  return new GeneratorCoroutine(establish(loop, factory, connect, settings), "createUnixConnection");
}

/** See `EventLoop.connectAcceptedSocket()`. */
export function connectAcceptedSocket<P extends BaseProtocol>(
  loop: EventLoop,
  factory: ProtocolFactory<P>,
  sock: object,
  options: AcceptedSocketOptions,
): Connection<P> {
  checkFactory("connectAcceptedSocket", factory);
  checkSsl(options);
  const settings = { ...options, secure: acceptTls };
  return new GeneratorCoroutine(establish(loop, factory, connected(sock), settings), "connectAcceptedSocket");
}

function clientOf(hostname: string): Settings["secure"] {
  return (loop, socket, handshake) => connectTls(loop, socket, handshake, hostname);
}

function checkSock(sock: object | undefined, unnamed: boolean, what: string, nothing: string): void {
  if (sock !== undefined && !unnamed) throw new ValueError(`${what} and sock can not be specified at the same time`);
  if (sock === undefined && unnamed) throw new ValueError(nothing);
}

interface Settings extends SslOptions, Pick<SocketTransportOptions, "extra" | "owned"> {
  readonly keepAlive?: boolean | undefined;
  readonly secure: (loop: EventLoop, socket: Socket, handshake: Handshake) => Coroutine<TLSSocket>;
}

function* establish<P extends BaseProtocol>(
  loop: EventLoop,
  factory: ProtocolFactory<P>,
  connect: Coroutine<Socket>,
  settings: Settings,
): CoroutineGenerator<[Transport, P]> {
  const socket = yield* connect;
  socket.setNoDelay(true);
  if (settings.keepAlive === true) socket.setKeepAlive(true);
  const protocol = makeProtocol(factory, socket);
  const tls = tlsOptions(settings.ssl);
  const { extra, owned } = settings;
  const options = { loop, protocol, frame: new ConnectionFrame(currentValues()), extra };
  if (tls === null) return [yield* openTransport(loop, new SocketTransport(socket, { ...options, owned })), protocol];
  const limit = settings.sslHandshakeTimeout ?? HANDSHAKE_TIMEOUT;
  const secured = yield* settings.secure(loop, socket, { tls, limit });
  const transport = new TlsTransport(secured, { ...options, extra: { ...extra, ...tlsInfo(secured, tls) } }, settings);
  return [yield* openTransport(loop, transport), protocol];
}

function makeProtocol<P>(factory: ProtocolFactory<P>, socket: Socket): P {
  try {
    return factory();
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
