import type { FieldPacket } from "mysql2";
import type { QueryResult, Row } from "../query.ts";
import type { Header } from "./session-state.ts";

type One = Row[] | Header;
type Fields = FieldPacket[] | undefined;

/** What mysql2's callbacks are given: one result or, of a procedure, several. */
export type Answer = One | One[];
export type AnswerFields = Fields | Fields[];

export function resultOf(answer: Answer, fields: AnswerFields): QueryResult {
  if (fields === undefined) return changed(answer as Header);
  if (!isSeveral(fields)) return rows(answer as Row[], fields);
  const [first, ...more] = fields.map((each, i) => resultOf((answer as One[])[i] as One, each));
  return { ...(first as QueryResult), more };
}

/** The last of the headers: what it says of the session is the newest. */
export function headerOf(answer: Answer, fields: AnswerFields): Header | null {
  if (fields === undefined) return answer as Header;
  return isSeveral(fields) && fields.at(-1) === undefined ? ((answer as One[]).at(-1) as Header) : null;
}

function isSeveral(fields: NonNullable<AnswerFields>): fields is Fields[] {
  return fields[0] === undefined || Array.isArray(fields[0]);
}

function rows(list: Row[], fields: FieldPacket[]): QueryResult {
  return { rows: list, rowCount: list.length, fields };
}

const NO_FIELDS: readonly FieldPacket[] = [];

function changed({ affectedRows, insertId }: Header): QueryResult {
  const result = { rows: [], rowCount: affectedRows, fields: NO_FIELDS };
  return insertId === 0 ? result : { ...result, insertId: exact(insertId) };
}

/** mysql2 reads the number as signed, and gives it as a string when it is not safe. */
function exact(insertId: number | string): number | bigint {
  return typeof insertId === "number" && insertId > 0 ? insertId : BigInt.asUintN(64, BigInt(insertId));
}
