import type { ResultSetHeader } from "mysql2";
import { InternalError } from "../errors.ts";
import type { TransactionStatus } from "../link.ts";
import { leavesSession, mayHaveMoved } from "./statement-kind.ts";

// Bits of `serverStatus`.
const IN_TRANSACTION = 1;
const AUTOCOMMIT = 2;
const NO_BACKSLASH_ESCAPES = 512;

const ROLLBACK = /^\s*ROLLBACK\s*;?\s*$/i;

/** With what a statement that gives no rows ends. mysql2 does not declare the changes of the session. */
export type Header = ResultSetHeader & { readonly stateChanges?: { readonly schema: string | null } };

/** What is known of the session, from the statements that were sent and from what the server told after them. */
export class SessionState {
  #status = AUTOCOMMIT;
  /** Whether the server has rolled back a transaction that its user may think of as open. */
  #rolledBack = false;
  /** Whether a statement may have changed something that the next borrower would find. */
  touched = false;
  /** Whether another database than that of the connection was chosen. */
  databaseChanged = false;

  /** Without autocommit every statement may have begun a transaction. */
  get transactionStatus(): TransactionStatus {
    if (this.#rolledBack) return "lost";
    return (this.#status & (IN_TRANSACTION | AUTOCOMMIT)) === AUTOCOMMIT ? "idle" : "open";
  }

  /** Whether the server has said that one is open. */
  get inTransaction(): boolean {
    return (this.#status & IN_TRANSACTION) !== 0;
  }

  get noBackslashEscapes(): boolean {
    return (this.#status & NO_BACKSLASH_ESCAPES) !== 0;
  }

  /**
   * Before the statement is sent.
   *
   * @throws InternalError when the transaction was rolled back by the server: each further statement of the transaction would be committed at once.
   */
  sends(sql: string): void {
    if (this.#rolledBack && !ROLLBACK.test(sql)) {
      throw new InternalError("the server has rolled back the transaction: leave it, and run it again", {
        sqlState: "25P02",
        query: sql,
      });
    }
    this.touched ||= !leavesSession(sql);
  }

  /** After it has succeeded. */
  heard(header: Header | null): void {
    if (header === null) return;
    this.#status = header.serverStatus;
    this.#rolledBack = false;
    this.databaseChanged ||= (header.stateChanges?.schema ?? null) !== null;
  }

  /** After a deadlock: the server has rolled back the whole transaction, not only the statement. */
  deadlocked(): void {
    this.#rolledBack = this.transactionStatus === "open";
  }

  /** After another error, when the server was asked. Of what could have ended the transaction itself, its user knows. */
  heardAfterError(header: Header, sql: string): void {
    const wasOpen = this.inTransaction;
    this.heard(header);
    this.#rolledBack = wasOpen && !this.inTransaction && !mayHaveMoved(sql);
  }

  fresh(header: Header | null): void {
    this.heard(header);
    this.touched = false;
    this.databaseChanged = false;
  }
}
