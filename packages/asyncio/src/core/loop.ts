import { io } from "#host";
import { futuresOutside } from "./ambient-loop.ts";
import { BaseEventLoop } from "./base-loop.ts";
import { checkTime } from "./check-time.ts";
import type { Coroutine } from "./coroutine.ts";
import { DefaultExecutor } from "./default-executor.ts";
import { RuntimeError } from "./errors.ts";
import type { CallResult, Executor } from "./executor.ts";
import { current } from "./frame.ts";
import type { Future } from "./future.ts";
import type { Handle } from "./handle.ts";
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
import type { CallOptions, EventLoopOptions } from "./loop-options.ts";
import type { PlatformIO } from "./platform.ts";
import type { BaseProtocol, DatagramProtocol, SubprocessProtocol } from "./protocols.ts";
import type { Server } from "./server.ts";
import { SignalHandlers } from "./signal-handlers.ts";
import { iscoroutine, iscoroutinefunction } from "./source.ts";
import type { DatagramTransport, ReadTransport, SubprocessTransport, Transport, WriteTransport } from "./transports.ts";

/**
 * Runs tasks and callbacks, and opens connections, processes and files for them. `run()` makes one; `getRunningLoop()`
 * gives it. The scheduling is {@link BaseEventLoop}'s, the I/O that of the platform.
 */
export class EventLoop extends BaseEventLoop {
  readonly #executor = new DefaultExecutor();
  readonly #signals = new SignalHandlers(this);
  /** What is still open when the loop is closed: it would keep the process alive, and nobody could close it. @internal */
  readonly _open: Set<OpenResource> = new Set();

  // ── connections and servers ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Connects by TCP to the first address of `host` that answers. Gives the transport and the protocol.
   *
   * @throws from the wait: GaiError for an unknown name; ConnectionRefusedError and other OSErrors, that of the only
   * address or one that names all; SSLError. TypeError and ValueError for wrong arguments.
   */
  createConnection<P extends BaseProtocol>(
    protocolFactory: () => P,
    host: string | null,
    port: number | null,
    options: ConnectionOptions = {},
  ): Coroutine<[Transport, P]> {
    return platform("createConnection").createConnection(this, protocolFactory, { host, port }, options);
  }

  /**
   * Listens for TCP connections; each gets a protocol of its own. `host` may be a list; null is every interface.
   *
   * @throws from the wait: OSError, with the code EADDRINUSE when the port is taken.
   */
  createServer(
    protocolFactory: () => BaseProtocol,
    host: string | readonly string[] | null,
    port: number | null,
    options: ServerOptions = {},
  ): Coroutine<Server> {
    return platform("createServer").createServer(this, protocolFactory, { host, port }, options);
  }

  /** As {@link createConnection}, to a Unix socket (on Windows a named pipe). */
  createUnixConnection<P extends BaseProtocol>(
    protocolFactory: () => P,
    path: string | null,
    options: UnixConnectionOptions = {},
  ): Coroutine<[Transport, P]> {
    return platform("createUnixConnection").createUnixConnection(this, protocolFactory, path, options);
  }

  /** As {@link createServer}, on a Unix socket. A file that a dead server has left behind is removed first. */
  createUnixServer(
    protocolFactory: () => BaseProtocol,
    path: string | null,
    options: UnixServerOptions = {},
  ): Coroutine<Server> {
    return platform("createUnixServer").createUnixServer(this, protocolFactory, path, options);
  }

  /** Makes a transport of a connection that something else has accepted: on Node a `net.Socket`. */
  connectAcceptedSocket<P extends BaseProtocol>(
    protocolFactory: () => P,
    sock: object,
    options: AcceptedSocketOptions = {},
  ): Coroutine<[Transport, P]> {
    return platform("connectAcceptedSocket").connectAcceptedSocket(this, protocolFactory, sock, options);
  }

  /**
   * Goes over to TLS on a connection. Gives the transport to use from then on; the old one is not to be used any more.
   *
   * @throws from the wait: SSLError, SSLCertVerificationError; the connection is closed then.
   */
  startTls(
    transport: Transport,
    protocol: BaseProtocol,
    sslcontext: TlsOptions,
    options: StartTlsOptions = {},
  ): Coroutine<Transport> {
    return platform("startTls").startTls(this, transport, sslcontext, { ...options, protocol });
  }

  /**
   * Sends a file: a path, or an open file of the library or the platform. Gives how many bytes were sent.
   *
   * @throws RuntimeError when the transport is closing; SendfileNotAvailableError without `fallback`.
   */
  sendfile(transport: WriteTransport, file: unknown, options: SendfileOptions = {}): Coroutine<number> {
    return platform("sendfile").sendfile(this, transport, file, options);
  }

  /**
   * Opens a UDP socket: with a remote address it sends there and receives only from there. Names are resolved here, once.
   * The platform's socket, for multicast and the like, is the transport's `getExtraInfo("socket")`.
   *
   * @throws TypeError, ValueError for wrong options; from the wait: GaiError, OSError, ValueError when the two addresses
   * have no family in common.
   * @example
   * ```ts
   * import { DatagramProtocol, getRunningLoop, Queue, run } from "asyncio-ts";
   *
   * class Inbox extends DatagramProtocol {
   *   readonly messages = new Queue<string>();
   *
   *   override datagramReceived(data: Uint8Array): void {
   *     this.messages.putNowait(String(data));
   *   }
   * }
   *
   * await run(async () => {
   *   const loop = getRunningLoop();
   *   const [server, inbox] = await loop.createDatagramEndpoint(() => new Inbox(), { localAddr: ["127.0.0.1", 0] });
   *   const remoteAddr = server.getExtraInfo("sockname") as [string, number];
   *   const [client] = await loop.createDatagramEndpoint(() => new DatagramProtocol(), { remoteAddr });
   *   client.sendto("hello");
   *   console.log(await inbox.messages.get()); // hello
   *   client.close();
   *   server.close();
   * });
   * ```
   */
  createDatagramEndpoint<P extends DatagramProtocol>(
    protocolFactory: () => P,
    options: DatagramOptions,
  ): Coroutine<[DatagramTransport, P]> {
    return platform("createDatagramEndpoint").createDatagramEndpoint(this, protocolFactory, options);
  }

  /**
   * Reads from a pipe: a readable stream of the platform (on Node a `Readable`: `process.stdin`, a child's `stdout`), or a
   * file descriptor. The transport owns it from then on: it is destroyed in the end.
   *
   * @throws ValueError for a regular file, or a closed pipe.
   */
  connectReadPipe<P extends BaseProtocol>(protocolFactory: () => P, pipe: unknown): Coroutine<[ReadTransport, P]> {
    return platform("connectReadPipe").connectReadPipe(this, protocolFactory, pipe);
  }

  /**
   * Writes to a pipe: a writable stream of the platform, or a file descriptor. The transport owns it from then on; but
   * `process.stdout` and `process.stderr` stay open when it is closed.
   *
   * @throws ValueError for a regular file, or a closed pipe.
   */
  connectWritePipe<P extends BaseProtocol>(protocolFactory: () => P, pipe: unknown): Coroutine<[WriteTransport, P]> {
    return platform("connectWritePipe").connectWritePipe(this, protocolFactory, pipe);
  }

  // ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The addresses of a host, as the system's resolver gives them, in its order. null is this host; numeric addresses are
   * handed back. On Node the resolver has four threads, which it shares with the file system.
   *
   * @throws TypeError, ValueError for wrong arguments; GaiError, from the wait.
   */
  getaddrinfo(host: string | null, port: number | null, options: GetaddrinfoOptions = {}): Coroutine<AddressInfo[]> {
    return platform("getaddrinfo").getaddrinfo(this, host, port, options);
  }

  /**
   * The names of a numeric address and of the service on that port; the numbers where there are none.
   *
   * @throws TypeError, ValueError for wrong arguments; GaiError, from the wait.
   */
  getnameinfo(sockaddr: readonly [host: string, port: number]): Coroutine<[host: string, service: string]> {
    return platform("getnameinfo").getnameinfo(this, sockaddr);
  }

  // ── processes and signals ────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Starts a program. Gives the transport and the protocol; `createSubprocessExec()` is the convenient form.
   *
   * @throws from the wait: FileNotFoundError for an unknown program, PermissionError.
   */
  subprocessExec<P extends SubprocessProtocol>(
    protocolFactory: () => P,
    program: string,
    args: readonly string[] = [],
    options: SubprocessOptions = {},
  ): Coroutine<[SubprocessTransport, P]> {
    return platform("subprocessExec").subprocess(this, protocolFactory, { program, args }, options);
  }

  /** Starts a line of the system's shell. The caller answers for quoting what is put into it. */
  subprocessShell<P extends SubprocessProtocol>(
    protocolFactory: () => P,
    command: string,
    options: SubprocessOptions = {},
  ): Coroutine<[SubprocessTransport, P]> {
    return platform("subprocessShell").subprocess(this, protocolFactory, { shell: command }, options);
  }

  /**
   * Calls `callback` in the loop whenever the process gets the signal (`"SIGTERM"`), in place of what it did before. While
   * there is a handler the process stays alive. For SIGINT it takes the place of the Ctrl-C of `run()`.
   *
   * @throws TypeError for an async function; ValueError for an unknown signal; RuntimeError for one that can't be caught.
   */
  addSignalHandler<A extends readonly unknown[]>(
    signal: string,
    callback: (...args: A) => unknown,
    options: CallOptions<A> = {},
  ): void {
    if (iscoroutine(callback) || iscoroutinefunction(callback)) {
      throw new TypeError("coroutines cannot be used with addSignalHandler(): use createTask() in the callback");
    }
    const signals = platform("addSignalHandler");
    signals.checkSignal(signal);
    this.#signals.add(signals, signal, this._handleFor("addSignalHandler", callback, options));
  }

  /**
   * Takes the handler of a signal back: the signal does again what it did before.
   *
   * @returns false when there was none.
   * @throws ValueError for an unknown signal.
   */
  removeSignalHandler(signal: string): boolean {
    platform("removeSignalHandler").checkSignal(signal);
    return this.#signals.remove(signal);
  }

  /** @internal */
  _handlesSignal(signal: string): boolean {
    return this.#signals.has(signal);
  }

  // ── executors ────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Calls a function in an executor; null is the default one, a pool of threads.
   *
   * Cancelling the future takes the call back if it has not begun. If it has, it goes on, unless the executor was made to
   * end it.
   *
   * @throws TypeError for a function that can't be run there, RuntimeError after the shutdown.
   */
  runInExecutor<A extends unknown[], R>(
    executor: Executor | null,
    fn: (...args: A) => R,
    ...args: A
  ): Future<CallResult<R>> {
    return this.#executor.run(this, executor, fn, args) as Future<CallResult<R>>;
  }

  /** The default executor, if there is one already. @internal */
  _defaultExecutor(): Executor | null {
    return this.#executor.current;
  }

  /** Makes another executor the default one. @throws TypeError when it is none. */
  setDefaultExecutor(executor: Executor): void {
    this.#executor.replace(executor);
  }

  /**
   * Shuts the default executor down, and waits until its calls have ended, at most for so many milliseconds; by default,
   * or with null, as long as it takes. `run()` does it at its end, with five minutes.
   */
  shutdownDefaultExecutor(timeout: number | null = null): Coroutine<void> {
    if (timeout !== null) checkTime("shutdownDefaultExecutor", "timeout", timeout);
    return this.#executor.shutdown(this, timeout);
  }

  /**
   * As {@link callSoon}, and the loop need not be the running one: for callbacks of the platform. From another thread see
   * `parentLoop()`.
   */
  callSoonThreadsafe<A extends readonly unknown[]>(fn: (...args: A) => unknown, options: CallOptions<A> = {}): Handle {
    return this.callSoon(fn, options);
  }

  override close(): void {
    super.close();
    this.#signals.clear();
    this.#executor.close();
    for (const resource of this._open) this.#release(resource);
    this._open.clear();
  }

  #release(resource: OpenResource): void {
    if (this.getDebug()) this.callExceptionHandler({ message: `unclosed ${String(resource)}` });
    resource._release();
  }
}

/** A transport or server: it holds something of the platform. @internal */
export interface OpenResource {
  /** Lets go of it without telling anybody. */
  _release(): void;
}

function platform(method: string): PlatformIO {
  if (io === undefined) throw new RuntimeError(`EventLoop.${method}(): this platform has no sockets and no processes`);
  return io;
}

/** A loop of its own, on the platform's host; {@link run} and {@link Runner} do so by themselves. */
export function newEventLoop(options: EventLoopOptions = {}): EventLoop {
  return new EventLoop(options);
}

current.toFuture = futuresOutside(() => new EventLoop());
