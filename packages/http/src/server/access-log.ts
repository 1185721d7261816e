/** What an access log tells of a request, when its task has ended. */
export interface AccessLogEntry {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Of the response; 499 when the client went away before there was one. */
  readonly status: number;
  /** How much of the response's body was sent, in bytes, before any coding of the transfer. */
  readonly bytes: number;
  readonly durationMs: number;
  /** The client's address; undefined for a Unix socket. */
  readonly remoteAddress: string | undefined;
}

/** Takes the entries, and must not wait. */
export type AccessLog = (entry: AccessLogEntry) => unknown;
