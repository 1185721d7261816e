import { type Coroutine, type CoroutineGenerator, coroutine, getRunningLoop, sleep } from "asyncio-ts";
import { Connection, type GiveBack } from "../../src/connection.ts";
import { OperationalError, QueryCancelledError } from "../../src/errors.ts";
import { type Command, type Cursor, Link, type LinkOptions, type TransactionStatus } from "../../src/link.ts";
import type { Ending, Stop } from "../../src/operation.ts";
import { openPool, type Pool } from "../../src/pool.ts";
import type { PoolOptions } from "../../src/pool-options.ts";
import type { QueryResult } from "../../src/query.ts";

/** How a statement behaves: its text is what it is to do. `turns 3` takes three turns of the loop, `hang` ends only when stopped. */
function parse(sql: string): { readonly turns: number; readonly stops: boolean } {
  const [word, count] = sql.split(" ");
  if (word === "hang") return { turns: Infinity, stops: true };
  if (word === "deaf") return { turns: Infinity, stops: false };
  return { turns: word === "turns" ? Number(count) : 1, stops: true };
}

/** Its constructor is not a part of the declarations. */
const LentConnection = Connection as unknown as new (link: Link, giveBack: GiveBack) => Connection;

/** A database in memory, whose time is the turns of the loop, so that it runs in virtual time. */
export class FakeDatabase {
  /** The links that are open, as the server sees it. */
  readonly links = new Set<FakeLink>();
  mostLinks = 0;
  attempts = 0;
  /** How many links were made. */
  made = 0;
  /** How many attempts to connect are going to be refused. */
  refusals = 0;
  /** How long connecting takes, in loop time. */
  connectMs = 0;
  /** And in turns of the loop. */
  connectTurns = 0;
  /** What the server was told, link by link. */
  readonly log: string[] = [];

  createPool(options: PoolOptions = {}): Coroutine<Pool> {
    const database = this;
    const connect = coroutine(function* (limits: LinkOptions) {
      return yield* database.#attempt(limits);
    });
    return openPool(
      (limits) => ({
        connect: () => connect(limits),
        mayPass: (error) => error instanceof OperationalError,
        connection: (link, giveBack) => new LentConnection(link, giveBack),
      }),
      options,
    );
  }

  *#attempt(limits: LinkOptions): CoroutineGenerator<FakeLink> {
    this.attempts++;
    if (this.connectMs > 0) yield* sleep(this.connectMs);
    for (let i = 0; i < this.connectTurns; i++) yield* sleep(0);
    if (this.refusals > 0) {
      this.refusals--;
      throw new OperationalError("refused");
    }
    const link = new FakeLink(this, limits);
    this.links.add(link);
    this.mostLinks = Math.max(this.mostLinks, this.links.size);
    return link;
  }
}

export class FakeLink extends Link {
  readonly id: number;
  readonly #database: FakeDatabase;
  #status: TransactionStatus = "idle";

  constructor(database: FakeDatabase, options: LinkOptions) {
    super(options);
    this.#database = database;
    this.id = ++database.made;
  }

  /** The server goes away. */
  breakDown(): void {
    this.#database.links.delete(this);
    this.lost("the server has gone", new OperationalError("gone"));
  }

  protected override startQuery(command: Command, end: Ending<QueryResult<never>>): Stop {
    const { sql } = command;
    this.#database.log.push(sql);
    const { turns, stops } = parse(sql);
    let stopped = false;
    const loop = getRunningLoop();
    const step = (left: number): void => {
      if (this.closed) return;
      if (stopped && stops) end.reject(new QueryCancelledError("stopped"));
      else if (left > 0) loop.callSoon(step, { args: [left - 1] });
      else end.resolve(this.#answer(sql));
    };
    if (turns !== Infinity) step(turns);
    return () => {
      stopped = true;
      if (turns === Infinity) loop.callSoon(step, { args: [Infinity] });
    };
  }

  #answer(sql: string): QueryResult<never> {
    if (sql === "BEGIN") this.#status = "open";
    if (sql === "COMMIT" || sql === "ROLLBACK") this.#status = "idle";
    const rows = [{ sql, link: this.id }] as never[];
    return { rows, rowCount: 1, fields: [{ name: "sql" }, { name: "link" }] };
  }

  override openCursor(_command: Command): Cursor<never> {
    throw new Error("not in this database");
  }

  protected override startPrepare(sql: string, end: Ending<unknown>): Stop {
    return this.startQuery({ sql, parameters: [] }, end as Ending<QueryResult<never>>);
  }

  protected override startUnprepare(_prepared: unknown, end: Ending<void>): Stop {
    end.resolve();
    return () => {};
  }

  override beginStatements(): readonly string[] {
    return ["BEGIN"];
  }

  override get transactionStatus(): TransactionStatus {
    return this.#status;
  }

  protected override startReset(end: Ending<void>): Stop {
    return this.startQuery({ sql: "RESET", parameters: [] }, end as Ending<unknown>);
  }

  protected override startClose(end: Ending<void>): void {
    getRunningLoop().callSoon(() => {
      this.#database.links.delete(this);
      end.resolve();
    });
  }

  protected override cut(): void {
    this.#database.links.delete(this);
  }
}
