import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { BodyTooLargeError } from "./errors.ts";

/** How long a client may go on to send what nobody wants, after it got its response, in milliseconds. */
const LINGER = 500;

/** @internal */
export function hasBody(incoming: IncomingMessage): boolean {
  const { headers } = incoming;
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

/** Whether the request says itself that its body is too large. @internal */
export function announcesMoreThan(limit: number, incoming: IncomingMessage): boolean {
  return Number(incoming.headers["content-length"] ?? 0) > limit;
}

/** Lets whoever reads the body fail when more has come than `limit`. @internal */
export function limitBody(incoming: IncomingMessage, limit: number): void {
  if (incoming.headers["transfer-encoding"] === undefined) return;
  const push = incoming.push.bind(incoming);
  let received = 0;
  incoming.push = (chunk: Uint8Array | null, encoding) => {
    received += chunk?.length ?? 0;
    if (received <= limit) return push(chunk, encoding);
    failBody(incoming, new BodyTooLargeError(limit));
    return true;
  };
}

/**
 * Lets whoever reads the body get `error`. The rest is still taken from the connection, and dropped, so that the client gets
 * to see the response: if it goes on sending after that, it is cut off.
 *
 * @internal
 */
export function failBody(incoming: IncomingMessage, error: Error): void {
  if (incoming.destroyed) return;
  incoming.push = () => true;
  incoming.on("error", () => {});
  // Without the connection, which Node would destroy together with the request.
  (incoming as Readable)._destroy = (reason, callback) => callback(reason);
  incoming.destroy(error);
}

/** After the response. @internal */
export function endBody(incoming: IncomingMessage): void {
  if (incoming.complete || incoming.socket.destroyed) return;
  const timer = setTimeout(() => {
    if (!incoming.complete) incoming.socket.destroy();
  }, LINGER);
  timer.unref();
}
