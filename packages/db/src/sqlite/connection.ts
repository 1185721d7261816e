import { type Coroutine, type CoroutineGenerator, coroutine } from "asyncio-ts";
import { Connection } from "../connection.ts";
import type { Ending, Stop } from "../operation.ts";
import { checkStatement } from "../statement.ts";
import type { SqliteLink } from "./link.ts";
import type { BackupProgress } from "./messages.ts";

/** For {@link SqliteConnection.backup}. */
export interface BackupOptions {
  /** How many pages are copied at a time, between which other connections may write; by default 100. */
  readonly pagesPerStep?: number | undefined;
  /** Called after each step that was not the last, outside of the task. What it throws ends the backup, and is raised. */
  readonly progress?: ((progress: BackupProgress) => void) | undefined;
}

/** A connection to an SQLite database. */
export class SqliteConnection extends Connection {
  /**
   * Runs a text with several statements, which have no parameters; what rows they give is dropped. They are in no
   * transaction but one that is open: an error leaves what was done before it.
   */
  executeScript(sql: string): Coroutine<void> {
    checkStatement("executeScript", sql, []);
    return SqliteConnection.#executeScript.call(this, sql);
  }

  /**
   * Copies the database into a file, which is replaced, while others go on using it; if they write in between the copy has
   * that too. Cancelled, it leaves a file that is of no use.
   *
   * @returns how many pages it has.
   */
  backup(path: string, options: BackupOptions = {}): Coroutine<number> {
    if (typeof path !== "string") throw new TypeError(`backup() needs the path of a file, got ${typeof path}`);
    return SqliteConnection.#backup.call(this, path, options);
  }

  static readonly #executeScript = coroutine(function* executeScript(
    this: SqliteConnection,
    sql: string,
  ): CoroutineGenerator<void> {
    const link = this.#own();
    yield* link.operation("executeScript", (end: Ending<void>) => link.startScript(sql, end));
  });

  static readonly #backup = coroutine(function* backup(
    this: SqliteConnection,
    path: string,
    { pagesPerStep = 100, progress }: BackupOptions,
  ): CoroutineGenerator<number> {
    const link = this.#own();
    const failures: unknown[] = [];
    let stop: Stop | undefined;
    link.onProgress = (pages) => {
      try {
        progress?.(pages);
      } catch (error) {
        if (failures.push(error) === 1) stop?.();
      }
    };
    const start = (end: Ending<number>): Stop => {
      stop = link.startBackup(path, pagesPerStep, end);
      return stop;
    };
    try {
      const pages = yield* link.operation("backup", start, { timeoutMs: null });
      if (failures.length === 0) return pages;
    } catch (error) {
      if (failures.length === 0) throw error;
    } finally {
      link.onProgress = null;
    }
    throw failures[0];
  });

  #own(): SqliteLink {
    return this._link() as SqliteLink;
  }
}
