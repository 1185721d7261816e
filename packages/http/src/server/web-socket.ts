import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
  type Body,
  CancelledError,
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  currentTask,
  invoke,
} from "asyncio-ts";
import { WebSocketServer } from "ws";
import { ClientConnectionResetError } from "../client/errors.ts";
import { WebSocketConnection } from "../websocket/connection.ts";
import { type CheckedOptions, checkOptions, protocolOptions, type WebSocketOptions } from "../websocket/options.ts";

/** How {@link webSocket} answers. */
export interface WebSocketServerOptions extends WebSocketOptions {
  /** The subprotocols that the server speaks, best first. The first that the client offers too is chosen; else none is. */
  readonly protocols?: readonly string[] | undefined;
}

/** What runs on a WebSocket: an async function or a generator function. */
export type WebSocketBody = Body<WebSocketConnection, unknown>;

/** What a WebSocket needs to know of its server. */
interface UpgradeHost {
  /** While a WebSocket is open there is a function in here that begins to close it with 1001. */
  readonly onShutdown: Set<() => void>;
  /** Whether the task is cancelled when the connection is lost. */
  readonly cancelOnDisconnect: boolean;
  /** Whether it is too late for another WebSocket: what is in `onShutdown` has been called. */
  readonly tasks: { isStopped(): boolean };
}

/**
 * Answers an upgrade request: does the handshake on `socket` and runs the body of the WebSocket in the current task. It owns
 * `socket` from the call on: whatever ends it, the socket is closed.
 */
export type Upgrade = (incoming: IncomingMessage, socket: Duplex, head: Buffer, host: UpgradeHost) => Coroutine<void>;

interface Endpoint {
  readonly body: WebSocketBody;
  readonly options: CheckedOptions;
  readonly protocols: readonly string[];
}

/** By the body of the response: it stays the same when a middleware makes a new response of it, to add a header, say. */
const endpoints = new WeakMap<object, Endpoint>();

/** What a response made by `webSocket()` stands for; undefined for every other one. */
export function takeUpgrade(response: Response): Upgrade | undefined {
  const endpoint = response.status === 426 && response.body !== null ? endpoints.get(response.body) : undefined;
  if (endpoint === undefined) return undefined;
  return (...request) => runEndpoint(endpoint, response.headers, request);
}

/**
 * Answers a request for a WebSocket: a handler returns what this returns, and `serve()` does the handshake and runs `body` in
 * the task of the request. aiohttp's `web.WebSocketResponse`.
 *
 * The WebSocket is closed when `body` has ended: with 1000, or 1011 when that was an error. How it ends otherwise:
 *
 * - The client closes: an iteration over it ends, a send raises ClientConnectionResetError. That may be let through, it is no
 *   error of the server's; nor is the WebSocketError of a client that breaks the protocol. A body that only sends learns
 *   of the end when it sends; let a second task of a group receive meanwhile to know at once.
 * - The connection is lost: the task is cancelled, as that of any request whose client has gone. With
 *   `cancelOnDisconnect: false` the iteration ends.
 * - The server is closed: the client gets 1001, the iteration ends, and the task is cancelled when the grace is over.
 *
 * Headers that the response is given are sent with the handshake. A request that is not for a WebSocket is answered with
 * 426.
 *
 * @throws TypeError when `body` is no function, or an option is of the wrong type; ValueError for a wrong number.
 * @example
 * ```ts
 * import { run } from "asyncio-ts";
 * import { ClientSession } from "@asyncio-ts/http";
 * import { serve, webSocket } from "@asyncio-ts/http/server";
 * import { Hono } from "hono";
 *
 * const app = new Hono().get("/upper", () =>
 *   webSocket(
 *     async (ws) => {
 *       for await (const { data } of ws) await ws.sendStr(String(data).toUpperCase());
 *     },
 *     { heartbeat: 30_000 },
 *   ),
 * );
 * await run(async () => {
 *   await using server = await serve(app, { port: 0 });
 *   await using session = new ClientSession();
 *   await using ws = await session.wsConnect(`${server.url}/upper`);
 *   await ws.sendStr("hello");
 *   console.log(await ws.receiveStr()); // HELLO
 * });
 * ```
 */
export function webSocket(body: WebSocketBody, options: WebSocketServerOptions = {}): Response {
  if (typeof body !== "function") throw new TypeError(`webSocket() needs a function as its body, got ${typeof body}`);
  const response = new Response("This is the address of a WebSocket.", {
    status: 426,
    headers: { connection: "Upgrade", upgrade: "websocket" },
  });
  const { protocols = [] } = options;
  endpoints.set(response.body as object, { body, options: checkOptions("webSocket", options), protocols });
  return response;
}

type UpgradeRequest = Parameters<Upgrade>;

const runEndpoint = coroutine(function* serveWebSocket(endpoint: Endpoint, headers: Headers, request: UpgradeRequest) {
  const connection = shakeHands(endpoint, headers, request);
  if (connection === null) return;
  const { onShutdown, cancelOnDisconnect, tasks } = request[3];
  const leave = (): void => void connection._beginClose(1001);
  onShutdown.add(leave);
  if (tasks.isStopped()) leave();
  const task = currentTask();
  if (cancelOnDisconnect) connection._onLost = () => task?.cancel("the connection of the WebSocket is lost");
  try {
    yield* runBody(connection, endpoint.body);
  } finally {
    connection._onLost = null;
    onShutdown.delete(leave);
    yield* connection.close();
  }
});

/** Null when the request was no proper one, which has been answered then, or the client has gone. */
function shakeHands(endpoint: Endpoint, headers: Headers, request: UpgradeRequest): WebSocketConnection | null {
  const [incoming, socket, head] = request;
  const server = new WebSocketServer({
    ...protocolOptions(endpoint.options),
    noServer: true,
    clientTracking: false,
    handleProtocols: (offered) => endpoint.protocols.find((protocol) => offered.has(protocol)) ?? false,
  });
  server.on("headers", (lines) => lines.push(...handshakeHeaders(headers)));
  let connection: WebSocketConnection | null = null;
  server.handleUpgrade(incoming, socket, head, (ws) => {
    connection = new WebSocketConnection(ws, endpoint.options);
  });
  return connection;
}

/** Those of the plain answer: they say nothing of the WebSocket. */
const PLAIN = new Set(["connection", "upgrade", "content-type", "content-length"]);

function handshakeHeaders(headers: Headers): string[] {
  return [...headers].filter(([name]) => !PLAIN.has(name)).map(([name, value]) => `${name}: ${value}`);
}

function* runBody(connection: WebSocketConnection, body: WebSocketBody): CoroutineGenerator<void> {
  try {
    yield* invoke(body, connection);
  } catch (error) {
    if (error instanceof CancelledError) connection._cut(1001);
    // What is wrong with the client, or that it closed before the last message could go out, is no error of the server's.
    const isClients = error instanceof ClientConnectionResetError || error === connection.exception();
    if (isClients && connection.closed) return;
    connection._beginClose(1011);
    throw error;
  }
}
