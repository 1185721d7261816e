import { createServer, type IncomingMessage, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { NodeServer } from "./listening.ts";
import { Outgoing } from "./outgoing.ts";
import type { ServeOptions } from "./serve-options.ts";

const HEADERS_TIMEOUT = 30_000;
const RECEIVE_TIMEOUT = 300_000;
const KEEP_ALIVE_TIMEOUT = 75_000;
const MAX_HEADER_SIZE = 16_384;

/** Node looks for connections that take too long this often, in milliseconds, and for short limits four times in each. */
const LONGEST_CHECK = 30_000;
const SHORTEST_CHECK = 5;

type NodeOptions = ServerOptions<typeof IncomingMessage, typeof Outgoing> & {
  readonly shouldUpgradeCallback: (incoming: IncomingMessage) => boolean;
};

/** Node's server with the limits of the options. @internal */
export function nodeServer(options: ServeOptions): NodeServer {
  const { headersTimeoutMs = HEADERS_TIMEOUT, receiveTimeoutMs = RECEIVE_TIMEOUT } = options;
  const limits: NodeOptions = {
    ServerResponse: Outgoing,
    maxHeaderSize: options.maxHeaderSize ?? MAX_HEADER_SIZE,
    headersTimeout: Math.min(headersTimeoutMs, receiveTimeoutMs),
    requestTimeout: receiveTimeoutMs,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? KEEP_ALIVE_TIMEOUT,
    connectionsCheckingInterval: checkEvery(Math.min(headersTimeoutMs, receiveTimeoutMs)),
    // An offer of HTTP/2, say, is left alone. Older versions of Node don't ask.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
  };
  const server =
    options.ssl === undefined ? createServer(limits) : createTlsServer({ ...options.ssl, ...limits } as never);
  server.maxRequestsPerSocket = options.maxRequestsPerSocket ?? 0;
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;
  return server;
}

function checkEvery(limit: number): number {
  return Math.min(LONGEST_CHECK, Math.max(SHORTEST_CHECK, Math.ceil(limit / 4)));
}
