/**
 * Refuses what mysql2 would silently turn into something else: `undefined` into NULL, a plain object into "[object Object]" or, after
 * SET, into a list of columns. Lists are for the text protocol only, `IN (?)`.
 *
 * @throws TypeError
 */
export function checkParameters(parameters: readonly unknown[], lists: boolean): void {
  for (let i = 0; i < parameters.length; i++) checkParameter(i, parameters[i], lists);
}

function checkParameter(index: number, value: unknown, lists: boolean): void {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "bigint":
      return;
    case "number":
      if (Number.isFinite(value)) return;
      throw wrong(index, `is ${value}`, "MySQL has no such number");
    case "object":
      if (value === null || value instanceof Uint8Array) return;
      if (value instanceof Date) {
        if (!Number.isNaN(value.getTime())) return;
        throw wrong(index, "is an invalid Date", "for NULL give null");
      }
      if (Array.isArray(value)) {
        if (!lists)
          throw wrong(index, "is an array", "a prepared statement has no lists, write a placeholder for each value");
        return value.forEach((item) => checkParameter(index, item, lists));
      }
      throw wrong(index, "is an object", "for JSON give JSON.stringify(value)");
    case "undefined":
      throw wrong(index, "is undefined", "for NULL give null");
    default:
      throw wrong(
        index,
        `is a ${typeof value}`,
        "MySQL takes strings, numbers, bigints, booleans, Dates, Uint8Arrays and null",
      );
  }
}

function wrong(index: number, is: string, instead: string): TypeError {
  return new TypeError(`parameter ${index + 1} ${is}: ${instead}`);
}

/** As mysql2 needs them for binding: other bytes than Buffers it would send as text. */
export function withBuffers(parameters: readonly unknown[]): readonly unknown[] {
  return parameters.map((value) =>
    value instanceof Uint8Array && !Buffer.isBuffer(value)
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      : value,
  );
}
