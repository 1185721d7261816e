import {
  DatabaseError,
  DataError,
  type ErrorClass,
  IntegrityError,
  InternalError,
  NotSupportedError,
  OperationalError,
  ProgrammingError,
  QueryCancelledError,
} from "../errors.ts";
import { PASSING_CODES } from "../opening.ts";

/** By the first two characters of the SQL state, as in psycopg. What is not here is operational. */
const CLASSES: Readonly<Record<string, ErrorClass>> = {
  "0A": NotSupportedError,
  "20": ProgrammingError,
  "21": ProgrammingError,
  "22": DataError,
  "23": IntegrityError,
  "24": InternalError,
  "25": InternalError,
  "26": ProgrammingError,
  "2B": InternalError,
  "2D": InternalError,
  "34": ProgrammingError,
  "3D": ProgrammingError,
  "3F": ProgrammingError,
  "42": ProgrammingError,
  "44": ProgrammingError,
  P0: ProgrammingError,
  XX: InternalError,
};

const QUERY_CANCELLED = "57014";

/** The fields of pg's DatabaseError. */
interface ServerError extends Error {
  readonly severity: string;
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
}

/**
 * The error that is raised for one of pg's: by its SQL state if it comes from the server; an OperationalError for one of the
 * connection. Anything else is a mistake in the arguments, and stays as it is.
 */
export function databaseError(error: unknown, query?: string): unknown {
  if (isServerError(error)) return serverError(error, query);
  if (!(error instanceof Error) || error instanceof DatabaseError) return error;
  const { code } = error as { code?: unknown };
  if (typeof code !== "string" && !isTermination(error)) return error;
  return new OperationalError(error.message, { code: code as string | undefined, query, cause: error });
}

/** {@link databaseError} for an attempt to connect, where every error is one of the database. */
export function connectError(error: unknown): unknown {
  const known = databaseError(error);
  if (known instanceof DatabaseError || !(known instanceof Error)) return known;
  return new OperationalError(known.message, { cause: known });
}

function serverError(error: ServerError, query: string | undefined): DatabaseError {
  const state = error.code;
  const kind = state === QUERY_CANCELLED ? QueryCancelledError : (CLASSES[state.slice(0, 2)] ?? OperationalError);
  return new kind(error.message, {
    sqlState: state,
    code: state,
    detail: error.detail,
    hint: error.hint,
    constraint: error.constraint,
    schema: error.schema,
    table: error.table,
    column: error.column,
    query,
    position: error.position === undefined ? undefined : Number(error.position),
    cause: error,
  });
}

function isServerError(error: unknown): error is ServerError {
  const { severity, code } = error as Partial<ServerError>;
  return error instanceof Error && typeof severity === "string" && typeof code === "string";
}

/** How pg says that the server has closed the connection. */
function isTermination(error: Error): boolean {
  return error.message.startsWith("Connection terminated");
}

/** What a server that is restarted, or has no room at the moment, says to who wants to connect. */
const PASSING_STATES = new Set(["57P01", "57P02", "57P03", "53300", "08000", "08001", "08006"]);

/** Whether it makes sense to connect once more. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof OperationalError)) return false;
  if (error.sqlState !== undefined) return PASSING_STATES.has(error.sqlState);
  return error.code === undefined ? isTermination(error) : PASSING_CODES.has(error.code);
}
