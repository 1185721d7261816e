import {
  type Body,
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  invoke,
  park,
  shield,
  type Wait,
} from "asyncio-ts";
import type { Connection, GiveBack } from "./connection.ts";
import { InterfaceError } from "./errors.ts";
import type { Link, LinkOptions } from "./link.ts";
import { LinkPool } from "./link-pool.ts";
import { openPatiently, type Progress } from "./opening.ts";
import { type CheckedPoolOptions, checkLimit, checkPoolOptions, type PoolOptions } from "./pool-options.ts";
import type { QueryOptions, QueryResult, Row, StreamOptions, TransactionOptions } from "./query.ts";
import { Queryable } from "./queryable.ts";
import { RowStream, rowsOf } from "./row-stream.ts";
import { checkStatement, NONE } from "./statement.ts";
import type { Transaction } from "./transaction.ts";
import { Turn } from "./turn.ts";

/** What a pool knows of a database. */
export interface Driver<L extends Link, C extends Connection> {
  /** One attempt. Cancelling it closes the socket. */
  readonly connect: () => Coroutine<L>;
  /** Whether an error of `connect()` may pass, so that it is worth another attempt. */
  readonly mayPass: (error: unknown) => boolean;
  /** What a borrower sees of a link. */
  connection(link: L, giveBack: GiveBack): C;
}

const nobody: GiveBack = (connection) => connection.close();

/**
 * Connections that are lent, made by `createPool()`.
 *
 * Its own `query()`, `stream()` and `transaction()` borrow a connection for as long as they need one. {@link acquire} and
 * {@link use} lend one; those who wait are served in the order in which they came. A connection that breaks is replaced, and
 * one whose statement or transaction is not known to have ended is never lent again.
 *
 * Its open connections keep the process running, but for SQLite's: `await using` the pool, or close it.
 *
 * @example
 * ```ts
 * import { createPool } from "@asyncio-ts/db";
 * import { run } from "asyncio-ts";
 *
 * await run(async () => {
 *   await using pool = await createPool("sqlite::memory:", { acquireTimeoutMs: 5_000 });
 *   console.log(await pool.queryValue("SELECT 6 * ?", [7])); // 42
 *   await pool.use(async (connection) => {
 *     await connection.query("CREATE TEMP TABLE numbers (n INTEGER)");
 *     await connection.query("INSERT INTO numbers VALUES (1), (2)");
 *     console.log(await connection.queryValue("SELECT sum(n) FROM numbers")); // 3
 *   });
 *   console.log(pool.size, pool.idleSize); // 1 1
 * });
 * ```
 */
export class Pool<C extends Connection = Connection> extends Queryable implements AsyncDisposable {
  readonly #driver: Driver<Link, C>;
  readonly #options: CheckedPoolOptions<C>;
  readonly #links: LinkPool<Link>;
  readonly #lent = new WeakSet<Connection>();

  /** @internal */
  constructor(driver: Driver<Link, C>, options: CheckedPoolOptions<C>) {
    super();
    this.#driver = driver;
    this.#options = options;
    this.#links = new LinkPool((progress) => Pool.#open.call(this as unknown as Pool, progress), options);
  }

  /** How many connections are open, or being opened. */
  get size(): number {
    return this.#links.size;
  }

  /** How many of them are free. */
  get idleSize(): number {
    return this.#links.idleSize;
  }

  /** How many tasks wait for one. */
  get waitingSize(): number {
    return this.#links.waiting;
  }

  get minSize(): number {
    return this.#options.minSize;
  }

  get maxSize(): number {
    return this.#options.maxSize;
  }

  /**
   * Runs a statement on any connection. What changes the session, as `SET` does, belongs on a connection of one's own: see
   * {@link use}.
   */
  query<R = Row>(
    sql: string,
    parameters: readonly unknown[] = NONE,
    options?: QueryOptions,
  ): Coroutine<QueryResult<R>> {
    checkStatement("query", sql, parameters);
    return Pool.#query.call(this as unknown as Pool, sql, parameters, options) as Coroutine<QueryResult<R>>;
  }

  stream<R = Row>(sql: string, parameters: readonly unknown[] = NONE, options: StreamOptions = {}): RowStream<R> {
    checkStatement("stream", sql, parameters);
    const lender = { borrow: () => this.#borrow(), giveBack: (link: Link) => this.#giveBack(link, false) };
    return new RowStream(lender, rowsOf<R>({ sql, parameters }), options);
  }

  transaction<T>(body: Body<Transaction<C>, T>, options?: TransactionOptions): Coroutine<T> {
    return this.use((connection) => connection.transaction(body as Body<Transaction, T>, options));
  }

  /**
   * Borrows a connection: `await using connection = await pool.acquire()`.
   *
   * @throws TimeoutError when none is free within `acquireTimeoutMs`, with the reason. InterfaceError when the pool is
   * closed. The error of the database when it refuses to connect and that will not pass: a wrong password.
   */
  acquire(): Coroutine<C> {
    return Pool.#acquire.call(this as unknown as Pool) as Coroutine<C>;
  }

  /** Gives a connection back. Doing it twice does nothing. */
  release(connection: C): Coroutine<void> {
    if (!this.#lent.has(connection)) throw new InterfaceError("release(): the connection is not from this pool");
    return Pool.#release.call(this as unknown as Pool, connection);
  }

  /** Runs `body` with a connection that is given back when it ends. */
  use<T>(body: Body<C, T>): Coroutine<T> {
    if (typeof body !== "function") throw new TypeError(`use() needs a function, got ${typeof body}`);
    return Pool.#use.call(this as unknown as Pool, body as Body<Connection, unknown>) as Coroutine<T>;
  }

  /** Replaces every connection: those that are idle now, those that are lent when they are given back. */
  expireConnections(): Coroutine<void> {
    return this.#links.expire();
  }

  /**
   * Lends no more, waits until all that is lent was given back, and closes everything. After `graceMs`, by default 10,000,
   * or when it is cancelled, it does not wait any longer and cuts the connections that are left; null waits for ever.
   *
   * Who waits for a connection, also for one that is being opened, gets an InterfaceError.
   */
  close(options: { readonly graceMs?: number | null } = {}): Coroutine<void> {
    return this.#links.close(checkLimit("graceMs", options.graceMs, 10_000));
  }

  /** Cuts every connection at once; what is under way on them fails. */
  terminate(): void {
    this.#links.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Opens the first connections. @internal */
  _fill(): Coroutine<this> {
    return Pool.#fill.call(this as unknown as Pool) as unknown as Coroutine<this>;
  }

  static readonly #fill = coroutine(function* createPool(this: Pool): CoroutineGenerator<Pool> {
    const first: Link[] = [];
    try {
      while (first.length < this.minSize) first.push(yield* this.#links.borrow());
    } catch (error) {
      this.terminate();
      throw error;
    }
    for (const link of first) this.#links.give(link);
    return this;
  });

  static readonly #open = coroutine(function* open(this: Pool, progress: Progress): CoroutineGenerator<Link> {
    const { connect, mayPass } = this.#driver;
    const link = yield* openPatiently(connect, mayPass, progress);
    if (this.#options.init !== undefined) yield* this.#callHook(link, this.#options.init);
    return link;
  });

  static readonly #query = coroutine(function* query(
    this: Pool,
    sql: string,
    parameters: readonly unknown[],
    options: QueryOptions | undefined,
  ): CoroutineGenerator<QueryResult<unknown>> {
    const command = { sql, parameters };
    let link = this.#take();
    if (link === undefined && this.#options.setup === undefined && this.#links.isExhausted) {
      const turn = new Turn<unknown>(this.#links, command, options);
      const result = yield* this.#takeTurn(turn);
      if (result !== null) return result;
      link = yield* this.#links.fillSlot((turn.slot as { deadline: number }).deadline);
    }
    link ??= yield* this.#borrow();
    try {
      return yield* link.query(command, options);
    } finally {
      if (link.clean) this.#links.give(link);
      else yield* this.#giveBack(link, false);
    }
  });

  static readonly #acquire = coroutine(function* acquire(this: Pool): CoroutineGenerator<Connection> {
    return this.#lend(yield* this.#borrow());
  });

  static readonly #release = coroutine(function* release(this: Pool, connection: Connection): CoroutineGenerator<void> {
    const link = connection._takeLink();
    if (link !== null) yield* this.#giveBack(link, true);
  });

  static readonly #use = coroutine(function* use(
    this: Pool,
    body: Body<Connection, unknown>,
  ): CoroutineGenerator<unknown> {
    const connection = this.#lend(yield* this.#borrow());
    try {
      return yield* invoke(body, connection);
    } finally {
      yield* this.release(connection);
    }
  });

  *#takeTurn<R>(turn: Turn<R>): CoroutineGenerator<QueryResult<R> | null> {
    let done = false;
    try {
      const result = yield* park((wait: Wait<QueryResult<R> | null>) => turn.begin(wait));
      done = true;
      return result;
    } finally {
      if (turn.link?.clean) this.#links.give(turn.link);
      else if (turn.link !== null) yield* this.#giveBack(turn.link, false);
      if (turn.slot !== null && !done) this.#links.freeSlot();
    }
  }

  #take(): Link | undefined {
    return this.#options.setup === undefined ? this.#links.take() : undefined;
  }

  *#borrow(): CoroutineGenerator<Link> {
    const link = yield* this.#links.borrow();
    if (this.#options.setup !== undefined) yield* this.#callHook(link, this.#options.setup);
    return link;
  }

  #lend(link: Link): C {
    const connection = this.#driver.connection(link, (given) => this.release(given as C));
    this.#lent.add(connection);
    return connection;
  }

  /** A link whose hook has failed is of no use to anybody. */
  *#callHook(link: Link, hook: Body<C, unknown>): CoroutineGenerator<void> {
    const connection = this.#driver.connection(link, nobody);
    let done = false;
    try {
      yield* invoke(hook, connection);
      done = true;
    } finally {
      connection._takeLink();
      if (!done) link.destroy("a hook of its pool has failed");
    }
  }

  *#giveBack(link: Link, reset: boolean): CoroutineGenerator<void> {
    const wanted = reset && this.#options.reset !== false;
    try {
      if (!link.closed && (wanted || !link.clean)) {
        yield* shield(Pool.#settle.call(this as unknown as Pool, link, wanted), {
          withinMs: this.#options.cancelGraceMs,
        });
      }
    } finally {
      this.#links.give(link);
    }
  }

  static readonly #settle = coroutine(function* settle(
    this: Pool,
    link: Link,
    reset: boolean,
  ): CoroutineGenerator<void> {
    const hook = this.#options.reset;
    try {
      yield* link.settle(reset && hook === undefined);
      if (reset && typeof hook === "function") yield* this.#callHook(link, hook);
    } catch {
      link.destroy("it could not be made ready for the next borrower");
    }
  });
}

/** Makes a pool, with its first `minSize` connections. For the doors of the drivers. */
export function openPool<L extends Link, C extends Connection>(
  make: (limits: LinkOptions) => Driver<L, C>,
  options: PoolOptions<C>,
): Coroutine<Pool<C>> {
  const checked = checkPoolOptions(options);
  return new Pool<C>(make(checked), checked)._fill();
}
