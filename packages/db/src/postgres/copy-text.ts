/** The text format of COPY: values divided by tabs, rows by newlines, with these in the values escaped. */
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A row for COPY. */
export function encodeRow(values: readonly unknown[]): string {
  return `${values.map(encodeValue).join("\t")}\n`;
}

function encodeValue(value: unknown): string {
  if (value === null || value === undefined) return "\\N";
  return textOf(value).replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] as string);
}

/** As the server reads it. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array)
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.length).toString("hex")}`;
  if (Array.isArray(value)) return `{${value.map(elementOf).join(",")}}`;
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  throw new TypeError(`a value that can't be copied to PostgreSQL: ${typeof value}`);
}

/** In an array: quoted, but for NULL and arrays in it. */
function elementOf(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  const text = textOf(value);
  return Array.isArray(value) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}
