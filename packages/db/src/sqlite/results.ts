import type { Batch } from "../link.ts";
import type { Field, QueryResult } from "../query.ts";
import type { Changes, RowBatch, Rows } from "./messages.ts";

export function resultOf(value: RowBatch | Changes): QueryResult<never> {
  if (!("columns" in value)) {
    const { changes: rowCount, insertId } = value;
    return { rows: [], rowCount, fields: [], ...(insertId !== undefined && { insertId }) };
  }
  return { rows: rowsOf(value), rowCount: value.count, fields: value.columns.map((name): Field => ({ name })) };
}

export function batchOf(value: RowBatch): Batch<never> {
  return { rows: rowsOf(value), done: value.done };
}

function rowsOf({ columns, values, count }: Rows): never[] {
  const rows: Record<string, unknown>[] = [];
  for (let i = 0, next = 0; i < count; i++) {
    const row: Record<string, unknown> = {};
    for (const column of columns) row[column] = values[next++];
    rows.push(row);
  }
  return rows as never[];
}
