import type { TlsOptions } from "asyncio-ts";
import type { AccessLog } from "./access-log.ts";
import type { ErrorHandler } from "./error-response.ts";

/** How a server, or an adapter, deals with the tasks of its requests. */
export interface RequestTaskOptions {
  /** Whether a client that goes away cancels the task of its request; by default yes. aiohttp's `handler_cancellation`. */
  readonly cancelOnDisconnect?: boolean | undefined;
  /**
   * How long a handler may take to give its response, in milliseconds: then the client gets status 503 and the task is
   * cancelled. A response that has begun may take as long as it likes. By default there is no limit.
   */
  readonly requestTimeoutMs?: number | null | undefined;
  /** How long requests may go on when the server is closed, in milliseconds; by default 60,000. null is for ever. */
  readonly graceMs?: number | null | undefined;
  /** How long requests that were cancelled may take to clean up, in milliseconds; by default 10,000. */
  readonly cleanupMs?: number | undefined;
}

/** For {@link serve}. */
export interface ServeOptions extends RequestTaskOptions {
  /** Where to listen; by default on all addresses of this host. */
  readonly host?: string | undefined;
  /** The port, 0 for one that is free; by default 8080, with `ssl` 8443. */
  readonly port?: number | undefined;
  /** A Unix socket to listen on (Windows: a named pipe), in place of host and port. */
  readonly path?: string | undefined;
  /** How many connections may wait to be accepted, by default 511. */
  readonly backlog?: number | undefined;
  /** Several processes may listen on the same port, and share the connections (SO_REUSEPORT). */
  readonly reusePort?: boolean | undefined;
  /** Serves https: certificate and key, as for `tls.createServer()`. */
  readonly ssl?: TlsOptions | undefined;
  /**
   * Makes the response to an error that a handler has raised. By default the error goes to the loop's exception handler,
   * which prints it, and the response is a 500 that tells nothing.
   */
  readonly onError?: ErrorHandler | undefined;
  /** Called at the end of each request. */
  readonly accessLog?: AccessLog | undefined;
  /** The largest body of a request, in bytes: more is answered with status 413. By default 1,048,576; null for any. */
  readonly maxBodySize?: number | null | undefined;
  /** How large the request line and all headers may be together, in bytes: more is answered with 431. By default 16,384. */
  readonly maxHeaderSize?: number | undefined;
  /** How long the headers of a request may take to come, in milliseconds: more is answered with 408. By default 30,000. */
  readonly headersTimeoutMs?: number | undefined;
  /** How long a whole request with its body may take to come, in milliseconds. By default 300,000. */
  readonly receiveTimeoutMs?: number | undefined;
  /** How long a connection is kept without a request, in milliseconds. By default 75,000. */
  readonly keepAliveTimeoutMs?: number | undefined;
  /** After how many requests a connection is closed; by default never. */
  readonly maxRequestsPerSocket?: number | undefined;
  /** How many connections there may be: more are closed at once. By default as many as the system allows. */
  readonly maxConnections?: number | undefined;
}
