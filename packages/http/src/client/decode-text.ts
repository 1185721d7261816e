import { TextDecoder } from "node:util";
import { LookupError, UnicodeDecodeError } from "asyncio-ts";

/**
 * The text that bytes stand for; without a mark of byte order. `encoding` null is UTF-8.
 *
 * @throws LookupError for an encoding that nobody knows; UnicodeDecodeError, when it is `strict`, for bytes that are no text.
 */
export function decodeText(bytes: Uint8Array, encoding: string | null, strict: boolean): string {
  if (!strict && (encoding === null || encoding === "utf-8")) return withoutMark(bytes).toString("utf8");
  const decoder = decoderFor(encoding ?? "utf-8", strict);
  try {
    return decoder.decode(bytes);
  } catch {
    const reason = `the body is no proper ${decoder.encoding}`;
    throw new UnicodeDecodeError(reason, { encoding: decoder.encoding, start: 0, reason });
  }
}

/** Whether {@link decodeText} can do it. */
export function isEncoding(encoding: string): boolean {
  try {
    decoderFor(encoding, false);
    return true;
  } catch {
    return false;
  }
}

function withoutMark(bytes: Uint8Array): Buffer {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const offset = bytes.byteOffset + (marked ? 3 : 0);
  return Buffer.from(bytes.buffer, offset, bytes.byteLength - (marked ? 3 : 0));
}

function decoderFor(encoding: string, fatal: boolean): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal });
  } catch (cause) {
    throw Object.assign(new LookupError(`unknown encoding: ${encoding}`), { cause });
  }
}
