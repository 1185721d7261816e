import type { StatementSync } from "node:sqlite";
import { type Placeholders, placeholdersOf } from "./placeholders.ts";
import { mayInsert, mayReturn, mayWrite } from "./sql-text.ts";

/** A statement that was compiled, and what is known of it. */
export interface Statement {
  readonly compiled: StatementSync;
  readonly placeholders: Placeholders;
  /** Whether it gives rows. */
  readonly rows: boolean;
  /** Whether it changes rows, so that SQLite's count of changes is about it. */
  readonly writes: boolean;
  readonly inserts: boolean;
  /** Whether its rows are those that it changes: all are changed before it gives the first. */
  readonly returns: boolean;
}

export function describeStatement(compiled: StatementSync): Statement {
  compiled.setReturnArrays(true);
  compiled.setReadBigInts(true);
  const sql = compiled.sourceSQL;
  const writes = mayWrite(sql);
  return {
    compiled,
    placeholders: placeholdersOf(sql),
    rows: compiled.columns().length > 0,
    writes,
    inserts: writes && mayInsert(sql),
    returns: mayReturn(sql),
  };
}

/** The statements that were used last. */
export class StatementCache {
  readonly #size: number;
  readonly #statements = new Map<string, Statement>();

  constructor(size: number) {
    this.#size = size;
  }

  get(sql: string): Statement | undefined {
    const found = this.#statements.get(sql);
    if (found !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, found);
    }
    return found;
  }

  add(sql: string, statement: Statement): void {
    if (this.#size === 0) return;
    this.#statements.set(sql, statement);
    if (this.#statements.size <= this.#size) return;
    for (const oldest of this.#statements.keys()) {
      this.#statements.delete(oldest);
      break;
    }
  }
}
