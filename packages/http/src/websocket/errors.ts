/** The peer broke the protocol, or sent a message that is too big. */
export class WebSocketError extends Error {
  static {
    this.prototype.name = "WebSocketError";
  }

  /** The code that the connection is closed with: 1002 protocol error, 1007 no text, 1008 too many parts, 1009 too big. */
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `receiveStr()`, `receiveBytes()` or `receiveJson()` got a message of another type, or word of the end. */
export class WSMessageTypeError extends TypeError {
  static {
    this.prototype.name = "WSMessageTypeError";
  }
}

/** What the library for the protocol has found, with the code that it has closed the connection with. */
export function protocolError(error: Error & { readonly code?: string }): WebSocketError {
  return new WebSocketError(closeCodeOf(error.code ?? ""), error.message, { cause: error });
}

function closeCodeOf(code: string): number {
  if (code.endsWith("_LENGTH") && code.startsWith("WS_ERR_UNSUPPORTED")) return 1009;
  if (code === "WS_ERR_INVALID_UTF8" || code.startsWith("Z_")) return 1007;
  return code === "WS_ERR_TOO_MANY_BUFFERED_PARTS" ? 1008 : 1002;
}
