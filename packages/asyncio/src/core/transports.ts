import type { BaseProtocol } from "./protocols.ts";

/** Where one end of a connection is: host and port, or the path of a Unix socket. */
export type SocketAddress = readonly [host: string, port: number] | string;

/** What `getExtraInfo()` tells, by asyncio's names. Which of them there are depends on the transport. */
export interface ExtraInfo {
  /** The address of the other side. */
  readonly peername: SocketAddress;
  /** The own address. */
  readonly sockname: SocketAddress;
  /** The platform's own object: on Node a `net.Socket`, `tls.TLSSocket` or `dgram.Socket`. */
  readonly socket: object;
  /** TLS: the options that it was made with. */
  readonly sslcontext: object;
  /** TLS: the platform's own object, on Node a `tls.TLSSocket`. */
  readonly sslObject: object;
  /** TLS: the other side's certificate, as the platform describes it. */
  readonly peercert: object;
  /** TLS: name of the cipher, version of the protocol, number of secret bits if known. */
  readonly cipher: readonly [name: string, protocol: string, bits: number | undefined];
  /** TLS: always null, nobody compresses any more. */
  readonly compression: null;
  /** Pipes: the platform's own object. */
  readonly pipe: object;
  /** Subprocesses: the platform's own object, on Node a `ChildProcess`. */
  readonly subprocess: object;
}

/** What carries bytes for a protocol. Transports are made by the loop, never by hand. */
export abstract class BaseTransport {
  /** A fact about the connection; `fallback`, by default undefined, when the transport does not know it. */
  abstract getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | undefined;
  abstract getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;

  /** Whether it is closed, or closing. */
  abstract isClosing(): boolean;

  /**
   * Closes it: nothing more is received, what was written is still sent, then the protocol's `connectionLost(null)` is
   * called. Doing it twice does nothing.
   */
  abstract close(): void;

  /** Makes another protocol the one that is called back. */
  abstract setProtocol(protocol: BaseProtocol): void;

  abstract getProtocol(): BaseProtocol;
}

/** A transport that receives. */
export abstract class ReadTransport extends BaseTransport {
  /** Whether it is receiving: not paused, not closing. */
  abstract isReading(): boolean;

  /** Receives nothing until {@link resumeReading}. Doing it twice does nothing. */
  abstract pauseReading(): void;

  /** Receives again. Doing it twice does nothing. */
  abstract resumeReading(): void;
}

/** What {@link WriteTransport.setWriteBufferLimits} takes, in bytes. */
export interface WriteBufferLimits {
  /** Above this the protocol's `pauseWriting()` is called; by default 64 KiB, or four times `low`. */
  readonly high?: number | undefined;
  /** At this or below, after a pause, `resumeWriting()` is; by default a quarter of `high`. */
  readonly low?: number | undefined;
}

/** A transport that sends. */
export abstract class WriteTransport extends BaseTransport {
  /** Sends bytes, strings as UTF-8. Never waits; what can't be sent yet is kept. @throws TypeError, RuntimeError after `writeEof()`. */
  abstract write(data: Uint8Array | string): void;

  /** As {@link write}, several at once. */
  abstract writelines(list: Iterable<Uint8Array | string>): void;

  /** Ends the sending side once everything is sent; receiving goes on. */
  abstract writeEof(): void;

  /** Whether {@link writeEof} is possible: with TLS it is not. */
  abstract canWriteEof(): boolean;

  /** Closes it at once: what is not sent yet is lost. `connectionLost(null)` follows. */
  abstract abort(): void;

  /** How many bytes wait to be sent. */
  abstract getWriteBufferSize(): number;

  /** Low and high-water mark, in bytes. */
  abstract getWriteBufferLimits(): readonly [low: number, high: number];

  /** @throws ValueError unless `high >= low >= 0`. */
  abstract setWriteBufferLimits(limits?: WriteBufferLimits): void;
}

/** A transport that sends and receives: a connection. */
export abstract class Transport extends WriteTransport implements ReadTransport {
  /** Whether it is receiving: not paused, not closing. */
  abstract isReading(): boolean;

  /** Receives nothing until {@link resumeReading}. Doing it twice does nothing. */
  abstract pauseReading(): void;

  /** Receives again. Doing it twice does nothing. */
  abstract resumeReading(): void;
}

/** A transport of datagrams. */
export abstract class DatagramTransport extends BaseTransport {
  /**
   * Sends a datagram, strings as UTF-8; may be empty. `address` can be left out where the endpoint has a remote address.
   * Errors go to the protocol's `errorReceived()`.
   *
   * @throws TypeError for data of another type; ValueError for another address than the one it is connected to.
   */
  abstract sendto(data: Uint8Array | string, address?: readonly [host: string, port: number] | null): void;

  /** Closes it at once: what is not sent yet is lost. */
  abstract abort(): void;

  /** How many bytes wait to be sent, eight for each datagram included. */
  abstract getWriteBufferSize(): number;

  /** Low and high-water mark, in bytes. */
  abstract getWriteBufferLimits(): readonly [low: number, high: number];

  /** @throws ValueError unless `high >= low >= 0`. */
  abstract setWriteBufferLimits(limits?: WriteBufferLimits): void;
}

/** A transport to a subprocess. Closing it kills the process, if that still runs. */
export abstract class SubprocessTransport extends BaseTransport {
  /** The number of the process. */
  abstract getPid(): number;

  /** The exit code; the negative number of the signal that ended the process; null while it runs. */
  abstract getReturncode(): number | null;

  /** The transport of the pipe behind file descriptor `fd` (0, 1 or 2); null when that is no pipe. */
  abstract getPipeTransport(fd: number): BaseTransport | null;

  /** Sends a signal: `"SIGTERM"`, or its number. @throws ProcessLookupError when the process has ended. */
  abstract sendSignal(signal: string | number): void;

  /** Sends SIGTERM. @throws ProcessLookupError when the process has ended. */
  abstract terminate(): void;

  /** Sends SIGKILL. @throws ProcessLookupError when the process has ended. */
  abstract kill(): void;
}
