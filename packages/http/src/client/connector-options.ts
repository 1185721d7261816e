import type { LookupFunction } from "node:net";
import type { ConnectionOptions as TlsConnectionOptions } from "node:tls";

/** What TLS is done with. */
export type SslOptions = Pick<
  TlsConnectionOptions,
  | "ca"
  | "cert"
  | "key"
  | "passphrase"
  | "pfx"
  | "ciphers"
  | "minVersion"
  | "maxVersion"
  | "rejectUnauthorized"
  | "checkServerIdentity"
  | "secureContext"
>;

/** How connections are made and kept. */
export interface ConnectorOptions {
  /** How many requests can be under way at a time, by default 100; 0 for no limit. The others wait, first come first served. */
  readonly limit?: number;
  /** The same for each host; by default 0, no limit. */
  readonly limitPerHost?: number;
  /** How long a connection without a request is kept, in milliseconds; by default 15,000. A server may ask for less. */
  readonly keepAliveTimeout?: number;
  /** Closes each connection after its request. */
  readonly forceClose?: boolean;
  /** Whether a server that can may be talked to by HTTP/2; by default no. */
  readonly allowH2?: boolean;
  /** What TLS is done with; `false` checks no certificates. */
  readonly ssl?: boolean | SslOptions;
  /** All requests go to this Unix socket, or named pipe. */
  readonly socketPath?: string;
  /** 4 or 6 to use only addresses of that kind. */
  readonly family?: 0 | 4 | 6;
  /** Whether to try the addresses of a host one after another, and take the first that answers; by default yes. */
  readonly autoSelectFamily?: boolean;
  /** How long to wait before the next address is tried, in milliseconds; by default 250. */
  readonly autoSelectFamilyAttemptTimeout?: number;
  /** The address of this machine that connections are made from. */
  readonly localAddress?: string;
  /** Looks names up in place of the system. */
  readonly lookup?: LookupFunction;
  /** The most bytes of headers that are accepted; by default 16,384. */
  readonly maxHeaderSize?: number;
}
