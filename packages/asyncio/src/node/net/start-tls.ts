import type { TLSSocket } from "node:tls";
import { currentValues } from "../../core/context.ts";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { describeValue } from "../../core/describe.ts";
import { CancelledError, ValueError } from "../../core/errors.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import type { StartTlsOptions, TlsOptions } from "../../core/io-options.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { BaseProtocol } from "../../core/protocols.ts";
import type { Transport } from "../../core/transports.ts";
import { checkSsl } from "./check-options.ts";
import { ConnectionFrame } from "./connection-frame.ts";
import { SocketTransport } from "./socket-transport.ts";
import { acceptTls, connectTls, HANDSHAKE_TIMEOUT, tlsInfo } from "./tls.ts";
import { TlsTransport } from "./tls-transport.ts";

type Settings = StartTlsOptions & { readonly protocol: BaseProtocol };

/** See `EventLoop.startTls()`. */
export function startTls(
  loop: EventLoop,
  transport: Transport,
  tls: TlsOptions,
  options: Settings,
): Coroutine<Transport> {
  if (typeof tls !== "object" || tls === null) {
    throw new TypeError(`startTls(): sslcontext must be an object with options for TLS, got ${describeValue(tls)}`);
  }
  if (!(transport instanceof SocketTransport)) {
    throw new TypeError(`transport ${transport} is not supported by startTls()`);
  }
  checkSsl({ ...options, ssl: tls });
  if (options.serverSide !== true && options.serverHostname === undefined && tls.rejectUnauthorized !== false) {
    throw new ValueError("startTls() needs serverHostname: the name that the certificate has to be for");
  }
  return new GeneratorCoroutine(upgrade(loop, transport, tls, options), "startTls");
}

function* upgrade(
  loop: EventLoop,
  transport: SocketTransport,
  tls: TlsOptions,
  options: Settings,
): CoroutineGenerator<Transport> {
  const { socket, server } = yield* takeOver(transport, options.received);
  const { protocol } = options;
  const handshake = { tls, limit: options.sslHandshakeTimeout ?? HANDSHAKE_TIMEOUT };
  let secured: TLSSocket;
  try {
    if (options.serverSide === true) secured = yield* acceptTls(loop, socket, handshake);
    else secured = yield* connectTls(loop, socket, handshake, options.serverHostname ?? "");
  } catch (error) {
    // The protocol had a connection, and learns that it has none any more.
    loop.callSoon(() => protocol.connectionLost(error instanceof CancelledError ? null : error));
    server?._detach(transport);
    throw error;
  }
  const settings = {
    loop,
    protocol,
    frame: new ConnectionFrame(currentValues()),
    server,
    extra: tlsInfo(secured, tls),
  };
  const upgraded = new TlsTransport(secured, settings, options);
  server?._detach(transport);
  upgraded.begin();
  return upgraded;
}

function* takeOver(
  transport: SocketTransport,
  received: Uint8Array | undefined,
): ReturnType<SocketTransport["release"]> {
  try {
    return yield* transport.release(received);
  } catch (error) {
    transport.close();
    throw error;
  }
}
