import { ValueError } from "asyncio-ts";

/**
 * The body of a request is larger than the server's `maxBodySize`: raised where the handler reads it. A handler that lets
 * it through gives status 413.
 */
export class BodyTooLargeError extends ValueError {
  static {
    this.prototype.name = "BodyTooLargeError";
  }

  /** The limit, in bytes. */
  readonly maxBodySize: number;

  constructor(maxBodySize: number) {
    super(`the body of the request is larger than ${maxBodySize} bytes, the maxBodySize of the server`);
    this.maxBodySize = maxBodySize;
  }

  /** Hono, and {@link serve}, take the response to an error from here. */
  getResponse(): Response {
    return new Response(`the body is larger than ${this.maxBodySize} bytes`, { status: 413 });
  }
}
