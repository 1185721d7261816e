import {
  DatabaseError,
  type DatabaseErrorDetails,
  DataError,
  type ErrorClass,
  IntegrityError,
  InterfaceError,
  InternalError,
  OperationalError,
  ProgrammingError,
  QueryCancelledError,
} from "../errors.ts";
import type { ErrorData } from "./messages.ts";

/** SQLite's primary result codes: their names, and the class of PEP 249 for each, as in Python's sqlite3. */
const PRIMARY: readonly (readonly [name: string, type: ErrorClass])[] = [
  ["OK", DatabaseError],
  ["ERROR", ProgrammingError],
  ["INTERNAL", InternalError],
  ["PERM", OperationalError],
  ["ABORT", OperationalError],
  ["BUSY", OperationalError],
  ["LOCKED", OperationalError],
  ["NOMEM", OperationalError],
  ["READONLY", OperationalError],
  ["INTERRUPT", QueryCancelledError],
  ["IOERR", OperationalError],
  ["CORRUPT", InternalError],
  ["NOTFOUND", InternalError],
  ["FULL", OperationalError],
  ["CANTOPEN", OperationalError],
  ["PROTOCOL", OperationalError],
  ["EMPTY", InternalError],
  ["SCHEMA", OperationalError],
  ["TOOBIG", DataError],
  ["CONSTRAINT", IntegrityError],
  ["MISMATCH", IntegrityError],
  ["MISUSE", InterfaceError],
  ["NOLFS", OperationalError],
  ["AUTH", ProgrammingError],
  ["FORMAT", InternalError],
  ["RANGE", ProgrammingError],
  ["NOTADB", InternalError],
];

/** The extended codes, by primary code and the number above it. */
const EXTENDED: Readonly<Record<number, readonly string[]>> = {
  1: ["MISSING_COLLSEQ", "RETRY", "SNAPSHOT"],
  4: ["", "ROLLBACK"],
  5: ["RECOVERY", "SNAPSHOT", "TIMEOUT"],
  6: ["SHAREDCACHE", "VTAB"],
  8: ["RECOVERY", "CANTLOCK", "ROLLBACK", "DBMOVED", "CANTINIT", "DIRECTORY"],
  10: [
    "READ",
    "SHORT_READ",
    "WRITE",
    "FSYNC",
    "DIR_FSYNC",
    "TRUNCATE",
    "FSTAT",
    "UNLOCK",
    "RDLOCK",
    "DELETE",
    "BLOCKED",
    "NOMEM",
    "ACCESS",
    "CHECKRESERVEDLOCK",
    "LOCK",
    "CLOSE",
    "DIR_CLOSE",
    "SHMOPEN",
    "SHMSIZE",
    "SHMLOCK",
    "SHMMAP",
    "SEEK",
    "DELETE_NOENT",
    "MMAP",
    "GETTEMPPATH",
    "CONVPATH",
    "VNODE",
    "AUTH",
    "BEGIN_ATOMIC",
    "COMMIT_ATOMIC",
    "ROLLBACK_ATOMIC",
    "DATA",
    "CORRUPTFS",
    "IN_PAGE",
  ],
  11: ["VTAB", "SEQUENCE", "INDEX"],
  14: ["NOTEMPDIR", "ISDIR", "FULLPATH", "CONVPATH", "DIRTYWAL", "SYMLINK"],
  19: [
    "CHECK",
    "COMMITHOOK",
    "FOREIGNKEY",
    "FUNCTION",
    "NOTNULL",
    "PRIMARYKEY",
    "TRIGGER",
    "UNIQUE",
    "VTAB",
    "ROWID",
    "PINNED",
    "DATATYPE",
  ],
  23: ["USER"],
};

/** The primary codes of what passes by itself: somebody else has the lock. */
const LOCKED: readonly string[] = ["SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"];

/** Makes an error of what the worker tells. */
export function translate(error: ErrorData, query?: string): DatabaseError {
  if (error.interrupted) return new QueryCancelledError(error.message, { query, code: "SQLITE_INTERRUPT" });
  if (error.result !== undefined) return ofSqlite(error.message, error.result, query);
  if (error.cause !== undefined) {
    return new OperationalError(`a function that the statement calls has failed: ${error.message}`, {
      query,
      cause: error.cause,
    });
  }
  return new ProgrammingError(error.message, { query, code: error.code });
}

/** Whether it is worth to try again. */
export function isLocked(error: unknown): boolean {
  return error instanceof OperationalError && LOCKED.some((code) => error.code?.startsWith(code));
}

function ofSqlite(message: string, result: number, query: string | undefined): DatabaseError {
  const primary = result & 0xff;
  const [name, type] = PRIMARY[primary] ?? ["ERROR", DatabaseError];
  const extended = EXTENDED[primary]?.[(result >> 8) - 1];
  const code = `SQLITE_${name}${extended ? `_${extended}` : ""}`;
  return new type(`${message}${advice(code)}`, { query, code, ...placeOf(message) });
}

function advice(code: string): string {
  if (code === "SQLITE_BUSY") return ": another connection had the lock for longer than busyTimeoutMs";
  if (code === "SQLITE_BUSY_SNAPSHOT") {
    return ": another connection has written since this transaction first read; begin it as immediate, or again";
  }
  return "";
}

const CONSTRAINT = /^(UNIQUE|NOT NULL|CHECK|PRIMARY KEY) constraint failed: (.*)$/;

/** What the text of a violated constraint tells; of several columns, the first. */
function placeOf(message: string): Pick<DatabaseErrorDetails, "constraint" | "table" | "column"> {
  const [, kind, what] = CONSTRAINT.exec(message) ?? [];
  if (kind === undefined || what === undefined) return {};
  if (kind === "CHECK") return { constraint: what };
  const index = /^index '(.*)'$/.exec(what);
  if (index !== null) return { constraint: index[1] };
  const [table, column] = (what.split(", ", 1)[0] as string).split(".");
  return { table, column };
}
