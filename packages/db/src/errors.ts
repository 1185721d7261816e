/**
 * The errors of every driver: the classes of Python's PEP 249.
 *
 * ```
 * Error
 * └─ DatabaseError         anything a database, or its driver, complains about
 *    ├─ InterfaceError     the driver was used in a wrong way: a closed pool, two queries at once on one connection
 *    ├─ OperationalError   not the program's fault: connection lost, deadlock, out of memory, shutting down
 *    │  └─ QueryCancelledError   somebody, or a time limit of the server, has stopped the query
 *    ├─ IntegrityError     a constraint is violated
 *    ├─ DataError          a value does not fit: division by zero, out of range, no valid date
 *    ├─ ProgrammingError   the statement is wrong: syntax, an unknown table, a missing privilege
 *    ├─ InternalError      the database is in a state that does not allow it, or is broken
 *    └─ NotSupportedError  what this database does not have
 * ```
 *
 * Deadlines are asyncio's TimeoutError, a cancelled task's query is a CancelledError.
 */

/** What a database tells about an error; what it does not tell is undefined. */
export interface DatabaseErrorDetails {
  /** The five characters of the SQL standard, "23505" for a duplicate key. */
  readonly sqlState?: string | undefined;
  /** The code of the database or the operating system: "ER_DUP_ENTRY", "SQLITE_CONSTRAINT_UNIQUE", "ECONNREFUSED". */
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly constraint?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  /** The statement, without its parameters. */
  readonly query?: string | undefined;
  /** Where in the statement, from 1. */
  readonly position?: number | undefined;
  readonly cause?: unknown;
}

/** For the tables of the drivers: which class an error is of. */
export type ErrorClass = new (message: string, details: DatabaseErrorDetails) => DatabaseError;

/** The root of all errors of databases. */
export class DatabaseError extends Error {
  readonly sqlState: string | undefined;
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly constraint: string | undefined;
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly query: string | undefined;
  readonly position: number | undefined;

  static {
    this.prototype.name = "DatabaseError";
  }

  constructor(message: string, details: DatabaseErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.sqlState = details.sqlState;
    this.code = details.code;
    this.detail = details.detail;
    this.hint = details.hint;
    this.constraint = details.constraint;
    this.schema = details.schema;
    this.table = details.table;
    this.column = details.column;
    this.query = details.query;
    this.position = details.position;
  }
}

/** The driver was used in a wrong way: a closed pool, a connection that was given back, two queries at once on one. */
export class InterfaceError extends DatabaseError {
  static {
    this.prototype.name = "InterfaceError";
  }
}

/** The database could not do it, and it is not the statement's fault: connection lost, deadlock, shutting down. */
export class OperationalError extends DatabaseError {
  static {
    this.prototype.name = "OperationalError";
  }
}

/** The query was stopped at the server, and not by its own task: by an administrator, or a time limit of the server. */
export class QueryCancelledError extends OperationalError {
  static {
    this.prototype.name = "QueryCancelledError";
  }
}

/** A constraint is violated; `constraint`, `table` and `column` say which, as far as the database tells. */
export class IntegrityError extends DatabaseError {
  static {
    this.prototype.name = "IntegrityError";
  }
}

/** A value does not fit: out of range, too long, no valid date, divided by zero. */
export class DataError extends DatabaseError {
  static {
    this.prototype.name = "DataError";
  }
}

/** The statement is wrong: its syntax, a name in it, the number of parameters; or the user may not do it. */
export class ProgrammingError extends DatabaseError {
  static {
    this.prototype.name = "ProgrammingError";
  }
}

/** The database is in a state in which this can't be done, as a transaction that has failed, or is broken. */
export class InternalError extends DatabaseError {
  static {
    this.prototype.name = "InternalError";
  }
}

/** The database does not have what was asked for. */
export class NotSupportedError extends DatabaseError {
  static {
    this.prototype.name = "NotSupportedError";
  }
}
