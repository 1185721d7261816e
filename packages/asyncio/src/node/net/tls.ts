import { isIP, type Socket } from "node:net";
import type * as tls from "node:tls";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { ConnectionAbortedError } from "../../core/errors.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { TimerHandle } from "../../core/handle.ts";
import type { TlsOptions } from "../../core/io-options.ts";
import type { EventLoop } from "../../core/loop.ts";
import { park } from "../../core/park.ts";
import type { ExtraInfo } from "../../core/transports.ts";
import { osError } from "../os-error.ts";
import { nodeTls } from "./node-tls.ts";

/** How long a handshake and a shutdown may take by default, in milliseconds: CPython's values. */
export const HANDSHAKE_TIMEOUT = 60_000;
export const SHUTDOWN_TIMEOUT = 30_000;

/** What a handshake needs to know. */
export interface Handshake {
  readonly tls: TlsOptions;
  /** In milliseconds. */
  readonly limit: number;
}

/** As long as Node can wait: the time is kept here. */
const NEVER = 2 ** 31 - 1;

type Outcome = (outcome: tls.TLSSocket | Error) => void;

/**
 * Goes over to TLS on a connected socket, as its client. `hostname` is whose certificate is expected. When it fails or is
 * cancelled, the connection is closed.
 */
export function connectTls(
  loop: EventLoop,
  socket: Socket,
  { tls: options, limit }: Handshake,
  hostname: string,
): Coroutine<tls.TLSSocket> {
  return handshake(loop, socket, limit, (ended) => {
    const servername = isIP(hostname) === 0 ? hostname : "";
    const secured = nodeTls().connect({ servername, host: hostname, ...options, socket } as tls.ConnectionOptions);
    secured.once("secureConnect", () => ended(secured));
    secured.once("error", ended);
    return secured;
  });
}

/** As {@link connectTls}, as the server's end. */
export function acceptTls(
  loop: EventLoop,
  socket: Socket,
  { tls: options, limit }: Handshake,
): Coroutine<tls.TLSSocket> {
  return handshake(loop, socket, limit, (ended) => {
    const server = nodeTls().createServer({ ...(options as tls.TlsOptions), handshakeTimeout: NEVER });
    server.once("secureConnection", ended);
    server.once("tlsClientError", (error) => ended(error));
    // Node's documented way to bring a connection of one's own.
    server.emit("connection", socket);
    return undefined;
  });
}

function handshake(
  loop: EventLoop,
  socket: Socket,
  limit: number,
  begin: (ended: Outcome) => tls.TLSSocket | undefined,
): Coroutine<tls.TLSSocket> {
  return new GeneratorCoroutine(shakeHands(loop, socket, limit, begin), "handshake");
}

function* shakeHands(
  loop: EventLoop,
  socket: Socket,
  limit: number,
  begin: (ended: Outcome) => tls.TLSSocket | undefined,
): CoroutineGenerator<tls.TLSSocket> {
  let secured: tls.TLSSocket | undefined;
  let timer: TimerHandle | undefined;
  // Else Node would not notice that the other side goes in mid-handshake.
  socket.allowHalfOpen = false;
  try {
    return yield* park<tls.TLSSocket>((wait) => {
      const ended: Outcome = (outcome) => {
        if (outcome instanceof Error) wait.reject(osError(outcome));
        else wait.resolve((secured = ignoringErrors(outcome).pause()));
      };
      timer = loop.callLater(limit, () => ended(tooLong(limit)));
      const made = loop._outside(() => begin(ended));
      if (made !== undefined) secured = ignoringErrors(made);
      return () => "done";
    });
  } catch (error) {
    // Also when it has succeeded, and the task was cancelled before it went on.
    secured?.destroy();
    socket.destroy();
    throw osError(error);
  } finally {
    timer?.cancel();
  }
}

/** A socket nobody listens to, as it is until the transport has it, throws its errors at the process. */
export function ignoringErrors<S extends Socket>(socket: S): S {
  return socket.on("error", () => {});
}

function tooLong(limit: number): Error {
  const seconds = Number.isInteger(limit / 1000) ? (limit / 1000).toFixed(1) : limit / 1000;
  const message = `SSL handshake is taking longer than ${seconds} seconds: aborting the connection`;
  return new ConnectionAbortedError(message, { code: "ECONNABORTED" });
}

/** What `getExtraInfo()` tells of a connection with TLS. */
export function tlsInfo(socket: tls.TLSSocket, options: TlsOptions): Partial<ExtraInfo> {
  const cipher = socket.getCipher();
  const peercert = socket.getPeerCertificate();
  return {
    sslcontext: options,
    sslObject: socket,
    compression: null,
    ...(Object.keys(peercert ?? {}).length === 0 ? {} : { peercert }),
    ...(cipher === undefined ? {} : { cipher: [cipher.standardName ?? cipher.name, cipher.version, undefined] }),
  };
}
