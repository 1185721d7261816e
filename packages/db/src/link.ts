import {
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  type Future,
  getRunningLoop,
  park,
  type Wait,
} from "asyncio-ts";
import { cancelledError } from "./cancelled-error.ts";
import { InterfaceError, OperationalError } from "./errors.ts";
import type { Lendable } from "./link-pool.ts";
import { type Ending, Operation, type Stop } from "./operation.ts";
import type { QueryOptions, QueryResult, Row, TransactionOptions } from "./query.ts";
import { checkStatement, checkTimeout } from "./statement.ts";

/** What a driver is asked to run. */
export interface Command {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** What the driver's `startPrepare()` gave for this statement, if it was prepared. */
  readonly prepared?: unknown;
}

/** Some rows of a stream; `done` says that these were the last, and that the cursor is closed. */
export interface Batch<R> {
  readonly rows: readonly R[];
  readonly done: boolean;
}

/** An open result on the server, of which rows are fetched when they are wanted. An error of `read()` closes it, too. */
export interface Cursor<R> {
  read(count: number, end: Ending<Batch<R>>): Stop;
  /** Ends it in the middle. Called only when a `read()` has begun and ended. */
  close(end: Ending<void>): Stop;
}

/**
 * Whether a transaction is open, as far as the server has told: `"failed"` is one that can only be rolled back, as a whole or
 * to a savepoint; `"lost"` one that the database has rolled back by itself, and whose user does not know.
 */
export type TransactionStatus = "idle" | "open" | "failed" | "lost";

/** What occupies a link for longer than one operation: a stream. */
export interface Holder {
  /** Ends it, so that the link is free. */
  close(): Coroutine<void>;
}

/** Who has a link, for as long as it may be used. */
export interface LinkOwner {
  /** The link; an InterfaceError when it may not be used any more. @internal */
  _link(): Link;
  /** The link, if it is there. @internal */
  _linkOrNull(): Link | null;
}

/** How a link behaves. */
export interface LinkOptions {
  /** The default of `timeoutMs`; null for none. */
  readonly commandTimeoutMs: number | null;
  /** How long what was asked to stop may take to do so; then the connection is destroyed. */
  readonly cancelGraceMs: number;
}

/** For {@link Link.operation}. */
export interface OperationOptions extends QueryOptions {
  /** On whose behalf, if somebody holds the link. */
  readonly holder?: Holder | null;
}

/**
 * One physical connection to a database: the base class of every driver. Whoever borrows it sees it through a
 * {@link Connection}; when that is given back, the link lives on.
 *
 * It does one operation at a time, and owns it until the database has ended it.
 */
export abstract class Link implements Lendable {
  readonly options: LinkOptions;
  operations = 0;
  idleSince = 0;
  generation = 0;
  onClosed: (() => void) | null = null;
  #current: Operation<never> | null = null;
  #holder: Holder | null = null;
  #closed: { readonly reason: string; readonly cause: unknown } | null = null;

  constructor(options: LinkOptions) {
    this.options = options;
  }

  /** Starts a statement. Nothing else is under way then. What it throws is raised, and means that nothing has begun. */
  protected abstract startQuery(command: Command, end: Ending<QueryResult<never>>): Stop;

  /** A cursor for a statement that gives rows. Nothing is sent before its first `read()`. */
  abstract openCursor(command: Command): Cursor<never>;

  /** Prepares a statement. What it gives comes back as `command.prepared`. */
  protected abstract startPrepare(sql: string, end: Ending<unknown>): Stop;

  /** Lets go of a prepared statement. */
  protected abstract startUnprepare(prepared: unknown, end: Ending<void>): Stop;

  /** The statements that begin a transaction. */
  abstract beginStatements(options: TransactionOptions): readonly string[];

  abstract get transactionStatus(): TransactionStatus;

  /** Forgets what a borrower has set in the session. No transaction is open then. */
  protected abstract startReset(end: Ending<void>): Stop;

  /** Says goodbye to the server; ends when the socket is closed. It is stopped by `cut()`. */
  protected abstract startClose(end: Ending<void>): void;

  /** Closes the socket, at once. */
  protected abstract cut(): void;

  get closed(): boolean {
    return this.#closed !== null;
  }

  /** Whether an operation is under way. */
  get running(): boolean {
    return this.#current !== null;
  }

  /** Whether an operation is under way, or somebody holds it. */
  get busy(): boolean {
    return this.#current !== null || this.#holder !== null;
  }

  /** Whether it can be lent to the next one: nothing is under way, no transaction is open. */
  get clean(): boolean {
    return !this.busy && this.#closed === null && this.transactionStatus === "idle";
  }

  /** Runs a statement. */
  query<R = Row>(command: Command, options?: QueryOptions): Coroutine<QueryResult<R>> {
    return park((wait: Wait<QueryResult<R>>) => this._query(command, wait, options));
  }

  /** Runs anything. It owns the link until it has ended: a cancel or a timeout asks it to stop, and waits. */
  operation<T>(name: string, start: (end: Ending<T>) => Stop, options?: OperationOptions): Coroutine<T> {
    return park((wait: Wait<T>) => this._begin(name, wait, start, options));
  }

  prepare(sql: string, options?: QueryOptions): Coroutine<unknown> {
    return this.operation("prepare", (end) => this.startPrepare(sql, end), options);
  }

  /**
   * Runs a prepared statement once for each list of parameters, and counts the rows that were changed. A driver that can
   * send many lists at once does.
   */
  *runMany(
    command: Command,
    parameterLists: Iterable<readonly unknown[]>,
    options?: QueryOptions,
  ): CoroutineGenerator<number> {
    let count = 0;
    for (const parameters of parameterLists) {
      checkStatement("executeMany", command.sql, parameters);
      count += (yield* this.query({ ...command, parameters }, options)).rowCount;
    }
    return count;
  }

  unprepare(prepared: unknown): Coroutine<void> {
    return this.operation("close", (end) => this.startUnprepare(prepared, end));
  }

  /** @throws InterfaceError when something is under way; OperationalError when the connection does not exist any more. */
  checkFree(): void {
    this.#checkFree(null);
  }

  /** From now on `holder` has the link to himself, until `letGo()`. */
  hold(holder: Holder): void {
    this.#checkFree(null);
    this.#holder = holder;
  }

  letGo(holder: Holder): void {
    if (this.#holder === holder) this.#holder = null;
  }

  /** Stops what is under way, with `reason`; ends when it has ended. */
  interrupt(reason: Error): Future<undefined> {
    const ended = this.ended();
    this.#current?.interrupt(reason);
    return ended;
  }

  /** Ends when what is under way has ended; somebody else may have begun something then. */
  ended(): Future<undefined> {
    const ended: Future<undefined> = getRunningLoop().createFuture();
    if (this.#current === null) ended.setResult(undefined);
    else this.#current.whenEnded(ended);
    return ended;
  }

  /** {@link interrupt}, and closes an open stream. */
  quiet(reason: Error): Coroutine<void> {
    return Link.#quiet.call(this, reason);
  }

  /** Makes it fit for the next borrower: stops what is under way, rolls back what is open. */
  settle(reset: boolean): Coroutine<void> {
    return Link.#settle.call(this, reset);
  }

  /** Closes it in an orderly way; what is under way is cut off. */
  close(): Coroutine<void> {
    return Link.#close.call(this);
  }

  /** Cuts the connection, at once. What is under way ends with an OperationalError that names the reason. */
  destroy(reason: string): void {
    if (this.#closed !== null) return;
    this.cut();
    this.lost(reason, undefined);
  }

  /** For drivers: the connection does not exist any more. */
  lost(reason: string, cause: unknown): void {
    if (this.#closed !== null) return;
    this.#closed = { reason, cause };
    this.#holder = null;
    this.#current?.reject(this.#gone());
    const { onClosed } = this;
    this.onClosed = null;
    onClosed?.();
  }

  /** {@link query}, as the start function of a `park()`. @internal */
  _query<R>(
    command: Command,
    wait: Ending<QueryResult<R>>,
    options: QueryOptions | undefined,
  ): (message: unknown) => "wait" {
    return this._begin("query", wait, (end) => this.startQuery(command, end as Ending<QueryResult<never>>), options);
  }

  /** {@link operation}, as the start function of a `park()`. @internal */
  _begin<T>(
    name: string,
    wait: Ending<T>,
    start: (end: Ending<T>) => Stop,
    options?: OperationOptions,
  ): (message: unknown) => "wait" {
    this.#checkFree(options?.holder ?? null);
    const timeoutMs = checkTimeout(options?.timeoutMs);
    const operation = new Operation<T>(this, name, wait);
    this.#current = operation as unknown as Operation<never>;
    this.operations++;
    try {
      operation.started(start(operation), timeoutMs === undefined ? this.options.commandTimeoutMs : timeoutMs);
    } catch (error) {
      operation.reject(error);
    }
    return (message) => {
      operation.interrupt(cancelledError(message));
      return "wait";
    };
  }

  /** @internal */
  _ended(operation: object): void {
    if (this.#current === operation) this.#current = null;
  }

  #checkFree(holder: Holder | null): void {
    if (this.#closed !== null) throw this.#gone();
    if (this.#current !== null) {
      throw new InterfaceError(
        `another operation, ${this.#current.name}(), is in progress on this connection: await it first, or use a second connection`,
      );
    }
    if (this.#holder === holder) return;
    throw new InterfaceError(
      this.#holder === null
        ? "the stream was closed when its connection was given back"
        : "a stream or a COPY is open on this connection: let it end, or close it, or use a second connection",
    );
  }

  static readonly #quiet = coroutine(function* quiet(this: Link, reason: Error): CoroutineGenerator<void> {
    yield* this.interrupt(reason);
    if (this.#holder !== null) yield* this.#holder.close();
  });

  static readonly #settle = coroutine(function* settle(this: Link, reset: boolean): CoroutineGenerator<void> {
    yield* this.quiet(new InterfaceError("the connection was given back while an operation was in progress"));
    if (this.#closed !== null) return;
    if (this.transactionStatus !== "idle") yield* this.query({ sql: "ROLLBACK", parameters: [] });
    if (reset) yield* this.operation("reset", (end: Ending<void>) => this.startReset(end));
  });

  static readonly #close = coroutine(function* close(this: Link): CoroutineGenerator<void> {
    const cut = (): void => this.destroy("it was closed");
    if (this.busy) cut();
    if (this.#closed !== null) return;
    const start = (end: Ending<void>): Stop => {
      this.startClose(end);
      return cut;
    };
    try {
      yield* this.operation("close", start, { timeoutMs: null });
    } catch (error) {
      // That it broke while it was being closed is all the same.
      if (!(error instanceof OperationalError)) throw error;
    } finally {
      cut();
    }
  });

  #gone(): OperationalError {
    const { reason, cause } = this.#closed as { reason: string; cause: unknown };
    return new OperationalError(`the connection does not exist any more: ${reason}`, {
      code: (cause as { code?: string } | undefined)?.code,
      sqlState: (cause as { sqlState?: string } | undefined)?.sqlState,
      cause,
    });
  }
}
