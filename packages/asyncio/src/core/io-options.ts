/**
 * How TLS is done: the options of the platform, on Node those of `tls.connect()`, `tls.createServer()` and
 * `tls.createSecureContext()`, of which these are the usual ones. What ssl.SSLContext is in Python.
 */
export interface TlsOptions {
  /** Certificate authorities to trust in place of the well-known ones, as PEM. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** The own certificate chain, as PEM. */
  readonly cert?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** The private key, as PEM. */
  readonly key?: string | Uint8Array | readonly (string | Uint8Array | object)[] | undefined;
  /** Certificate and key in one, as PKCS#12. */
  readonly pfx?: string | Uint8Array | readonly (string | Uint8Array | object)[] | undefined;
  readonly passphrase?: string | undefined;
  /** Refuse who has no certificate to trust; by default true. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Servers: ask clients for a certificate. */
  readonly requestCert?: boolean | undefined;
  /** Replaces the check of the name in the certificate. */
  readonly checkServerIdentity?: ((host: string, certificate: never) => Error | undefined) | undefined;
  /** The protocols to offer, best first. */
  readonly ALPNProtocols?: readonly string[] | Uint8Array | undefined;
  /** Servers: chooses a certificate by the name that the client asks for. */
  readonly SNICallback?: ((name: string, done: (error: Error | null, context?: never) => void) => void) | undefined;
  readonly ciphers?: string | undefined;
  readonly ecdhCurve?: string | undefined;
  readonly sigalgs?: string | undefined;
  readonly dhparam?: string | Uint8Array | undefined;
  readonly crl?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  readonly minVersion?: string | undefined;
  readonly maxVersion?: string | undefined;
  readonly honorCipherOrder?: boolean | undefined;
  readonly secureOptions?: number | undefined;
  readonly sessionTimeout?: number | undefined;
  readonly session?: Uint8Array | undefined;
  readonly ticketKeys?: Uint8Array | undefined;
  /** On Node, what `tls.createSecureContext()` gives: to make it once for many connections. */
  readonly secureContext?: object | undefined;
}

/** TLS for a connection or a server. */
export interface SslOptions {
  /** TLS: true for the platform's defaults, or how. */
  readonly ssl?: boolean | TlsOptions | null | undefined;
  /** How long the TLS handshake may take, in milliseconds; by default 60,000. */
  readonly sslHandshakeTimeout?: number | undefined;
  /** How long the TLS shutdown may take, in milliseconds, before the connection is cut; by default 30,000. */
  readonly sslShutdownTimeout?: number | undefined;
}

/** TLS where the name of the other side matters: for clients. */
export interface ClientSslOptions extends SslOptions {
  /** The name that the certificate must be for; by default the host. */
  readonly serverHostname?: string | undefined;
}

/** For `createConnection()` and `openConnection()`. */
export interface ConnectionOptions extends ClientSslOptions {
  /** Only IPv4 or only IPv6 addresses. */
  readonly family?: 4 | 6 | undefined;
  /** A connected socket to use, in place of host and port: on Node a `net.Socket`. */
  readonly sock?: object | undefined;
  /** Where to connect from. */
  readonly localAddr?: readonly [host: string | null, port: number] | undefined;
  /**
   * "Happy Eyeballs", RFC 8305: begins with the next address after so many milliseconds, while the attempts before go
   * on; 250 is what the RFC recommends. By default each address is tried when the one before has failed.
   */
  readonly happyEyeballsDelay?: number | null | undefined;
  /** How many addresses of the first family to try before those of the other; by default 1 with Happy Eyeballs, else 0. */
  readonly interleave?: number | undefined;
  /** When no address can be reached: raise an ExceptionGroup of what happened to each. */
  readonly allErrors?: boolean | undefined;
  /** TCP keep-alive, also on clients; by default as the system has it. */
  readonly keepAlive?: boolean | undefined;
}

/** For `createServer()` and `startServer()`. */
export interface ServerOptions extends SslOptions {
  /** Only IPv4 or only IPv6 addresses. */
  readonly family?: 4 | 6 | undefined;
  /** A listening socket to use, in place of host and port: on Node a `net.Server` that is not listening yet or does. */
  readonly sock?: object | undefined;
  /** How many connections may wait to be accepted; by default 100. */
  readonly backlog?: number | undefined;
  /** Several processes may listen on the same port, and share the connections (SO_REUSEPORT). */
  readonly reusePort?: boolean | undefined;
  /** TCP keep-alive on the accepted connections. */
  readonly keepAlive?: boolean | undefined;
  /** Whether to accept connections at once; by default true. If not, `startServing()` or `serveForever()` begin. */
  readonly startServing?: boolean | undefined;
}

/** For `createUnixConnection()` and `openUnixConnection()`. */
export interface UnixConnectionOptions extends ClientSslOptions {
  /** A connected socket to use, in place of a path. */
  readonly sock?: object | undefined;
}

/** For `createUnixServer()` and `startUnixServer()`. */
export interface UnixServerOptions extends Omit<ServerOptions, "family" | "reusePort" | "keepAlive"> {
  /** Whether to remove the socket's file at the end; by default true. */
  readonly cleanupSocket?: boolean | undefined;
}

/** For `connectAcceptedSocket()`. */
export interface AcceptedSocketOptions extends SslOptions {}

/** For `startTls()`. */
export interface StartTlsOptions extends Omit<ClientSslOptions, "ssl"> {
  /** Whether this is the server's end of the connection; by default false. */
  readonly serverSide?: boolean | undefined;
  /** Bytes that came before and were read already, but are the beginning of TLS. */
  readonly received?: Uint8Array | undefined;
}

/** For `createDatagramEndpoint()`. */
export interface DatagramOptions {
  /** Where to receive. A null host is this host, by its loopback address; `"0.0.0.0"` and `"::"` are everywhere. */
  readonly localAddr?: readonly [host: string | null, port: number] | null | undefined;
  /** Where to send by default; only datagrams from there are received. */
  readonly remoteAddr?: readonly [host: string, port: number] | null | undefined;
  /** IPv4 or IPv6; by default as the addresses are, else IPv4. */
  readonly family?: 4 | 6 | undefined;
  /** Several sockets may be bound to the same port, and share what comes (SO_REUSEPORT). Needs Node 22.12 or 23.1. */
  readonly reusePort?: boolean | undefined;
  /** Sending to broadcast addresses is allowed; then datagrams are received from everywhere. */
  readonly allowBroadcast?: boolean | undefined;
  /** A bound socket to use, in place of addresses: on Node a `dgram.Socket`. */
  readonly sock?: object | undefined;
}

/** Where the standard streams of a subprocess lead: nowhere of their own, a pipe, nowhere, an open file descriptor. */
export type Stdio = null | typeof PIPE | typeof DEVNULL | typeof STDOUT | number;

/** A pipe to the subprocess. */
export const PIPE: unique symbol = Symbol("PIPE");
/** For `stderr`: where `stdout` leads. */
export const STDOUT: unique symbol = Symbol("STDOUT");
/** What is written is dropped, and there is nothing to read. */
export const DEVNULL: unique symbol = Symbol("DEVNULL");

/** For `subprocessExec()` and `subprocessShell()`. */
export interface SubprocessOptions {
  /** By default a pipe; null for the own. */
  readonly stdin?: Stdio | undefined;
  /** By default a pipe; null for the own. */
  readonly stdout?: Stdio | undefined;
  /** By default a pipe; null for the own. */
  readonly stderr?: Stdio | undefined;
  /** The folder to run in. */
  readonly cwd?: string | undefined;
  /** The environment, in place of the own. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Makes the process the leader of a session of its own. */
  readonly startNewSession?: boolean | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** For `sendfile()`. */
export interface SendfileOptions {
  /** Where in the file to begin, in bytes; by default 0. */
  readonly offset?: number | undefined;
  /** How many bytes to send; by default all. */
  readonly count?: number | null | undefined;
  /** Whether to read and write where the platform can't do better; by default true. */
  readonly fallback?: boolean | undefined;
}

/** For `getaddrinfo()`. */
export interface GetaddrinfoOptions {
  /** Only IPv4 or only IPv6 addresses. */
  readonly family?: 4 | 6 | undefined;
}

/** One address that a name stands for. */
export interface AddressInfo {
  readonly family: 4 | 6;
  readonly sockaddr: readonly [host: string, port: number];
}
