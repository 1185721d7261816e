import type { Parameters } from "./messages.ts";

/** What a statement wants to be given. */
export interface Placeholders {
  /** How many, named ones included. */
  readonly count: number;
  /** The names, without `:`, `@` or `$`. */
  readonly names: readonly string[];
}

const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\?(\d*)|([:@$])([\p{L}\p{N}_$]+)|[\p{L}_][\p{L}\p{N}_$]*/gu;

/** Counts as SQLite does; it tells nobody itself, and binds NULL to what is missing. */
export function placeholdersOf(sql: string): Placeholders {
  const names = new Map<string, number>();
  let count = 0;
  for (const [, number, prefix, name] of sql.matchAll(TOKEN)) {
    if (number !== undefined) count = number === "" ? count + 1 : Math.max(count, Number(number));
    else if (prefix !== undefined && name !== undefined && !names.has(prefix + name)) names.set(prefix + name, ++count);
  }
  return { count, names: [...names.keys()].map((full) => full.slice(1)) };
}

/** Says what is wrong with the parameters of a statement; undefined if nothing is. */
export function mismatch({ count, names }: Placeholders, parameters: Parameters): string | undefined {
  const [named, ...others] = parameters;
  if (!isNamed(named)) {
    if (parameters.length === count) return undefined;
    return `the statement has ${count} placeholders, and ${parameters.length} parameters were given`;
  }
  const missing = names.find((name) => !hasName(named, name));
  if (missing !== undefined)
    return `the statement has a placeholder ${missing}, and no parameter of that name was given`;
  if (others.length === count - names.length) return undefined;
  return `the statement has ${count - names.length} placeholders without a name, and ${others.length} parameters were given`;
}

function isNamed(value: Parameters[number] | undefined): value is Readonly<Record<string, never>> {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
}

/** Node takes names with and without their prefix. */
function hasName(given: object, name: string): boolean {
  return [name, `:${name}`, `@${name}`, `$${name}`].some((key) => Object.hasOwn(given, key));
}
