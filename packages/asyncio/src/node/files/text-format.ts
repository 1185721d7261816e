import { LookupError, UnicodeDecodeError, UnicodeEncodeError, ValueError } from "../../core/errors.ts";
import { type Encoding, findEncoding } from "./encodings.ts";
import type { FileBuffer } from "./file-buffer.ts";
import type { Format, Scan } from "./format.ts";

/** What to do with bytes that are no text, and with characters that the encoding has not. */
export type EncodingErrors = "strict" | "replace" | "ignore";

/** @throws LookupError for an unknown encoding; ValueError for something else than one of the three. */
export function textFormat(label: string, errors: EncodingErrors): TextFormat {
  if (!["strict", "replace", "ignore"].includes(errors)) {
    throw new ValueError(`errors must be "strict", "replace" or "ignore", got ${JSON.stringify(errors)}`);
  }
  return new TextFormat(findEncoding(label), errors);
}

/** Works on the bytes, so that it is always exact where in the file one is: no decoder with a state of its own. */
export class TextFormat implements Format<string> {
  readonly preamble: Buffer | null;
  readonly #encoding: Encoding;
  readonly #errors: EncodingErrors;

  constructor(encoding: Encoding, errors: EncodingErrors) {
    this.#encoding = encoding;
    this.#errors = errors;
    this.preamble = encoding.preamble;
  }

  /** Of the encoding. */
  get name(): string {
    return this.#encoding.name;
  }

  lineEnd(bytes: Buffer, from: number): number {
    if (this.#encoding.unit === 1) return bytes.indexOf(10, from) + 1 || -1;
    for (let at = bytes.indexOf(10, from - (from % 2)); at >= 0; at = bytes.indexOf(10, at + 1)) {
      if (at % 2 === 0 && bytes[at + 1] === 0) return at + 2;
    }
    return -1;
  }

  scan(bytes: Buffer, scan: Scan, ended: boolean): void {
    while (scan.left > 0 && scan.offset < bytes.length) {
      const length = this.#encoding.sequence(bytes, scan.offset);
      if (length === 0 && !ended) return;
      scan.offset += length === 0 ? bytes.length - scan.offset : Math.abs(length);
      if (length > 0 || this.#errors !== "ignore") scan.left--;
    }
  }

  take(buffer: FileBuffer, length: number, position: number): string {
    const bytes = buffer.bytes.subarray(0, length);
    const text = this.#encoding.isValid(bytes) ? this.#encoding.decode(bytes) : this.#repair(bytes, position);
    buffer.skip(length);
    return text;
  }

  encode(text: string): Uint8Array {
    const { unencodable } = this.#encoding;
    if (unencodable === null) {
      throw new LookupError(`text can be read as ${this.#encoding.name}, but not written: use utf-8`);
    }
    return this.#encoding.encode(
      text.replace(unencodable, (character, at: number) => this.#stand(character, text, at)),
    );
  }

  count(text: string): number {
    let count = text.length;
    for (let i = 1; i < text.length; i++) {
      if (isLow(text.charCodeAt(i)) && isHigh(text.charCodeAt(i - 1))) count--;
    }
    return count;
  }

  check(data: unknown): void {
    if (typeof data === "string") return;
    const type = data instanceof Uint8Array ? "bytes" : typeof data;
    throw new TypeError(`write() argument must be str, not ${type}`);
  }

  join(list: readonly string[]): string {
    return list.join("");
  }

  /** What stands in for a character that the encoding does not have. */
  #stand(character: string, text: string, at: number): string {
    if (this.#errors === "ignore") return "";
    if (this.#errors === "replace") return "?";
    const { name: encoding, reason } = this.#encoding;
    const start = this.count(text.slice(0, at));
    throw new UnicodeEncodeError(
      `'${encoding}' codec can't encode character '${escaped(character)}' in position ${start}: ${reason}`,
      { encoding, start, reason },
    );
  }

  /** The text of bytes that are not all text. */
  #repair(bytes: Buffer, position: number): string {
    let text = "";
    for (let at = 0, end = 0; at < bytes.length; at = end) {
      let length = 0;
      for (end = at; end < bytes.length; end += length) {
        length = this.#encoding.sequence(bytes, end);
        if (length <= 0) break;
      }
      text += this.#encoding.decode(bytes.subarray(at, end));
      if (end === bytes.length) break;
      if (this.#errors === "strict") throw this.#decodeError(bytes, end, position);
      if (this.#errors === "replace") text += "\ufffd";
      end += length === 0 ? bytes.length - end : -length;
    }
    return text;
  }

  #decodeError(bytes: Buffer, at: number, position: number): UnicodeDecodeError {
    const encoding = this.#encoding.name;
    const length = this.#encoding.sequence(bytes, at);
    const first = bytes[at] as number;
    let reason = first >= 0xc2 && first <= 0xf4 ? "invalid continuation byte" : "invalid start byte";
    if (!encoding.startsWith("utf")) reason = this.#encoding.reason;
    if (length === 0) reason = "unexpected end of data";
    const hex = first.toString(16).padStart(2, "0");
    return new UnicodeDecodeError(
      `'${encoding}' codec can't decode byte 0x${hex} in position ${position + at}: ${reason}`,
      { encoding, start: position + at, reason },
    );
  }
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) as number;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
