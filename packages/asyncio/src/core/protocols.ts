import type { BaseTransport } from "./transports.ts";

/**
 * What a transport calls back. Every method has a default that does nothing, so that one overrides what one needs; a
 * transport never needs the class, an object with the methods will do.
 */
export class BaseProtocol {
  /** The connection is made: once, before anything else. */
  connectionMade(_transport: BaseTransport): void {}

  /** The connection is lost or closed: once, after everything else. `error` is null after an orderly end. */
  connectionLost(_error: unknown): void {}

  /** The transport's write buffer has grown over its high-water mark. {@link resumeWriting} follows. */
  pauseWriting(): void {}

  /** The transport's write buffer has drained to its low-water mark. */
  resumeWriting(): void {}
}

/**
 * The receiving side of a stream of bytes.
 *
 * The order of calls: `connectionMade`, any number of `dataReceived`, at most one `eofReceived`, `connectionLost`.
 */
export class Protocol extends BaseProtocol {
  /** Some bytes have come, at least one. They are yours to keep. On Node they are a Buffer. */
  dataReceived(_data: Uint8Array): void {}

  /** The other side will send no more. Return true to keep the connection open for writing, which TLS can't. */
  eofReceived(): boolean | void {}
}

/**
 * A {@link Protocol} that gives the memory into which the transport puts what it receives, and so is spared a new
 * buffer for each read.
 *
 * The order of calls: `connectionMade`, any number of pairs of `getBuffer` and `bufferUpdated`, at most one
 * `eofReceived`, `connectionLost`.
 */
export abstract class BufferedProtocol extends BaseProtocol {
  /**
   * Gives memory for what has come: at least one byte, by preference `sizehint` or more. What does not fit is handed over
   * in the next round.
   */
  abstract getBuffer(sizehint: number): Uint8Array;

  /** The first `nbytes` of the buffer are new. */
  abstract bufferUpdated(nbytes: number): void;

  /** As in {@link Protocol}. */
  eofReceived(): boolean | void {}
}

/** The receiving side of datagrams. */
export class DatagramProtocol extends BaseProtocol {
  /** A datagram has come, from `address`. */
  datagramReceived(_data: Uint8Array, _address: readonly [host: string, port: number]): void {}

  /** Sending or receiving failed; the transport goes on. */
  errorReceived(_error: Error): void {}
}

/** What a subprocess tells. */
export class SubprocessProtocol extends BaseProtocol {
  /** The process has written to its file descriptor `fd`: 1 is its standard output, 2 its standard error. */
  pipeDataReceived(_fd: number, _data: Uint8Array): void {}

  /** One of the pipes to the process is closed. */
  pipeConnectionLost(_fd: number, _error: unknown): void {}

  /** The process has ended. What it wrote last may still come, so the pipes may close later. */
  processExited(): void {}
}
