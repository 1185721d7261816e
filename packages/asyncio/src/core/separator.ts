import { bytes } from "#host";
import { describeValue } from "./describe.ts";
import { ValueError } from "./errors.ts";

/** What ends a record; one byte is a number, which is found faster. */
export interface Separator {
  readonly needle: Uint8Array | number;
  readonly length: number;
}

export const NEWLINE: readonly Separator[] = [{ needle: 10, length: 1 }];

/** The separators for `readuntil()`, shortest first. @throws TypeError; ValueError for none, or an empty one. */
export function separatorsOf(given: unknown): readonly Separator[] {
  if (given === "\n") return NEWLINE;
  const separators = (Array.isArray(given) ? given : [given]).map(separatorOf);
  if (separators.length > 1) separators.sort((a, b) => a.length - b.length);
  const shortest = separators[0];
  if (shortest === undefined) throw new ValueError("Separator should contain at least one element");
  if (shortest.length === 0) throw new ValueError("Separator should be at least one-byte string");
  return separators;
}

function separatorOf(given: unknown): Separator {
  const needle = typeof given === "string" ? bytes.encode(given) : given;
  if (!(needle instanceof Uint8Array)) {
    throw new TypeError(`readuntil() needs a separator, a string or a Uint8Array, got ${describeValue(given)}`);
  }
  return needle.length === 1 ? { needle: needle[0] as number, length: 1 } : { needle, length: needle.length };
}
