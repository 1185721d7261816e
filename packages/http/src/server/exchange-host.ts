import type { IncomingMessage } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { type Future, getRunningLoop } from "asyncio-ts";
import { loopCallback } from "asyncio-ts/interop";
import type { AccessLog } from "./access-log.ts";
import type { FetchHandler } from "./app.ts";
import type { ErrorHandler } from "./error-response.ts";
import type { Exchange } from "./exchange.ts";
import type { Outgoing } from "./outgoing.ts";
import type { RequestTasks } from "./request-tasks.ts";
import type { ServeOptions } from "./serve-options.ts";

const MAX_BODY_SIZE = 1_048_576;

/** What {@link Exchange.answer} throws when the adapter is to write nothing. @internal */
export const NOTHING_TO_WRITE: unique symbol = Symbol("nothing to write");

/** What all requests of a server share. @internal */
export interface ExchangeHost {
  readonly handler: FetchHandler;
  readonly onError: ErrorHandler | undefined;
  readonly accessLog: AccessLog | undefined;
  readonly cancelOnDisconnect: boolean;
  readonly requestTimeoutMs: number | null;
  readonly maxBodySize: number | null;
  readonly tasks: RequestTasks<Exchange>;
  /** Closes WebSockets when the server is closed. */
  readonly onShutdown: Set<() => void>;
  /** Something to wait for that is done. */
  readonly done: Future<undefined>;
  /** Converts a request, has it answered by {@link Exchange.answer}, and writes the response if that is at hand. */
  readonly listener: (incoming: IncomingMessage, outgoing: Outgoing) => unknown;
  /** Calls {@link Exchange._closed} as an event of the loop. */
  readonly closed: (exchange: Exchange) => void;
}

/** @internal */
export function exchangeHost(
  handler: FetchHandler,
  options: ServeOptions,
  tasks: RequestTasks<Exchange>,
  onShutdown: Set<() => void>,
): ExchangeHost {
  const done = getRunningLoop().createFuture<undefined>();
  done.setResult(undefined);
  return {
    handler,
    onError: options.onError,
    accessLog: options.accessLog,
    cancelOnDisconnect: options.cancelOnDisconnect ?? true,
    requestTimeoutMs: options.requestTimeoutMs ?? null,
    maxBodySize: options.maxBodySize === undefined ? MAX_BODY_SIZE : options.maxBodySize,
    tasks,
    onShutdown,
    done,
    listener: requestListener(),
    closed: loopCallback((exchange: Exchange) => exchange._closed()),
  };
}

/** Hono's adapter makes light objects for request and response, which is most of what there is to do for a small one. */
function requestListener(): ExchangeHost["listener"] {
  return getRequestListener((request, { outgoing }) => (outgoing as Outgoing).owner?.answer(request), {
    // For requests of HTTP/1.0.
    hostname: "localhost",
    errorHandler: (error) => (error === NOTHING_TO_WRITE ? undefined : new Response("Bad Request", { status: 400 })),
  });
}
