import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import type { ClientSslOptions, SslOptions, TlsOptions } from "../../core/io-options.ts";
import { isPort } from "../check-address.ts";

/** @throws TypeError when what is to make the protocols is no function. */
export function checkFactory(method: string, factory: unknown): void {
  if (typeof factory !== "function") {
    throw new TypeError(`${method}() needs a function that makes a protocol, got ${describeValue(factory)}`);
  }
}

/** @throws TypeError unless `port` is a port, or null. */
export function checkPort(port: unknown): void {
  if (port === null || isPort(port)) return;
  const message = `the port must be a whole number from 0 to 65535, or null, got ${describeValue(port)}`;
  throw typeof port === "number" ? new ValueError(message) : new TypeError(message);
}

/** The options of TLS; null for a connection without it. @throws TypeError when `ssl` is none of what it can be. */
export function tlsOptions(ssl: SslOptions["ssl"]): TlsOptions | null {
  if (ssl === undefined || ssl === null || ssl === false) return null;
  if (ssl === true) return {};
  if (typeof ssl === "object") return ssl;
  throw new TypeError(`ssl must be true or an object with options for TLS, got ${describeValue(ssl)}`);
}

/** @throws ValueError when a limit is set for a TLS that is not asked for, or makes no sense. */
export function checkSsl(options: SslOptions): void {
  const tls = tlsOptions(options.ssl);
  checkLimit("ssl_handshake_timeout", options.sslHandshakeTimeout, tls);
  checkLimit("ssl_shutdown_timeout", options.sslShutdownTimeout, tls);
}

function checkLimit(name: string, limit: number | undefined, tls: TlsOptions | null): void {
  if (limit === undefined) return;
  if (tls === null) throw new ValueError(`${name} is only meaningful with ssl`);
  if (!(limit > 0)) throw new ValueError(`${name} should be a positive number, got ${describeValue(limit)}`);
}

/** @throws ValueError when it is not clear whose certificate is to be expected. */
export function checkClientSsl(options: ClientSslOptions, host: unknown): void {
  checkSsl(options);
  const tls = tlsOptions(options.ssl) !== null;
  if (!tls && options.serverHostname !== undefined) throw new ValueError("server_hostname is only meaningful with ssl");
  if (tls && options.serverHostname === undefined && !host) {
    throw new ValueError("You must set server_hostname when using ssl without a host");
  }
}

/** As {@link checkClientSsl}, where no host gives a name. */
export function checkUnixSsl(options: ClientSslOptions): void {
  if (options.serverHostname === undefined && tlsOptions(options.ssl) !== null) {
    throw new ValueError("you have to pass server_hostname when using ssl");
  }
  checkClientSsl(options, null);
}
