import type { SQLInputValue } from "node:sqlite";
import type { Interruption } from "./interruption.ts";
import type { Parameters, RowBatch, SqliteValue } from "./messages.ts";
import type { Statement } from "./statement.ts";

/** The rows of a statement that runs, taken as many at a time as are wanted. */
export class RowReader {
  /** Null for a statement that has done already what can't be undone. */
  readonly #interruption: Interruption | null;
  readonly #rows: Iterator<unknown>;
  readonly #columns: readonly string[];
  #next: IteratorResult<unknown>;

  /** Runs the statement to its first row. */
  constructor(statement: Statement, parameters: Parameters, interruption: Interruption) {
    const { compiled, returns } = statement;
    this.#interruption = returns ? null : interruption;
    const start = (): Iterator<unknown> => compiled.iterate(...(parameters as SQLInputValue[]));
    this.#rows = start();
    this.#next = this.#rows.next();
    // Only now: with its first step SQLite compiles a statement again if the table was altered meanwhile.
    this.#columns = compiled.columns().map(({ name }) => name);
    if (!this.#next.done && !returns && (this.#next.value as unknown[]).length !== this.#columns.length) {
      // Node 22 has counted the columns before.
      this.#rows.return?.();
      this.#rows = start();
      this.#next = this.#rows.next();
    }
  }

  take(limit: number): RowBatch {
    const values: SqliteValue[] = [];
    let count = 0;
    for (; count < limit && !this.#next.done; count++) {
      for (const value of this.#next.value as SqliteValue[]) values.push(narrow(value));
      this.#interruption?.check();
      this.#next = this.#rows.next();
    }
    return { columns: this.#columns, values, count, done: this.#next.done === true };
  }

  close(): void {
    this.#rows.return?.();
  }
}

/** A bigint only where a number would not be exact. */
export function narrow<V extends SqliteValue>(value: V): V | number {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
