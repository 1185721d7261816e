import { type Coroutine, type CoroutineGenerator, coroutine, shield, ValueError } from "asyncio-ts";
import pg from "pg";
import { Connection, type GiveBack } from "../connection.ts";
import { InterfaceError, OperationalError } from "../errors.ts";
import type { Link } from "../link.ts";
import { checkWhole } from "../pool-options.ts";
import type { QueryOptions } from "../query.ts";
import { lentBy, RowStream } from "../row-stream.ts";
import { checkStatement } from "../statement.ts";
import { copyIn } from "./copy-in.ts";
import { CopyOut } from "./copy-out.ts";
import { type CopySource, isSource } from "./copy-source.ts";
import type { PostgresLink } from "./link.ts";
import { type ListenOptions, Notifications } from "./notifications.ts";

const DEFAULT_LIMIT = 1_000;
/** The server cuts longer ones, and nothing would ever come. */
const LONGEST_NAME = 63;

/** A connection to PostgreSQL, with what only that has: LISTEN and NOTIFY, COPY. */
export class PostgresConnection extends Connection {
  readonly #listeners = new Map<string, Set<Notifications>>();

  /** @internal */
  constructor(link: PostgresLink, giveBack: GiveBack) {
    super(link, giveBack);
    link.onNotification = (notification) => this.#dispatch(notification);
    link.onLost = () => this.#endListening(new OperationalError("listen(): the connection was lost"));
  }

  /** The process of the server, as in `pg_stat_activity`. */
  get processId(): number {
    return this._link().processId;
  }

  /**
   * Listens on a channel, until what it gives is closed or the connection is given back. The name is taken as it is, with
   * its capitals.
   *
   * @throws TypeError or ValueError for a wrong name or limit.
   * @example
   * ```ts no-run
   * import { connect } from "@asyncio-ts/db/postgres";
   * import { run } from "asyncio-ts";
   *
   * await run(async () => {
   *   await using connection = await connect("postgres://postgres@127.0.0.1/test");
   *   for await (const { payload } of await connection.listen("news")) console.log(payload);
   * });
   * ```
   */
  listen(channel: string, options: ListenOptions = {}): Coroutine<Notifications> {
    if (typeof channel !== "string") throw new TypeError(`listen() needs the name of a channel, got ${typeof channel}`);
    if (Buffer.byteLength(channel) > LONGEST_NAME) {
      throw new ValueError(`listen(): the name of a channel has at most ${LONGEST_NAME} bytes, got ${channel}`);
    }
    const limit = checkWhole("limit", options.limit ?? DEFAULT_LIMIT, 1);
    return PostgresConnection.#listen.call(this, channel, limit);
  }

  /** Sends a notification; in a transaction, when it commits. */
  notify(channel: string, payload = "", options?: QueryOptions): Coroutine<unknown> {
    return this.query("SELECT pg_notify($1, $2)", [channel, payload], options);
  }

  /**
   * Runs a `COPY … FROM STDIN`: bytes and strings in the format of the statement, or rows as arrays of values for its text
   * format. The source is asked for more only when the server can take it. If it fails, or the task is cancelled, nothing
   * is stored. `timeoutMs` is for each step.
   *
   * @returns the number of rows.
   * @throws InterfaceError when the statement is none such; the error of the source, or of the server.
   * @example
   * ```ts no-run
   * import { connect } from "@asyncio-ts/db/postgres";
   * import { run } from "asyncio-ts";
   *
   * await run(async () => {
   *   await using connection = await connect("postgres://postgres@127.0.0.1/test");
   *   await connection.copyFrom("COPY users (id, name) FROM STDIN", [[1, "Ada"], [2, "Bob"]]);
   *   for await (const line of connection.copyTo("COPY users TO STDOUT (FORMAT csv)")) process.stdout.write(line);
   * });
   * ```
   */
  copyFrom(sql: string, source: CopySource, options: QueryOptions = {}): Coroutine<number> {
    checkStatement("copyFrom", sql, []);
    if (!isSource(source)) {
      throw new TypeError(`copyFrom() needs what can be iterated, got ${source === null ? "null" : typeof source}`);
    }
    return PostgresConnection.#copyFrom.call(this, sql, source, options);
  }

  /** Runs a `COPY … TO STDOUT`: its output, in the text format a line at a time, as it is taken. */
  copyTo(sql: string, options: QueryOptions = {}): RowStream<Uint8Array> {
    checkStatement("copyTo", sql, []);
    return new RowStream(lentBy(this), (link) => new CopyOut(link as PostgresLink, sql), options);
  }

  /** @internal */
  override _link(): PostgresLink {
    return super._link() as PostgresLink;
  }

  /** @internal */
  override _takeLink(): Link | null {
    const link = super._takeLink() as PostgresLink | null;
    if (link !== null) {
      link.onNotification = null;
      link.onLost = null;
      this.#endListening(new InterfaceError("listen(): the connection was given back or closed"));
    }
    return link;
  }

  #dispatch({ channel, payload = "", processId }: pg.Notification): void {
    for (const listener of this.#listeners.get(channel) ?? []) listener._came({ channel, payload, processId });
  }

  #endListening(error: Error): void {
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener._fail(error);
    this.#listeners.clear();
  }

  static readonly #copyFrom = coroutine(function* copyFrom(
    this: PostgresConnection,
    sql: string,
    source: CopySource,
    options: QueryOptions,
  ): CoroutineGenerator<number> {
    return yield* copyIn(this._link(), sql, source, options);
  });

  static readonly #listen = coroutine(function* listen(
    this: PostgresConnection,
    channel: string,
    limit: number,
  ): CoroutineGenerator<Notifications> {
    const listener = new Notifications(channel, limit, (closed) => this.#stopListening(closed));
    let done = false;
    this.#add(listener);
    try {
      yield* this._link().query({ sql: `LISTEN ${pg.escapeIdentifier(channel)}`, parameters: [] });
      done = true;
      return listener;
    } finally {
      if (!done) this.#remove(listener);
    }
  });

  #add(listener: Notifications): void {
    const { channel } = listener;
    const others = this.#listeners.get(channel);
    if (others === undefined) this.#listeners.set(channel, new Set([listener]));
    else others.add(listener);
  }

  /** Whether it was the last of its channel. */
  #remove(listener: Notifications): boolean {
    const others = this.#listeners.get(listener.channel);
    if (others === undefined || !others.delete(listener) || others.size > 0) return false;
    return this.#listeners.delete(listener.channel);
  }

  #stopListening(listener: Notifications): Coroutine<void> {
    return PostgresConnection.#unlisten.call(this, listener);
  }

  /** What can't be taken back now, the next reset does. */
  static readonly #unlisten = coroutine(function* unlisten(
    this: PostgresConnection,
    listener: Notifications,
  ): CoroutineGenerator<void> {
    if (!this.#remove(listener)) return;
    const link = this._linkOrNull();
    if (link === null) return;
    while (link.running) yield* link.ended();
    if (link.busy || link.closed || link.transactionStatus === "failed" || this.#listeners.has(listener.channel))
      return;
    const statement = { sql: `UNLISTEN ${pg.escapeIdentifier(listener.channel)}`, parameters: [] };
    yield* shield(link.query(statement), { withinMs: link.options.cancelGraceMs });
  });
}
