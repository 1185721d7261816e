import { ValueError } from "asyncio-ts";

/** How a WebSocket behaves, on either side. All spans of time are in milliseconds. */
export interface WebSocketOptions {
  /**
   * Ping the peer when nothing came from it for so long; when there is no answer within half of that, the connection is cut
   * with 1006 and a TimeoutError as its `exception()`. Null, the default, is never. While so much waits to be received that
   * reading has stopped, nothing is held against the peer.
   */
  readonly heartbeat?: number | null | undefined;
  /** Answer pings, and keep them and pongs to oneself. True by default; with false `receive()` gives them. */
  readonly autoping?: boolean | undefined;
  /** How long `receive()` waits before it raises a TimeoutError. Null, the default, is for ever. */
  readonly receiveTimeoutMs?: number | null | undefined;
  /** How long the peer may take to answer a close frame before the connection is cut. 10,000 by default. */
  readonly closeTimeoutMs?: number | undefined;
  /** The largest message to accept, in bytes, after decompression. 4 MiB by default, 0 is no limit. */
  readonly maxMsgSize?: number | undefined;
  /** Compress messages if the peer can (permessage-deflate). False by default: it costs memory, on a server above all. */
  readonly compress?: boolean | undefined;
  /** How much may wait to be sent, in bytes, before a send waits. 64 KiB by default. */
  readonly writerLimit?: number | undefined;
}

/** The options with their defaults. */
export type CheckedOptions = { readonly [K in keyof WebSocketOptions]-?: Exclude<WebSocketOptions[K], undefined> };

export function checkOptions(fn: string, options: WebSocketOptions): CheckedOptions {
  const checked = {
    heartbeat: options.heartbeat ?? null,
    autoping: options.autoping ?? true,
    receiveTimeoutMs: options.receiveTimeoutMs ?? null,
    closeTimeoutMs: options.closeTimeoutMs ?? 10_000,
    maxMsgSize: options.maxMsgSize ?? 4 * 1024 * 1024,
    compress: options.compress ?? false,
    writerLimit: options.writerLimit ?? 64 * 1024,
  };
  checkNumber(`${fn}(): heartbeat`, checked.heartbeat ?? 1, 1);
  checkNumber(`${fn}(): receiveTimeoutMs`, checked.receiveTimeoutMs ?? 0, 0);
  for (const name of ["closeTimeoutMs", "maxMsgSize", "writerLimit"] as const) {
    checkNumber(`${fn}(): ${name}`, checked[name], 0);
  }
  return checked;
}

/** As `ws` calls them, on both sides. Its types are not ours to publish. */
interface ProtocolOptions {
  readonly autoPong: boolean;
  readonly closeTimeout: number;
  readonly maxPayload: number;
  readonly perMessageDeflate: boolean;
}

export function protocolOptions(options: CheckedOptions): ProtocolOptions {
  return {
    autoPong: options.autoping,
    closeTimeout: options.closeTimeoutMs,
    maxPayload: options.maxMsgSize,
    perMessageDeflate: options.compress,
  };
}

function checkNumber(what: string, value: unknown, least: number): void {
  if (typeof value !== "number") throw new TypeError(`${what} must be a number, got ${typeof value}`);
  if (!(value >= least && Number.isFinite(value))) {
    throw new ValueError(`${what} must be a number, at least ${least}, and not infinite, got ${value}`);
  }
}
