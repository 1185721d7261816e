/** A row: its columns by name. */
export type Row = Record<string, unknown>;

/** A column of a result. */
export interface Field {
  readonly name: string;
}

/** What a statement gave. */
export interface QueryResult<R = Row> {
  readonly rows: R[];
  /** How many rows the statement gave or changed. */
  readonly rowCount: number;
  /** The columns, in their order; empty for a statement that gives no rows. */
  readonly fields: readonly Field[];
  /** The id that was made for the inserted row, where the database tells: MySQL, SQLite. */
  readonly insertId?: number | bigint;
  /** MySQL: the other results of a procedure that gives several. The last is of the procedure itself. */
  readonly more?: readonly QueryResult[];
}

/** For every statement. */
export interface QueryOptions {
  /**
   * After how many milliseconds the statement is stopped on the server and a TimeoutError raised; null for never. By
   * default the pool's `commandTimeoutMs`.
   */
  readonly timeoutMs?: number | null | undefined;
}

/** For a stream; `timeoutMs` is for each batch. */
export interface StreamOptions extends QueryOptions {
  /** How many rows are fetched at a time; by default 100. */
  readonly batchSize?: number | undefined;
}

/** How far a transaction sees of others that run at the same time. */
export type IsolationLevel = "read uncommitted" | "read committed" | "repeatable read" | "serializable";

/** For a transaction; what is left out is as the database has it. None of it may be given for a nested one. */
export interface TransactionOptions {
  readonly isolation?: IsolationLevel | undefined;
  /** The database refuses every change. */
  readonly readOnly?: boolean | undefined;
  /** PostgreSQL: with serializable and read only, waits at its begin for a moment after which it can't fail any more. */
  readonly deferrable?: boolean | undefined;
  /** MySQL: with repeatable read, it sees what was committed when it began, not when it first read. */
  readonly consistentSnapshot?: boolean | undefined;
}
