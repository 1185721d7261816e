import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { RuntimeError, TimeoutError } from "../../core/errors.ts";
import type { TimerHandle } from "../../core/handle.ts";
import type { SslOptions } from "../../core/io-options.ts";
import { SocketTransport, type SocketTransportOptions } from "./socket-transport.ts";
import { SHUTDOWN_TIMEOUT } from "./tls.ts";

/** Larger than without TLS, as in CPython: what is encrypted comes in larger pieces. */
const HIGH = 512 * 1024;

/** A transport over TLS: it is never closed in one direction only, and its end has a time limit. */
export class TlsTransport extends SocketTransport {
  readonly #shutdownTimeout: number;
  #shutdown: TimerHandle | undefined;

  constructor(socket: TLSSocket, options: SocketTransportOptions, { sslShutdownTimeout }: SslOptions) {
    super(socket, options);
    this.#shutdownTimeout = sslShutdownTimeout ?? SHUTDOWN_TIMEOUT;
    this.setWriteBufferLimits({ high: HIGH });
  }

  override canWriteEof(): boolean {
    return false;
  }

  override writeEof(): void {
    throw new RuntimeError("writeEof(): a connection with TLS is closed in both directions only");
  }

  override close(): void {
    if (this.isClosing()) return;
    super.close();
    this.#shutdown = this.loop.callLater(this.#shutdownTimeout, () =>
      this.cut(new TimeoutError("SSL shutdown timed out")),
    );
  }

  /**
   * As in CPython the other side's end is waited for: to close a socket with something unread in it (tickets for sessions, if
   * nothing else) is a reset, which may take from the other side what it has not read yet.
   */
  protected override end(socket: Socket): void {
    socket.end();
    socket.resume();
  }

  protected override lost(): void {
    this.#shutdown?.cancel();
    super.lost();
  }
}
