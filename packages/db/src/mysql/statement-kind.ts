// Spaces, brackets and comments, but not those that the server executes: `/*!50100 … */`.
const FIRST_WORD = /^(?:[\s(]|\/\*(?!M?!)(?:[^*]|\*(?!\/))*\*\/|--(?=\s)[^\n]*\n|#[^\n]*\n)*([a-z]+)/i;

const READS = new Set(["SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "DO"]);
const CHANGES = new Set(["INSERT", "REPLACE", "UPDATE", "DELETE"]);
const TRANSACTIONS = new Set(["START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"]);

/** User variables, also those that are set in passing, and locks that outlive the statement. */
const LEAVES_BEHIND = /@|get_lock\s*\(/i;

function firstWord(sql: string): string {
  return FIRST_WORD.exec(sql)?.[1]?.toUpperCase() ?? "";
}

/**
 * Whether to drop a statement's answer is the same as not to have run it. A `SLEEP()` that is killed has an answer: MySQL
 * gives 1 for it, and nothing for `DO SLEEP(5)`.
 */
export function isDroppable(sql: string, hasRows: boolean): boolean {
  const word = firstWord(sql);
  return hasRows ? READS.has(word) : word === "DO";
}

/** Whether it may have begun or ended a transaction though it has failed: a procedure, and what commits implicitly. */
export function mayHaveMoved(sql: string): boolean {
  return !isPlain(firstWord(sql));
}

/** Whether the session is after it as it was before. Of what is not known to be so, it is not. */
export function leavesSession(sql: string): boolean {
  return isPlain(firstWord(sql)) && !LEAVES_BEHIND.test(sql);
}

function isPlain(word: string): boolean {
  return READS.has(word) || CHANGES.has(word) || TRANSACTIONS.has(word);
}
