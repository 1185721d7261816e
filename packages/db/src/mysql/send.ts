import type { Connection, PrepareStatementInfo, Query } from "mysql2";
import { ProgrammingError } from "../errors.ts";
import type { Command } from "../link.ts";
import type { MysqlFailure } from "./errors.ts";
import { checkParameters, withBuffers } from "./parameters.ts";
import type { Answer, AnswerFields } from "./results.ts";

export type AnswerCallback = (error: MysqlFailure | null, answer: Answer, fields: AnswerFields) => void;

/** How mysql2 calls what it sends: its types want to know which kind of answer comes. */
interface Sender {
  query(sql: string, values?: readonly unknown[] | AnswerCallback, callback?: AnswerCallback): Query;
  execute(sql: string, values: readonly unknown[], callback?: AnswerCallback): Query;
}

/** What mysql2's types leave out of a prepared statement. */
interface Statement {
  readonly parameters: readonly unknown[];
  execute(values: readonly unknown[], callback?: AnswerCallback): Query;
}

/**
 * Sends a statement: prepared, or as text with its parameters quoted. Without a callback its rows come as events.
 *
 * @throws TypeError for a parameter of a wrong type, ProgrammingError for a wrong number of them; nothing was sent then.
 */
export function send(connection: Connection, command: Command, bind: boolean, callback?: AnswerCallback): Query {
  const { sql, parameters, prepared } = command;
  const sender = connection as unknown as Sender;
  if (prepared !== undefined) return sendPrepared(prepared as PrepareStatementInfo, parameters, callback);
  if (parameters.length === 0) return sender.query(sql, callback);
  checkParameters(parameters, !bind);
  return bind ? sender.execute(sql, withBuffers(parameters), callback) : sender.query(sql, parameters, callback);
}

function sendPrepared(
  statement: PrepareStatementInfo,
  parameters: readonly unknown[],
  callback: AnswerCallback | undefined,
): Query {
  checkParameters(parameters, false);
  const { length } = (statement as unknown as Statement).parameters;
  if (length !== parameters.length) {
    throw new ProgrammingError(`the statement has ${length} placeholders, got ${parameters.length} parameters`);
  }
  return (statement as unknown as Statement).execute(withBuffers(parameters), callback);
}
