import type { CoroutineGenerator } from "asyncio-ts";
import { InternalError, NotSupportedError } from "../errors.ts";
import { type Command, type Cursor, Link, type LinkOptions, type TransactionStatus } from "../link.ts";
import type { Ending, Stop } from "../operation.ts";
import type { QueryOptions, QueryResult, TransactionOptions } from "../query.ts";
import { checkStatement } from "../statement.ts";
import type { Channel, OpenChannel } from "./channel.ts";
import { translate } from "./errors.ts";
import {
  type BackupProgress,
  type Parameters,
  READ_ONLY_BEGIN,
  type Reply,
  type Settings,
  type Task,
} from "./messages.ts";
import type { TransactionMode } from "./options.ts";
import { toSqlite } from "./parameters.ts";
import { batchOf, resultOf } from "./results.ts";
import type { Turns } from "./turns.ts";

interface Pending {
  readonly id: number;
  readonly query: string | undefined;
  readonly end: Ending<never>;
  readonly convert: (value: never) => unknown;
}

/** What the links of a pool have in common. */
export interface LinkSettings {
  readonly mode: TransactionMode;
  readonly closing: Turns;
}

const same = <T>(value: T): T => value;
const nothing = (): undefined => undefined;

/** A connection to a database: its worker, a thread or a process, which has the database open. */
export class SqliteLink extends Link {
  /** Told while a backup runs. */
  onProgress: ((progress: BackupProgress) => void) | null = null;
  readonly #channel: Channel;
  readonly #mode: TransactionMode;
  readonly #closing: Turns;
  #pending: Pending | null = null;
  #lastId = 0;
  #status: TransactionStatus = "idle";
  #whenEnded: (() => void) | null = null;
  #passTurn: (() => void) | null = null;

  constructor(open: OpenChannel, { mode, closing }: LinkSettings, options: LinkOptions) {
    super(options);
    this.#mode = mode;
    this.#closing = closing;
    this.#channel = open({ reply: (reply) => this.#take(reply), ended: (how, cause) => this.#ended(how, cause) });
  }

  get transactionStatus(): TransactionStatus {
    return this.#status;
  }

  /** The first thing to do. */
  startOpen(settings: Settings, end: Ending<void>): Stop {
    return this.#ask({ kind: "open", settings }, end, nothing);
  }

  /** In messages of {@link MANY} lists: between two of them other tasks have their turn. */
  override *runMany(
    { sql }: Command,
    parameterLists: Iterable<readonly unknown[]>,
    options?: QueryOptions,
  ): CoroutineGenerator<number> {
    let count = 0;
    for (const lists of chunksOf(sql, parameterLists)) {
      const start = (end: Ending<number>): Stop => this.#ask({ kind: "many", sql, lists }, end, same<number>);
      count += yield* this.operation("executeMany", start, options);
    }
    return count;
  }

  startScript(sql: string, end: Ending<void>): Stop {
    return this.#ask({ kind: "script", sql }, end, nothing);
  }

  startBackup(path: string, pagesPerStep: number, end: Ending<number>): Stop {
    return this.#ask({ kind: "backup", path, pagesPerStep }, end, same<number>);
  }

  /** Every isolation level is serializable here. */
  beginStatements({ readOnly, deferrable, consistentSnapshot }: TransactionOptions): readonly string[] {
    if (deferrable !== undefined || consistentSnapshot !== undefined) {
      throw new NotSupportedError("transaction(): SQLite has neither deferrable nor consistentSnapshot");
    }
    return [readOnly ? READ_ONLY_BEGIN : `BEGIN ${this.#mode.toUpperCase()}`];
  }

  protected startQuery({ sql, parameters }: Command, end: Ending<QueryResult<never>>): Stop {
    if (this.#status === "lost" && sql === "ROLLBACK") return this.#endLost(end);
    return this.#ask({ kind: "query", sql, parameters: toSqlite(parameters) }, end, resultOf);
  }

  openCursor({ sql, parameters }: Command): Cursor<never> {
    let open = false;
    return {
      read: (count, end) => {
        const task: Task = open
          ? { kind: "fetch", count }
          : { kind: "cursor", sql, parameters: toSqlite(parameters), count };
        open = true;
        return this.#ask(task, end, batchOf);
      },
      close: (end) => this.#ask({ kind: "closeCursor" }, end, nothing),
    };
  }

  /** The worker keeps what it has compiled; so there is nothing to hand out. */
  protected startPrepare(sql: string, end: Ending<unknown>): Stop {
    return this.#ask({ kind: "prepare", sql }, end, nothing);
  }

  protected startUnprepare(_prepared: unknown, end: Ending<void>): Stop {
    return done(end);
  }

  protected startReset(end: Ending<void>): Stop {
    return done(end);
  }

  protected startClose(end: Ending<void>): Stop {
    this.#whenEnded = () => end.resolve();
    this.#closing.take(() => {
      let passed = false;
      this.#passTurn = () => {
        if (!passed) this.#closing.pass();
        passed = true;
      };
      if (this.closed) this.#passTurn();
      else this.#ask({ kind: "close" }, { resolve: this.#passTurn, reject: this.#passTurn }, nothing);
    });
    return nothing;
  }

  protected cut(): void {
    this.#channel.kill();
  }

  #ask<V, T>(task: Task, end: Ending<T>, convert: (value: V) => T): Stop {
    if (this.#status === "lost" && "sql" in task) {
      throw new InternalError(
        "SQLite has rolled back the transaction because of an earlier error: nothing more can be done in it",
        { query: task.sql },
      );
    }
    const id = ++this.#lastId;
    this.#channel.post({ ...task, id });
    this.#pending = { id, query: "sql" in task ? task.sql : undefined, end, convert };
    this.#channel.setBusy(true);
    return () => this.#channel.interrupt(id);
  }

  #take(reply: Reply): void {
    if ("progress" in reply) {
      this.onProgress?.(reply.progress);
      return;
    }
    const pending = this.#pending;
    if (pending === null || pending.id !== reply.id) return;
    this.#pending = null;
    // Who closes waits for the worker to end.
    if (this.#whenEnded === null) this.#channel.setBusy(false);
    // After some errors, as a full disk, SQLite has rolled back: what comes next must not run as if nothing had happened.
    const rolledBack = reply.error !== undefined && this.#status === "open" && !reply.inTransaction;
    if (rolledBack) this.#status = "lost";
    else if (this.#status !== "lost") this.#status = reply.inTransaction ? "open" : "idle";
    if (reply.error === undefined) pending.end.resolve(pending.convert(reply.value as never) as never);
    else pending.end.reject(translate(reply.error, pending.query));
  }

  #ended(how: string, cause: unknown): void {
    this.#pending = null;
    this.#passTurn?.();
    this.#whenEnded?.();
    this.lost(how, cause);
  }

  /** There is nothing to roll back any more. */
  #endLost(end: Ending<QueryResult<never>>): Stop {
    this.#status = "idle";
    end.resolve({ rows: [], rowCount: 0, fields: [] });
    return nothing;
  }
}

const MANY = 1_000;

function* chunksOf(sql: string, parameterLists: Iterable<readonly unknown[]>): Generator<Parameters[]> {
  let lists: Parameters[] = [];
  for (const parameters of parameterLists) {
    checkStatement("executeMany", sql, parameters);
    if (lists.push(toSqlite(parameters)) < MANY) continue;
    yield lists;
    lists = [];
  }
  if (lists.length > 0) yield lists;
}

function done(end: Ending<void>): Stop {
  end.resolve();
  return nothing;
}
