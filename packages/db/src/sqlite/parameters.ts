import type { Parameters, SqliteValue } from "./messages.ts";

/**
 * The parameters as SQLite takes them: booleans are 1 and 0. The first may be an object with the named ones.
 *
 * @throws TypeError for what SQLite has no value for.
 */
export function toSqlite(parameters: readonly unknown[]): Parameters {
  return parameters.map((value, index) => {
    if (index === 0 && isPlain(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toValue(each, name)]));
    }
    return toValue(value, index + 1);
  });
}

function toValue(value: unknown, name: string | number): SqliteValue {
  switch (typeof value) {
    case "string":
    case "number":
      return value;
    case "boolean":
      return value ? 1 : 0;
    case "bigint":
      if (BigInt.asIntN(64, value) === value) return value;
      throw wrong(name, `is ${value}`, "SQLite's whole numbers have 64 bits");
    case "object":
      if (value === null) return value;
      if (ArrayBuffer.isView(value)) return bytesOf(value);
      if (value instanceof Date) {
        throw wrong(
          name,
          "is a Date",
          "SQLite has no dates: give toISOString(), which its functions know, or getTime()",
        );
      }
      throw wrong(name, Array.isArray(value) ? "is an array" : "is an object", "for JSON give JSON.stringify(value)");
    case "undefined":
      throw wrong(name, "is undefined", "for NULL give null");
    default:
      throw wrong(
        name,
        `is a ${typeof value}`,
        "SQLite takes strings, numbers, bigints, booleans, Uint8Arrays and null",
      );
  }
}

/** A view of a part of a buffer would take the whole buffer along. */
function bytesOf(view: ArrayBufferView): Uint8Array {
  // node:sqlite of Node 22 takes a buffer without a byte for NULL.
  if (view.byteLength === 0) return new Uint8Array(new ArrayBuffer(1), 0, 0);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return view.byteLength === view.buffer.byteLength ? bytes : bytes.slice();
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function wrong(name: string | number, is: string, instead: string): TypeError {
  return new TypeError(`parameter ${name} ${is}: ${instead}`);
}
