import type { ClientRequest as ClientRequestOfNode, IncomingMessage } from "node:http";
import { type Coroutine, type CoroutineGenerator, park } from "asyncio-ts";
import { WebSocket } from "ws";
import { cancelledError } from "../cancelled-error.ts";
import type { ClientRequest } from "../client/client-request.ts";
import type { Connection } from "../client/connection.ts";
import { WSServerHandshakeError } from "../client/errors.ts";
import { HttpHeaders } from "../client/headers.ts";
import { exchangeError } from "../client/map-errors.ts";
import { WebSocketConnection } from "./connection.ts";
import { type CheckedOptions, protocolOptions } from "./options.ts";

/** What is asked for. */
export interface Handshake {
  readonly request: ClientRequest;
  readonly protocols: readonly string[];
  readonly options: CheckedOptions;
  /** Called with the Set-Cookie lines of the answer, whatever that is. */
  readonly onCookies: (lines: readonly string[]) => void;
}

/** Asks for a WebSocket on a connection that is open. When it fails, or is cancelled, that is its caller's to close. */
export function* shakeHands(connection: Connection, handshake: Handshake): CoroutineGenerator<WebSocketConnection> {
  const { request, options, onCookies } = handshake;
  const { endpoint } = connection;
  const socket = new WebSocket(request.url, [...handshake.protocols], {
    ...protocolOptions(options),
    headers: headerLines(request.headers),
    createConnection: () => connection.socket,
    finishRequest: (sending) => {
      sending.path = endpoint.pathOf(request.url);
      if (endpoint.forwards) addHeaders(sending, endpoint.proxyHeaders);
      sending.end();
    },
  });
  socket.once("upgrade", ({ headers }) => onCookies(headers["set-cookie"] ?? []));
  socket.once("unexpected-response", (_, { headers }) => onCookies(headers["set-cookie"] ?? []));
  const ws = new WebSocketConnection(socket, options);
  yield* opened(socket, request);
  return ws;
}

/** Names and values in turn. */
function addHeaders(sending: ClientRequestOfNode, headers: readonly string[]): void {
  for (let i = 0; i + 1 < headers.length; i += 2) sending.appendHeader(headers[i] as string, headers[i + 1] as string);
}

function headerLines(headers: HttpHeaders): Record<string, string[]> {
  const names = new Set([...headers].map(([name]) => name));
  return Object.fromEntries([...names].map((name) => [name, headers.getAll(name)]));
}

/** It ends when the socket is open, or closed: also when it is cancelled. */
function opened(socket: WebSocket, request: ClientRequest): Coroutine<void> {
  return park((wait) => {
    let answer: IncomingMessage | undefined;
    let failure: Error | undefined;
    socket.once("open", () => wait.resolve());
    socket.once("upgrade", (response) => {
      answer = response;
    });
    socket.once("unexpected-response", (_, response) => {
      failure = refused("Invalid response status", request, response);
      socket.terminate();
    });
    socket.once("error", (error) => {
      failure ??= handshakeError(error, request, answer);
    });
    socket.once("close", () => wait.reject(failure));
    return (message) => {
      failure = cancelledError(message);
      socket.terminate();
      return "wait";
    };
  });
}

function handshakeError(error: NodeJS.ErrnoException, request: ClientRequest, answer?: IncomingMessage): Error {
  const { code } = error;
  // Without a code: the library for the protocol does not like the answer. HPE_: it is not even HTTP.
  const isRefused = code === undefined || code.startsWith("HPE_");
  return isRefused ? refused(error.message, request, answer, error) : exchangeError(error, request);
}

function refused(reason: string, request: ClientRequest, answer?: IncomingMessage, cause?: Error): Error {
  return new WSServerHandshakeError(reason, {
    request,
    status: answer?.statusCode ?? 0,
    headers: new HttpHeaders(Object.entries(answer?.headersDistinct ?? {}).flatMap(pairs)),
    cause,
  });
}

function pairs([name, values]: [string, string[] | undefined]): [string, string][] {
  return (values ?? []).map((value) => [name, value]);
}
