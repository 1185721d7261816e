export { Connection } from "./connection.ts";
export { createPool } from "./create-pool.ts";
export {
  DatabaseError,
  type DatabaseErrorDetails,
  DataError,
  IntegrityError,
  InterfaceError,
  InternalError,
  NotSupportedError,
  OperationalError,
  ProgrammingError,
  QueryCancelledError,
} from "./errors.ts";
export { Pool } from "./pool.ts";
export type { PoolOptions } from "./pool-options.ts";
export { PreparedQuery } from "./prepared-query.ts";
export type {
  Field,
  IsolationLevel,
  QueryOptions,
  QueryResult,
  Row,
  StreamOptions,
  TransactionOptions,
} from "./query.ts";
export type { Queryable } from "./queryable.ts";
export { RowStream } from "./row-stream.ts";
export { Transaction } from "./transaction.ts";
