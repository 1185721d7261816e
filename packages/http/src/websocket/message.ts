/** A message that the peer sent. Pings and pongs are among them only when `autoping` is off. */
export type WSDataMessage =
  | { readonly type: "text"; readonly data: string }
  | { readonly type: "binary" | "ping" | "pong"; readonly data: Uint8Array };

/**
 * What {@link WebSocketConnection.receive} gives: a message of the peer, or word of the end. aiohttp's WSMessage.
 *
 * - `close`: the peer has closed; `data` is its code (1005 when it sent none), `extra` its reason.
 * - `closing`: this side began to close while the receive was waiting.
 * - `closed`: it is closed already, or the connection is lost: see `closeCode` and `exception()`.
 * - `error`: the peer broke the protocol, or sent more than `maxMsgSize`. The connection is being closed.
 */
export type WSMessage =
  | WSDataMessage
  | { readonly type: "close"; readonly data: number; readonly extra: string }
  | { readonly type: "closing"; readonly data: null }
  | { readonly type: "closed"; readonly data: null }
  | { readonly type: "error"; readonly data: Error };
