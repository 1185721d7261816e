/** What a value of SQLite is in JavaScript; a whole number beyond 2^53 is a bigint. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

/** Parameters as they travel: values in order, the first of which may be an object of named ones. */
export type Parameters = readonly (SqliteValue | Readonly<Record<string, SqliteValue>>)[];

/** How a database is opened. */
export interface Settings {
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly readOnly: boolean;
  readonly foreignKeys: boolean;
  readonly statementCacheSize: number;
  /** Statements for the session, in their order. */
  readonly pragmas: readonly string[];
  /** The URL of a module whose exports become SQL functions. */
  readonly functions: string | null;
}

/** What the worker of a connection is asked to do. It does one thing at a time. */
export type Task =
  | { readonly kind: "open"; readonly settings: Settings }
  | { readonly kind: "query"; readonly sql: string; readonly parameters: Parameters }
  | { readonly kind: "many"; readonly sql: string; readonly lists: readonly Parameters[] }
  | { readonly kind: "prepare"; readonly sql: string }
  | { readonly kind: "script"; readonly sql: string }
  | { readonly kind: "cursor"; readonly sql: string; readonly parameters: Parameters; readonly count: number }
  | { readonly kind: "fetch"; readonly count: number }
  | { readonly kind: "closeCursor" }
  | { readonly kind: "backup"; readonly path: string; readonly pagesPerStep: number }
  | { readonly kind: "close" };

export type Request = Task & { readonly id: number };

/** Rows, the values of all of them in one list: that costs the least to send. */
export interface Rows {
  readonly columns: readonly string[];
  readonly values: readonly SqliteValue[];
  readonly count: number;
}

/** What a statement that gives no rows has done. */
export interface Changes {
  readonly changes: number;
  readonly insertId: number | bigint | undefined;
}

/** Some rows of a cursor, which is closed when they were the last. */
export interface RowBatch extends Rows {
  readonly done: boolean;
}

/** An error in a form that travels. */
export interface ErrorData {
  readonly message: string;
  /** SQLite's extended result code, if it is an error of SQLite. */
  readonly result?: number | undefined;
  /** Node's code of its own errors. */
  readonly code?: string | undefined;
  readonly interrupted?: boolean;
  /** Set for errors that are neither SQLite's nor Node's: those of SQL functions. */
  readonly cause?: unknown;
}

/** What the worker answers: how a request has ended, or how far it is. */
export type Reply =
  | {
      readonly id: number;
      readonly value?: unknown;
      readonly error?: ErrorData;
      /** Whether a transaction is open now. */
      readonly inTransaction: boolean;
    }
  | { readonly progress: BackupProgress };

/** How far a backup is, in pages of the database. */
export interface BackupProgress {
  readonly totalPages: number;
  readonly remainingPages: number;
}

/** Begins a transaction that the database refuses every change in: the worker knows this text. */
export const READ_ONLY_BEGIN = "BEGIN DEFERRED /* read only */";

/** For the words of the worker of a thread that both sides see. */
export const WAKE = 0;
/** Here stands the id of the request that is to stop. */
export const STOP = 1;

/** What a thread is started with. */
export interface ThreadData {
  readonly sqliteSignal: Int32Array<SharedArrayBuffer>;
}
