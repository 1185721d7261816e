import PgCursor from "pg-cursor";
import type { Batch, Command, Cursor } from "../link.ts";
import type { Ending, Stop } from "../operation.ts";
import type { PostgresLink } from "./link.ts";

/** pg-cursor, which throws into the socket what a parser of `types` throws; it is kept here instead. */
class SafeCursor<R> extends PgCursor<R> {
  failure: { readonly error: unknown } | null = null;

  /** Called by pg for each row. */
  handleDataRow(message: object): void {
    try {
      (PgCursor.prototype as unknown as { handleDataRow(message: object): void }).handleDataRow.call(this, message);
    } catch (error) {
      this.failure ??= { error };
    }
  }
}

/** A portal on the server, by pg-cursor. It lives outside of transactions, too: the server keeps an implicit one open. */
export class PostgresCursor<R> implements Cursor<R> {
  readonly #link: PostgresLink;
  readonly #command: Command;
  #cursor: SafeCursor<R> | null = null;

  constructor(link: PostgresLink, command: Command) {
    this.#link = link;
    this.#command = command;
  }

  read(count: number, end: Ending<Batch<R>>): Stop {
    const cursor = this.#open();
    const ending: Ending<Batch<R>> = {
      resolve: (batch) => (cursor.failure === null ? end.resolve(batch) : end.reject(cursor.failure.error)),
      reject: (error) => end.reject(error),
    };
    return this.#link._run(this.#command.sql, ending, (settle) => {
      cursor.read(count, (error, rows) => {
        // Fewer than wanted were the last; pg-cursor has closed the portal then, and the server is ready.
        const batch = { rows, done: rows !== undefined && rows.length < count };
        if (cursor.failure === null) settle(error, batch);
        else cursor.close(() => settle(null, batch));
      });
    });
  }

  close(end: Ending<void>): Stop {
    return this.#link._run(this.#command.sql, end, (settle) => {
      this.#open().close((error) => settle(error, undefined));
    });
  }

  #open(): SafeCursor<R> {
    if (this.#cursor === null) {
      this.#cursor = new SafeCursor<R>(this.#command.sql, this.#command.parameters as unknown[]);
      this.#link._submit(this.#cursor);
    }
    return this.#cursor;
  }
}
