import { ServerResponse } from "node:http";

/** The request that a response answers. @internal */
export interface ResponseOwner {
  /** @throws NOTHING_TO_WRITE, also later, when the adapter is to write nothing. */
  answer(request: Request): Response | Promise<Response>;
  /** All of the response was handed over to the connection. */
  written(): void;
}

/** Node's response, which tells when it has been written, and how much. @internal */
export class Outgoing extends ServerResponse {
  owner: ResponseOwner | null = null;
  /** Set by Node, which says so to the client, but leaves the connection open. */
  declare readonly maxRequestsOnConnectionReached: boolean | undefined;
  /** How much of the body was written, in bytes; null for not to be counted. */
  bodyBytes: number | null = null;

  override write(chunk: unknown, ...rest: never[]): boolean {
    this.#count(chunk);
    return super.write(chunk, ...rest);
  }

  override end(chunk?: unknown, ...rest: never[]): this {
    this.#count(chunk);
    super.end(chunk, ...rest);
    this.owner?.written();
    return this;
  }

  /** Whether every byte has left the process, or there is no connection any more. */
  isSent(): boolean {
    if (this.writableFinished || this.destroyed) return true;
    return this.writableEnded && this.socket !== null && this.socket.writableLength === 0;
  }

  #count(chunk: unknown): void {
    if (this.bodyBytes === null || chunk === undefined || chunk === null || typeof chunk === "function") return;
    this.bodyBytes += typeof chunk === "string" ? Buffer.byteLength(chunk) : (chunk as Uint8Array).byteLength;
  }
}
