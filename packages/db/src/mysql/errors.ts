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

/** What mysql2 gives: the server's error, the operating system's, or its own. */
export interface MysqlFailure extends Error {
  readonly code?: string | undefined;
  readonly errno?: number | undefined;
  readonly sqlState?: string | undefined;
  readonly fatal?: boolean | undefined;
  /** The statement with its parameters, which may be nobody's business: a log would have them. */
  sql?: string;
}

/** Numbers whose SQL state says less, or something else. PEP 249's classes as PyMySQL has them. */
const BY_NUMBER = new Map<number, ErrorClass>(
  (
    [
      [QueryCancelledError, [1317, 1969, 3024]],
      [OperationalError, [1044, 1045, 1142, 1143, 1205, 1213, 1227, 1370]],
      [IntegrityError, [1048, 1062, 1169, 1215, 1216, 1217, 1364, 1451, 1452, 1557, 1586, 1761, 1762, 3819, 4025]],
      [DataError, [1264, 1265, 1292, 1365, 1366, 1367, 1406, 1411, 1416, 1441, 1690, 3140, 3156]],
      [ProgrammingError, [1007, 1008, 1113, 1210, 1243, 1418, 1475]],
      [NotSupportedError, [1148, 1196, 1235, 1286, 1289, 1295, 3950, 4166]],
      [InternalError, [1030, 1034, 1035, 1105, 1194, 1195]],
    ] as const
  ).flatMap(([type, numbers]) => numbers.map((number) => [number, type] as const)),
);

const BY_STATE: Readonly<Record<string, ErrorClass>> = {
  "0A": NotSupportedError,
  "21": ProgrammingError,
  "22": DataError,
  "23": IntegrityError,
  "25": InternalError,
  "3D": ProgrammingError,
  "42": ProgrammingError,
};

/** Numbers after which the server closes the connection: shutdown, killed, idle for too long. */
const ENDINGS = new Set([1053, 1080, 1927, 3169, 4031]);

/** Whether the connection is of no more use after this error. */
export function isFatal(error: MysqlFailure): boolean {
  return error.fatal === true || ENDINGS.has(error.errno ?? 0) || error.sqlState?.startsWith("08") === true;
}

const PASSING: ReadonlySet<string> = new Set([
  ...PASSING_CODES,
  "PROTOCOL_CONNECTION_LOST",
  "ER_CON_COUNT_ERROR",
  "ER_SERVER_SHUTDOWN",
  "ER_TOO_MANY_USER_CONNECTIONS",
  "ER_USER_LIMIT_REACHED",
]);

/** Whether to connect again may help: nobody listens yet, all connections are taken, the server starts or ends. */
export function mayPass(error: unknown): boolean {
  return error instanceof DatabaseError && PASSING.has(error.code ?? "");
}

/** The error for users. `sql` is the statement, without its parameters. */
export function databaseError(error: unknown, sql?: string): unknown {
  const failure = error as MysqlFailure;
  if (error instanceof DatabaseError || error instanceof TypeError || !(error instanceof Error)) return error;
  const { code, errno, sqlState, message } = failure;
  delete failure.sql;
  const details = { sqlState, code: code ?? numbered(errno), query: sql, cause: error, ...places(errno ?? 0, message) };
  return new (classOf(failure))(message, details);
}

function classOf({ errno = 0, sqlState }: MysqlFailure): ErrorClass {
  return BY_NUMBER.get(errno) ?? BY_STATE[sqlState?.slice(0, 2) ?? ""] ?? OperationalError;
}

/** MariaDB has numbers that mysql2 knows no name for. */
function numbered(errno: number | undefined): string | undefined {
  return errno === undefined ? undefined : `ER_${errno}`;
}

/** How messages name what they are about, in both servers. A translated message names nothing. */
const PLACES: readonly { readonly errors: readonly number[]; readonly pattern: RegExp }[] = [
  { errors: [1062, 1586], pattern: /for key '(?:(?<table>[^'.]+)\.)?(?<constraint>[^']+)'$/ },
  {
    errors: [1451, 1452, 1216, 1217],
    pattern: /\(`(?<schema>[^`]+)`\.`(?<table>[^`]+)`, CONSTRAINT `(?<constraint>[^`]+)`/,
  },
  { errors: [3819], pattern: /constraint '(?<constraint>[^']+)'/ },
  { errors: [4025], pattern: /CONSTRAINT `(?<constraint>[^`]+)` failed for `(?<schema>[^`]+)`\.`(?<table>[^`]+)`/ },
  { errors: [1048, 1264, 1265, 1364, 1406], pattern: /(?:column|field) '(?<column>[^']+)'/i },
  { errors: [1146], pattern: /'(?<schema>[^'.]+)\.(?<table>[^']+)'/ },
];

function places(errno: number, message: string): Record<string, string> {
  const groups = PLACES.find(({ errors }) => errors.includes(errno))?.pattern.exec(message)?.groups ?? {};
  return Object.fromEntries(Object.entries(groups).filter(([, value]) => value !== undefined));
}
