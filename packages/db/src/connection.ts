import {
  type Body,
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  invoke,
  park,
  shield,
  ValueError,
  type Wait,
} from "asyncio-ts";
import { InterfaceError, InternalError } from "./errors.ts";
import type { Link } from "./link.ts";
import type { TransactionOptions } from "./query.ts";
import { Session } from "./session.ts";
import { Transaction } from "./transaction.ts";

/** How a transaction, or a savepoint, is begun and ended. */
interface Words {
  readonly isSavepoint: boolean;
  readonly begin: readonly string[];
  readonly commit: string;
  readonly rollBack: readonly string[];
}

/** What is done with the link of a connection that is disposed of. */
export type GiveBack = (connection: Connection) => Coroutine<void>;

/**
 * A connection to a database: of one's own, or borrowed from a pool. `await using` closes it, or gives it back.
 *
 * It does one thing at a time: a second statement meanwhile is an InterfaceError, as in asyncpg. After it was given back
 * it can't be used any more.
 */
export class Connection extends Session implements AsyncDisposable {
  #link: Link | null;
  readonly #giveBack: GiveBack;
  readonly #open: Transaction[] = [];

  /** @internal */
  constructor(link: Link, giveBack: GiveBack) {
    super();
    this.#link = link;
    this.#giveBack = giveBack;
  }

  /** Whether it can't be used any more: it was closed, given back, or the server has gone. */
  get closed(): boolean {
    return this.#link === null || this.#link.closed;
  }

  /** Whether a transaction is open, as far as the server has told. */
  get inTransaction(): boolean {
    return this._link().transactionStatus !== "idle";
  }

  transaction<T>(body: Body<Transaction<this>, T>, options: TransactionOptions = {}): Coroutine<T> {
    return this._nested(null, body as Body<Transaction, T>, options);
  }

  /** Closes the physical connection for good, also one of a pool. */
  close(): Coroutine<void> {
    return Connection.#close.call(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#giveBack(this);
  }

  /** @internal */
  _link(): Link {
    if (this.#link === null) {
      throw new InterfaceError("the connection was given back or closed: acquire another one");
    }
    return this.#link;
  }

  /** @internal */
  _linkOrNull(): Link | null {
    return this.#link === null || this.#link.closed ? null : this.#link;
  }

  /** Takes the link away, so that it can be lent to somebody else. Null if that was done before. @internal */
  _takeLink(): Link | null {
    const link = this.#link;
    this.#link = null;
    this.#open.length = 0;
    return link;
  }

  /** @internal */
  _isOpen(transaction: Transaction): boolean {
    return this.#open[transaction._depth] === transaction;
  }

  /** A transaction inside of `outer`, or of whatever is open. @internal */
  _nested<T>(outer: Transaction | null, body: Body<Transaction, T>, options: TransactionOptions = {}): Coroutine<T> {
    if (typeof body !== "function") throw new TypeError(`transaction() needs a function, got ${typeof body}`);
    checkIsolation(options.isolation);
    return Connection.#transaction.call(this, outer, body, options) as Coroutine<T>;
  }

  static readonly #close = coroutine(function* close(this: Connection): CoroutineGenerator<void> {
    const link = this._takeLink();
    if (link !== null) yield* link.close();
  });

  static readonly #transaction = coroutine(function* transaction(
    this: Connection,
    outer: Transaction | null,
    body: Body<Transaction, unknown>,
    options: TransactionOptions,
  ): CoroutineGenerator<unknown> {
    const link = outer === null ? this._link() : outer._link();
    this.#checkNesting(link, outer, options);
    const tx = new Transaction(this, this.#open.length);
    const words = wordsOf(link, tx._depth, options);
    let isOpen = !words.isSavepoint;
    this.#open.push(tx);
    try {
      for (const sql of words.begin) yield* execute(link, sql, () => (isOpen = true));
      const result = yield* invoke(body, tx);
      this.#checkEnd(tx);
      yield* execute(link, words.commit, () => (isOpen = false));
      return result;
    } finally {
      const mine = this._isOpen(tx);
      if (mine) this.#open.length = tx._depth;
      if (mine && isOpen) yield* shield(rollBack(link, words), { withinMs: link.options.cancelGraceMs });
    }
  });

  #checkNesting(link: Link, outer: Transaction | null, options: TransactionOptions): void {
    link.checkFree();
    if (outer !== null && this.#open.at(-1) !== outer) {
      throw new InterfaceError("another transaction is open in this one: begin a nested one in that, or after it");
    }
    if (this.#open.length === 0) {
      if (link.transactionStatus === "idle") return;
      throw new InterfaceError("transaction(): a transaction is open that was begun by hand: end it by hand first");
    }
    const given = Object.entries(options).find(([, value]) => value !== undefined);
    if (given === undefined) return;
    throw new InterfaceError(
      `transaction(): ${given[0]} is for the outermost transaction only; this one is a savepoint`,
    );
  }

  #checkEnd(tx: Transaction): void {
    const link = tx._link();
    if (this.#open.at(-1) !== tx) {
      throw new InterfaceError(
        "the transaction has ended before a nested one, and was rolled back: await the nested one",
      );
    }
    if (link.transactionStatus !== "failed" && link.transactionStatus !== "lost") return;
    throw new InternalError(
      "the transaction was rolled back: a statement in it had failed, which the body has ignored",
      { sqlState: "25P02" },
    );
  }
}

const ISOLATION_LEVELS: readonly unknown[] = ["read uncommitted", "read committed", "repeatable read", "serializable"];

function checkIsolation(level: unknown): void {
  if (level === undefined || ISOLATION_LEVELS.includes(level)) return;
  throw new ValueError(`transaction(): isolation must be one of ${ISOLATION_LEVELS.join(", ")}, got ${String(level)}`);
}

function wordsOf(link: Link, depth: number, options: TransactionOptions): Words {
  if (depth === 0) {
    const begin = link.beginStatements(options);
    return { isSavepoint: false, begin, commit: "COMMIT", rollBack: ["ROLLBACK"] };
  }
  const name = `asyncio_${depth}`;
  return {
    isSavepoint: true,
    begin: [`SAVEPOINT ${name}`],
    commit: `RELEASE SAVEPOINT ${name}`,
    rollBack: [`ROLLBACK TO SAVEPOINT ${name}`, `RELEASE SAVEPOINT ${name}`],
  };
}

/** Calls `done` when the database has done it: also if the task, cancelled meanwhile, is not told of it. */
function execute(link: Link, sql: string, done: () => void): Coroutine<unknown> {
  return park((wait: Wait<unknown>) => {
    const ending = {
      resolve: (result: unknown) => {
        done();
        wait.resolve(result);
      },
      reject: (error: unknown) => wait.reject(error),
    };
    return link._query({ sql, parameters: [] }, ending, undefined);
  });
}

/** Rolls back; if that can't be done, cuts the connection, and so the server does. */
const rollBack = coroutine(function* rollBack(link: Link, words: Words): CoroutineGenerator<void> {
  try {
    yield* link.quiet(new InterfaceError("the transaction has ended while an operation of it was in progress"));
    const status = link.transactionStatus;
    if (link.closed || status === "idle" || (status === "lost" && words.isSavepoint)) return;
    for (const sql of words.rollBack) yield* link.query({ sql, parameters: [] });
  } catch {
    link.destroy("a transaction could not be rolled back");
  }
});
