import { ValueError } from "asyncio-ts";

/** What is sent as a binary message. */
export type Bytes = Uint8Array | ArrayBuffer | DataView;

export function checkText(data: unknown): void {
  if (typeof data !== "string") throw new TypeError(`sendStr() needs a string, got ${typeof data}`);
}

export function checkBytes(fn: string, data: unknown): void {
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return;
  throw new TypeError(`${fn}() needs a Uint8Array, an ArrayBuffer or a DataView, got ${typeof data}`);
}

/** The data of a ping or a pong. */
export function checkControl(fn: string, data: unknown): void {
  if (typeof data !== "string") checkBytes(fn, data);
  const length = Buffer.byteLength(data as string | NodeJS.ArrayBufferView);
  if (length > 125) throw new ValueError(`${fn}(): at most 125 bytes fit into it, got ${length}`);
}

export function checkClose(code: unknown, reason: unknown): void {
  if (typeof code !== "number") throw new TypeError(`close(): code must be a number, got ${typeof code}`);
  if (typeof reason !== "string") throw new TypeError(`close(): reason must be a string, got ${typeof reason}`);
  if (!isCloseCode(code)) {
    throw new ValueError(`close(): code must be 1000 to 1003, 1007 to 1014, or 3000 to 4999, got ${code}`);
  }
  const length = Buffer.byteLength(reason);
  if (length > 123) throw new ValueError(`close(): a reason has at most 123 bytes, got ${length}`);
}

function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}
