import type { Coroutine } from "./coroutine.ts";
import type { Executor } from "./executor.ts";
import type {
  AcceptedSocketOptions,
  AddressInfo,
  ConnectionOptions,
  DatagramOptions,
  GetaddrinfoOptions,
  SendfileOptions,
  ServerOptions,
  StartTlsOptions,
  SubprocessOptions,
  TlsOptions,
  UnixConnectionOptions,
  UnixServerOptions,
} from "./io-options.ts";
import type { EventLoop } from "./loop.ts";
import type { BaseProtocol, DatagramProtocol, SubprocessProtocol } from "./protocols.ts";
import type { Server } from "./server.ts";
import type { DatagramTransport, ReadTransport, SubprocessTransport, Transport, WriteTransport } from "./transports.ts";

/** Host and port. */
export interface Endpoint {
  readonly host: string | readonly string[] | null;
  readonly port: number | null;
}

/** Makes a protocol for a new transport. */
export type ProtocolFactory<P> = () => P;

/**
 * The I/O of a platform: the methods of {@link EventLoop} that open something, for a given loop. Node has them, browsers
 * have none.
 */
export interface PlatformIO {
  createConnection<P extends BaseProtocol>(
    loop: EventLoop,
    factory: ProtocolFactory<P>,
    endpoint: Endpoint,
    options: ConnectionOptions,
  ): Coroutine<[Transport, P]>;
  createServer(
    loop: EventLoop,
    factory: ProtocolFactory<BaseProtocol>,
    endpoint: Endpoint,
    options: ServerOptions,
  ): Coroutine<Server>;
  createUnixConnection<P extends BaseProtocol>(
    loop: EventLoop,
    factory: ProtocolFactory<P>,
    path: string | null,
    options: UnixConnectionOptions,
  ): Coroutine<[Transport, P]>;
  createUnixServer(
    loop: EventLoop,
    factory: ProtocolFactory<BaseProtocol>,
    path: string | null,
    options: UnixServerOptions,
  ): Coroutine<Server>;
  connectAcceptedSocket<P extends BaseProtocol>(
    loop: EventLoop,
    factory: ProtocolFactory<P>,
    sock: object,
    options: AcceptedSocketOptions,
  ): Coroutine<[Transport, P]>;
  startTls(
    loop: EventLoop,
    transport: Transport,
    tls: TlsOptions,
    options: StartTlsOptions & { readonly protocol: BaseProtocol },
  ): Coroutine<Transport>;
  sendfile(loop: EventLoop, transport: WriteTransport, file: unknown, options: SendfileOptions): Coroutine<number>;
  createDatagramEndpoint<P extends DatagramProtocol>(
    loop: EventLoop,
    factory: ProtocolFactory<P>,
    options: DatagramOptions,
  ): Coroutine<[DatagramTransport, P]>;
  connectReadPipe<P extends BaseProtocol>(
    loop: EventLoop,
    factory: ProtocolFactory<P>,
    pipe: unknown,
  ): Coroutine<[ReadTransport, P]>;
  connectWritePipe<P extends BaseProtocol>(
    loop: EventLoop,
    factory: ProtocolFactory<P>,
    pipe: unknown,
  ): Coroutine<[WriteTransport, P]>;
  subprocess<P extends SubprocessProtocol>(
    loop: EventLoop,
    factory: ProtocolFactory<P>,
    command: Command,
    options: SubprocessOptions,
  ): Coroutine<[SubprocessTransport, P]>;
  getaddrinfo(
    loop: EventLoop,
    host: string | null,
    port: number | null,
    options: GetaddrinfoOptions,
  ): Coroutine<AddressInfo[]>;
  getnameinfo(
    loop: EventLoop,
    address: readonly [host: string, port: number],
  ): Coroutine<[host: string, service: string]>;
  /** @throws TypeError for what is no name of a signal, ValueError for one that the platform does not have. */
  checkSignal(signal: string): void;
  /** Calls `fn` whenever the signal arrives, and keeps the process alive, until the function that it returns is called. */
  onSignal(signal: string, fn: () => void): () => void;
  createExecutor(): Executor;
}

/** A program with its arguments, or a line for the shell. */
export type Command = { readonly program: string; readonly args: readonly string[] } | { readonly shell: string };
