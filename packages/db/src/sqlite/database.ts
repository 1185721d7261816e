import { backup, DatabaseSync, type SQLInputValue } from "node:sqlite";
import { Interrupted, type Interruption } from "./interruption.ts";
import {
  type BackupProgress,
  type Changes,
  type Parameters,
  READ_ONLY_BEGIN,
  type RowBatch,
  type Settings,
  type Task,
} from "./messages.ts";
import { mismatch } from "./placeholders.ts";
import { narrow, RowReader } from "./row-reader.ts";
import { addFunctions } from "./sql-functions.ts";
import { isBlank } from "./sql-text.ts";
import { describeStatement, type Statement, StatementCache } from "./statement.ts";

const LONGEST_PAUSE_MS = 10;
const DROPPED_AT_ONCE = 1_000;

/** An error in how the database is used, which SQLite itself does not find. */
export class UsageError extends Error {}

/** A database as the worker of a connection has it open. */
export class Database {
  readonly #database: DatabaseSync;
  readonly #settings: Settings;
  readonly #interruption: Interruption;
  readonly #statements: StatementCache;
  #cursor: RowReader | null = null;
  #queryOnly = false;

  private constructor(settings: Settings, interruption: Interruption) {
    this.#settings = settings;
    this.#interruption = interruption;
    this.#statements = new StatementCache(settings.statementCacheSize);
    this.#database = new DatabaseSync(settings.path, {
      readOnly: settings.readOnly,
      enableForeignKeyConstraints: settings.foreignKeys,
      // Waiting for locks is done here, where it can be stopped.
      timeout: 0,
    });
  }

  static async open(settings: Settings, interruption: Interruption): Promise<Database> {
    const database = new Database(settings, interruption);
    try {
      for (const pragma of settings.pragmas) database.#patiently(() => database.#database.exec(pragma));
      if (settings.functions !== null) await addFunctions(database.#database, settings.functions, interruption);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** Does what is asked. What comes back is the value of the reply. */
  run(task: Task, progress: (progress: BackupProgress) => void): unknown {
    try {
      return this.#do(task, progress);
    } finally {
      if (this.#queryOnly && !this.inTransaction) this.#setQueryOnly(false);
    }
  }

  #do(task: Task, progress: (progress: BackupProgress) => void): unknown {
    switch (task.kind) {
      case "query":
        return this.#query(task.sql, task.parameters);
      case "many":
        return this.#many(task.sql, task.lists);
      case "prepare":
        this.#statement(task.sql);
        return undefined;
      case "script":
        return this.#script(task.sql);
      case "cursor":
        return this.#openCursor(task.sql, task.parameters, task.count);
      case "fetch":
        return this.#fetch(task.count);
      case "closeCursor":
        return this.#closeCursor();
      case "backup":
        return this.#backup(task.path, task.pagesPerStep, progress);
      default:
        throw new Error(`unknown task ${task.kind}`);
    }
  }

  close(): void {
    this.#closeCursor();
    this.#database.close();
  }

  #query(sql: string, parameters: Parameters): RowBatch | Changes {
    if (sql === READ_ONLY_BEGIN) this.#setQueryOnly(true);
    const statement = this.#statement(sql);
    if (!statement.rows) return this.#execute(statement, parameters);
    const reader = this.#read(statement, parameters);
    try {
      return reader.take(Infinity);
    } finally {
      reader.close();
    }
  }

  #many(sql: string, lists: readonly Parameters[]): number {
    const statement = this.#statement(sql);
    let count = 0;
    for (const parameters of lists) {
      this.#interruption.check();
      count += this.#complete(statement, parameters);
    }
    return count;
  }

  #script(sql: string): void {
    for (let rest = sql; !isBlank(rest); ) {
      this.#interruption.check();
      const compiled = this.#database.prepare(rest);
      this.#complete(describeStatement(compiled), []);
      rest = rest.slice(compiled.sourceSQL.length);
    }
  }

  #openCursor(sql: string, parameters: Parameters, count: number): RowBatch {
    const statement = this.#statement(sql);
    if (!statement.rows) {
      this.#execute(statement, parameters);
      return { columns: [], values: [], count: 0, done: true };
    }
    this.#cursor = this.#read(statement, parameters);
    return this.#fetch(count);
  }

  #fetch(count: number): RowBatch {
    const cursor = this.#cursor;
    if (cursor === null) throw new UsageError("the cursor is closed");
    let open = false;
    try {
      const batch = cursor.take(count);
      open = !batch.done;
      return batch;
    } finally {
      if (!open) this.#closeCursor();
    }
  }

  #closeCursor(): void {
    const cursor = this.#cursor;
    this.#cursor = null;
    cursor?.close();
  }

  async #backup(path: string, rate: number, progress: (progress: BackupProgress) => void): Promise<number> {
    return backup(this.#database, path, {
      rate,
      progress: (pages) => {
        this.#interruption.check();
        progress(pages);
      },
    });
  }

  #read(statement: Statement, parameters: Parameters): RowReader {
    check(statement, parameters);
    return this.#patiently(() => new RowReader(statement, parameters, this.#interruption));
  }

  #execute(statement: Statement, parameters: Parameters): Changes {
    check(statement, parameters);
    const { changes, lastInsertRowid } = this.#patiently(() =>
      statement.compiled.run(...(parameters as SQLInputValue[])),
    );
    const count = statement.writes ? Number(changes) : 0;
    return { changes: count, insertId: statement.inserts && count > 0 ? narrow(lastInsertRowid) : undefined };
  }

  /** Runs a statement for what it does, and counts what it changes or gives. */
  #complete(statement: Statement, parameters: Parameters): number {
    if (!statement.rows) return this.#execute(statement, parameters).changes;
    const reader = this.#read(statement, parameters);
    try {
      let count = 0;
      for (;;) {
        const batch = reader.take(DROPPED_AT_ONCE);
        count += batch.count;
        if (batch.done) return count;
      }
    } finally {
      reader.close();
    }
  }

  #statement(sql: string): Statement {
    const cached = this.#statements.get(sql);
    if (cached !== undefined) return cached;
    if (isBlank(sql)) throw new UsageError("there is no statement in the text");
    const compiled = this.#database.prepare(sql);
    if (!isBlank(sql.slice(compiled.sourceSQL.length))) {
      throw new UsageError("there is more than one statement in the text: run them one by one, or use executeScript()");
    }
    const statement = describeStatement(compiled);
    this.#statements.add(sql, statement);
    return statement;
  }

  /** What fails because somebody else has a lock is tried again until `busyTimeoutMs` are over. */
  #patiently<T>(attempt: () => T): T {
    const end = performance.now() + this.#settings.busyTimeoutMs;
    for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        return attempt();
      } catch (error) {
        if (!isLocked(error) || performance.now() >= end) throw error;
      }
      this.#interruption.sleep(pause);
    }
  }

  #setQueryOnly(on: boolean): void {
    this.#queryOnly = on;
    this.#database.exec(`PRAGMA query_only = ${on ? 1 : 0}`);
  }
}

function check(statement: Statement, parameters: Parameters): void {
  const problem = mismatch(statement.placeholders, parameters);
  if (problem !== undefined) throw new UsageError(problem);
}

const BUSY = 5;
/** A reader can't become a writer any more since another one has written: only to begin again helps. */
const BUSY_SNAPSHOT = 517;

function isLocked(error: unknown): boolean {
  if (error instanceof Interrupted) return false;
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === "number" && (errcode & 0xff) === BUSY && errcode !== BUSY_SNAPSHOT;
}
