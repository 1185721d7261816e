import { isAscii, isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";
import { LookupError } from "../../core/errors.ts";

/**
 * The encodings of text files. `sequence()` gives the length of the character at `at`: negative for bytes that are none,
 * 0 when more bytes are needed to tell.
 */
export interface Encoding {
  /** As Python calls it. */
  readonly name: string;
  readonly preamble: Buffer | null;
  readonly sequence: (bytes: Buffer, at: number) => number;
  /** Bytes that are known to be good. */
  readonly decode: (bytes: Buffer) => string;
  readonly isValid: (bytes: Buffer) => boolean;
  readonly encode: (text: string) => Uint8Array;
  /** Finds a character that the encoding does not have; global. Null when it can only be read. */
  readonly unencodable: RegExp | null;
  /** Why {@link unencodable} has none of it. */
  readonly reason: string;
  /** How many bytes a newline has. */
  readonly unit: 1 | 2;
}

const SURROGATES = "surrogates not allowed";
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** @throws LookupError for one that is not known. */
export function findEncoding(label: string): Encoding {
  const found = builtIn(label.toLowerCase().replace(/[-_ ]/g, "")) ?? legacy(label);
  if (found === undefined) {
    throw new LookupError(
      `unknown encoding: ${label}. There are utf-8, utf-8-sig, utf-16-le, latin-1, ascii, and what TextDecoder knows`,
    );
  }
  return found;
}

function builtIn(name: string): Encoding | undefined {
  if (/^(utf8|u8)$/.test(name)) return utf8("utf-8", null);
  if (name === "utf8sig") return utf8("utf-8-sig", BOM);
  if (/^(utf16le|ucs2)$/.test(name)) return utf16();
  if (/^(latin1|l1|iso88591|8859|cp819)$/.test(name)) return latin1();
  if (/^(ascii|usascii|646)$/.test(name)) return ascii();
  return undefined;
}

function utf8(name: string, preamble: Buffer | null): Encoding {
  return {
    name,
    preamble,
    sequence: utf8Sequence,
    decode: (bytes) => bytes.toString("utf8"),
    isValid: isUtf8,
    encode: (text) => Buffer.from(text, "utf8"),
    unencodable: /\p{Surrogate}/gu,
    reason: SURROGATES,
    unit: 1,
  };
}

/** As Unicode has it: as many bytes as can be the beginning of a character stand for one that is broken. */
function utf8Sequence(bytes: Buffer, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return -1;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i];
    if (next === undefined) return 0;
    const [low, high] = i === 1 ? secondByte(first) : [0x80, 0xbf];
    if (next < low || next > high) return -i;
  }
  return length;
}

/** Not every continuation may follow: no surrogates, nothing above U+10FFFF, nothing longer than needed. */
function secondByte(first: number): readonly [low: number, high: number] {
  if (first === 0xe0) return [0xa0, 0xbf];
  if (first === 0xed) return [0x80, 0x9f];
  if (first === 0xf0) return [0x90, 0xbf];
  if (first === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}

function utf16(): Encoding {
  return {
    name: "utf-16-le",
    preamble: null,
    sequence: utf16Sequence,
    decode: (bytes) => bytes.toString("utf16le"),
    isValid: (bytes) => bytes.length % 2 === 0 && !/\p{Surrogate}/u.test(bytes.toString("utf16le")),
    encode: (text) => Buffer.from(text, "utf16le"),
    unencodable: /\p{Surrogate}/gu,
    reason: SURROGATES,
    unit: 2,
  };
}

function utf16Sequence(bytes: Buffer, at: number): number {
  const high = bytes[at + 1];
  if (high === undefined) return 0;
  if (high < 0xd8 || high > 0xdf) return 2;
  if (high > 0xdb) return -2;
  const low = bytes[at + 3];
  if (low === undefined) return 0;
  return low < 0xdc || low > 0xdf ? -2 : 4;
}

function latin1(): Encoding {
  return {
    name: "latin-1",
    preamble: null,
    sequence: () => 1,
    decode: (bytes) => bytes.toString("latin1"),
    isValid: () => true,
    encode: (text) => Buffer.from(text, "latin1"),
    unencodable: /[^\0-\u{ff}]/gu,
    reason: "ordinal not in range(256)",
    unit: 1,
  };
}

function ascii(): Encoding {
  return {
    ...latin1(),
    name: "ascii",
    sequence: (bytes, at) => ((bytes[at] as number) < 0x80 ? 1 : -1),
    isValid: isAscii,
    unencodable: /[^\0-\u{7f}]/gu,
    reason: "ordinal not in range(128)",
  };
}

/** In these a character has up to four bytes, of which none but a newline is 10. */
const MULTI_BYTE = new Set(["gbk", "gb18030", "big5", "euc-jp", "euc-kr", "shift_jis"]);

/** Those with state, with other newlines, or that replace everything. */
const REFUSED = new Set(["utf-8", "utf-16le", "utf-16be", "iso-2022-jp", "replacement"]);

function legacy(label: string): Encoding | undefined {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(label, { fatal: true });
  } catch {
    return undefined;
  }
  const name = decoder.encoding;
  if (REFUSED.has(name)) return undefined;
  return MULTI_BYTE.has(name) ? multiByte(name, decoder) : singleByte(name, decoder);
}

function decodes(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** What windows-1252 has between 128 and 159; Node up to 22 takes it for latin-1. */
const C1_OF_1252 = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";

function singleByte(name: string, decoder: TextDecoder): Encoding {
  const table = Array.from({ length: 256 }, (_, code) => {
    if (name !== "windows-1252" || code < 0x80 || code > 0x9f) return decodes(decoder, Uint8Array.of(code));
    const character = C1_OF_1252[code - 0x80];
    return character === "\0" ? undefined : character;
  });
  const codes = new Map(table.map((character, code) => [character, code]));
  const known = table.filter((character) => character !== undefined);
  const escapes = known.map((character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return {
    ...multiByte(name, decoder),
    sequence: (bytes, at) => (table[bytes[at] as number] === undefined ? -1 : 1),
    decode: (bytes) => bytes.reduce((text, byte) => text + (table[byte] ?? ""), ""),
    isValid: (bytes) => bytes.every((byte) => table[byte] !== undefined),
    encode: (text) => Buffer.from(Array.from(text, (character) => codes.get(character) ?? 0)),
    unencodable: new RegExp(`[^${escapes.join("")}]`, "gu"),
  };
}

function multiByte(name: string, decoder: TextDecoder): Encoding {
  return {
    name,
    preamble: null,
    sequence: (bytes, at) => multiByteSequence(decoder, bytes, at),
    decode: (bytes) => decoder.decode(bytes),
    isValid: (bytes) => decodes(decoder, bytes) !== undefined,
    encode: (text) => Buffer.from(text, "latin1"),
    unencodable: null,
    reason: "character maps to <undefined>",
    unit: 1,
  };
}

function multiByteSequence(decoder: TextDecoder, bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4; length++) {
    if (at + length > bytes.length) return 0;
    if (decodes(decoder, bytes.subarray(at, at + length)) !== undefined) return length;
  }
  return -1;
}
