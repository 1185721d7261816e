import pg from "pg";
import type PgCursor from "pg-cursor";
import { NotSupportedError } from "../errors.ts";
import { type Command, type Cursor, Link, type LinkOptions, type TransactionStatus } from "../link.ts";
import type { Ending, Stop } from "../operation.ts";
import type { QueryResult, TransactionOptions } from "../query.ts";
import { CancelRequest } from "./cancel-request.ts";
import { PostgresCursor } from "./cursor.ts";
import { databaseError } from "./errors.ts";
import { closeStatement, parseStatement } from "./prepared.ts";
import { type Client, type Submittable, submit } from "./wire.ts";

/** Ends an operation: `error` if there is one, else with the result. pg's callbacks have this form. */
export type Settle<T> = (error: unknown, result: T) => void;

/** A statement that is prepared on the server, under this name. */
interface Prepared {
  readonly name: string;
}

const STATUS = { I: "idle", T: "open", E: "failed" } as const;

/** As asyncpg does it; and the role, which RESET ALL leaves as it is. */
const RESET =
  "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL; RESET SESSION AUTHORIZATION; RESET ROLE";

/** One connection to PostgreSQL: a client of pg. */
export class PostgresLink extends Link {
  readonly #client: Client;
  readonly #cacheSize: number;
  /** The names of the statements that were prepared because they were seen before. */
  readonly #cache = new Map<string, string>();
  #names = 0;
  #cancel: CancelRequest | null = null;
  /** What to do when the server is ready for the next query, after an error. */
  #whenReady: (() => void) | null = null;
  /** What to do when the cancel request can't hit anything any more. */
  #whenCalm: (() => void) | null = null;
  /** For whoever has borrowed it. */
  onNotification: ((notification: pg.Notification) => void) | null = null;
  onLost: (() => void) | null = null;

  constructor(client: Client, options: LinkOptions & { readonly statementCacheSize: number }) {
    super(options);
    this.#client = client;
    this.#cacheSize = options.statementCacheSize;
    client.on("error", (error) => this.#broken(error));
    client.on("end", () => this.#broken(new Error("Connection terminated")));
    client.on("notification", (notification) => this.onNotification?.(notification));
    // Registered after pg's own listener, so pg is ready, too.
    client.connection.on("readyForQuery", () => {
      const whenReady = this.#whenReady;
      this.#whenReady = null;
      whenReady?.();
    });
  }

  get processId(): number {
    return this.#client.processID;
  }

  override get transactionStatus(): TransactionStatus {
    return STATUS[this.#client.getTransactionStatus() ?? "I"];
  }

  /**
   * Runs something that ends by a callback of pg's. An error comes before the server is ready for the next query, and a
   * cancel request may still be on its way when the query has ended: both are waited for.
   *
   * @internal
   */
  _run<T>(sql: string, end: Ending<T>, start: (settle: Settle<T>) => void): Stop {
    let settled = false;
    start((error, result) => {
      // pg tells twice of a parameter that it could not convert: at once, and when the server is ready.
      if (settled) return;
      settled = true;
      if (!isError(error)) this.#calmly(() => end.resolve(result));
      else this.#onReady(() => end.reject(databaseError(error, sql)));
    });
    let asked = false;
    return () => {
      if (asked) return;
      asked = true;
      this.#cancel = new CancelRequest(this.#client, () => this.#calm());
    };
  }

  override lost(reason: string, cause: unknown): void {
    super.lost(reason, cause);
    this.onLost?.();
  }

  /** @internal */
  _submit(what: Submittable | PgCursor): void {
    submit(this.#client, what);
  }

  protected override startQuery(command: Command, end: Ending<QueryResult<never>>): Stop {
    const { sql, parameters, prepared } = command;
    const name = prepared === undefined ? this.#cachedName(sql, parameters) : (prepared as Prepared).name;
    return this._run(sql, end, (settle) => {
      const values = parameters as unknown[];
      const config = name === undefined ? { text: sql, values } : { text: sql, values, name };
      submit(this.#client, new pg.Query(config, (error, result) => settle(error, resultOf(result))));
    });
  }

  override openCursor(command: Command): Cursor<never> {
    return new PostgresCursor(this, command);
  }

  protected override startPrepare(sql: string, end: Ending<unknown>): Stop {
    const name = this.#newName();
    return this._run(sql, end, (settle) => this._submit(parseStatement(name, sql, (error) => settle(error, { name }))));
  }

  protected override startUnprepare(prepared: unknown, end: Ending<void>): Stop {
    const { name } = prepared as Prepared;
    return this._run(`DEALLOCATE ${name}`, end, (settle) =>
      this._submit(closeStatement(name, (error) => settle(error, undefined))),
    );
  }

  override beginStatements(options: TransactionOptions): readonly string[] {
    const { isolation, readOnly, deferrable, consistentSnapshot } = options;
    if (consistentSnapshot !== undefined) {
      throw new NotSupportedError("transaction(): consistentSnapshot is MySQL's; see isolation and deferrable");
    }
    const modes: string[] = [];
    if (isolation !== undefined) modes.push(`ISOLATION LEVEL ${isolation.toUpperCase()}`);
    if (readOnly !== undefined) modes.push(readOnly ? "READ ONLY" : "READ WRITE");
    if (deferrable !== undefined) modes.push(deferrable ? "DEFERRABLE" : "NOT DEFERRABLE");
    return [modes.length === 0 ? "BEGIN" : `BEGIN ${modes.join(", ")}`];
  }

  protected override startReset(end: Ending<void>): Stop {
    return this.startQuery(
      { sql: RESET, parameters: [] },
      {
        resolve: () => end.resolve(),
        reject: (error) => end.reject(error),
      },
    );
  }

  protected override startClose(end: Ending<void>): void {
    this.#client.end(() => end.resolve());
  }

  protected override cut(): void {
    this.#cancel?.abandon();
    this.#client.connection.stream.destroy();
  }

  #onReady(fn: () => void): void {
    if (this.closed) fn();
    else this.#whenReady = () => this.#calmly(fn);
  }

  #calmly(fn: () => void): void {
    if (this.#cancel === null) fn();
    else this.#whenCalm = fn;
  }

  #calm(): void {
    this.#cancel = null;
    const whenCalm = this.#whenCalm;
    this.#whenCalm = null;
    whenCalm?.();
  }

  #broken(error: unknown): void {
    this.#cancel?.abandon();
    // What the server said before it went tells more than that it has gone.
    this.#whenReady?.();
    this.#calm();
    const cause = databaseError(error);
    this.lost(cause instanceof Error ? cause.message : String(cause), cause);
  }

  /** A statement with parameters is prepared when it is first seen, as long as there is room. */
  #cachedName(sql: string, parameters: readonly unknown[]): string | undefined {
    if (this.#cacheSize === 0 || parameters.length === 0) return undefined;
    let name = this.#cache.get(sql);
    if (name === undefined && this.#cache.size < this.#cacheSize) {
      name = this.#newName();
      this.#cache.set(sql, name);
    }
    return name;
  }

  #newName(): string {
    return `asyncio_ts_${++this.#names}`;
  }
}

function isError(error: unknown): boolean {
  return error !== null && error !== undefined;
}

/** Of several statements in one text, the last counts. */
function resultOf(result: pg.QueryResult | readonly pg.QueryResult[] | undefined): QueryResult<never> {
  const last = Array.isArray(result) ? (result as readonly pg.QueryResult[]).at(-1) : (result as pg.QueryResult);
  return { rows: (last?.rows ?? []) as never[], rowCount: last?.rowCount ?? 0, fields: last?.fields ?? [] };
}
