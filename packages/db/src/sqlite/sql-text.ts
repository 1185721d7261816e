/** What stands between statements: space and comments, of which the last may be open. */
const SPACE = String.raw`(?:\s|;|--[^\n]*(?:\n|$)|\/\*[^*]*(?:\*+[^*/][^*]*)*(?:\*+\/|\**$))*`;
const BLANK = new RegExp(`^${SPACE}$`);
const WRITES = new RegExp(`^${SPACE}(?:insert|replace|update|delete|with)\\b`, "i");
const INSERTS = new RegExp(`^${SPACE}(?:with\\b[\\s\\S]*\\b)?(?:insert|replace)\\b`, "i");

/** Whether there is nothing to run in it. */
export function isBlank(sql: string): boolean {
  return BLANK.test(sql);
}

/** Whether a statement may change rows, so that SQLite's count of changes is about it. */
export function mayWrite(sql: string): boolean {
  return WRITES.test(sql);
}

/** Whether a statement that changes rows inserts some. */
export function mayInsert(sql: string): boolean {
  return INSERTS.test(sql);
}

/** Whether a statement may give the rows that it has changed. */
export function mayReturn(sql: string): boolean {
  return mayWrite(sql) && /\breturning\b/i.test(sql);
}
