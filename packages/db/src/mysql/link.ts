import type { Coroutine } from "asyncio-ts";
import type { PrepareStatementInfo } from "mysql2";
import { type Command, type Cursor, Link, type LinkOptions, type TransactionStatus } from "../link.ts";
import type { Ending, Stop } from "../operation.ts";
import type { QueryResult, TransactionOptions } from "../query.ts";
import { beginStatements } from "./begin.ts";
import { Channel, stopped } from "./channel.ts";
import { MysqlCursor } from "./cursor.ts";
import { databaseError, type MysqlFailure } from "./errors.ts";
import type { Killer } from "./killer.ts";
import { headerOf, resultOf } from "./results.ts";
import { send } from "./send.ts";
import type { Header } from "./session-state.ts";
import { isDroppable } from "./statement-kind.ts";
import type { Wire } from "./wire.ts";

/** What can't be stopped takes no time, or the connection is destroyed after the grace time. */
const endsSoon: Stop = () => {};

/** One connection to MySQL or MariaDB. */
export class MysqlLink extends Link {
  readonly #channel: Channel;
  /** The statement that sets up a new session, and one that was reset. */
  readonly #setup: string;
  /** mysql2 has one statement for each text, however often it was prepared. */
  readonly #prepared = new Map<PrepareStatementInfo, number>();

  constructor(wire: Wire, setup: string, killer: Killer, options: LinkOptions) {
    super(options);
    this.#channel = new Channel(wire, killer, (reason, cause) => this.lost(reason, cause));
    this.#setup = setup;
  }

  get transactionStatus(): TransactionStatus {
    return this.#channel.session.transactionStatus;
  }

  beginStatements(options: TransactionOptions): readonly string[] {
    return beginStatements(options);
  }

  /** Sets up the session of a new connection. Cancelled, it is destroyed. */
  setUp(): Coroutine<void> {
    const start = (end: Ending<void>): Stop => {
      this.#setUp(end);
      return () => this.destroy("nobody wants it any more");
    };
    return this.operation("connect", start, { timeoutMs: null });
  }

  protected startQuery(command: Command, end: Ending<QueryResult<never>>): Stop {
    const interruption = this.#channel.interruption();
    this.#channel.send(command, (error, answer, fields) => {
      interruption.ended(() => {
        if (error !== null) return this.#channel.fail(error, end, command.sql);
        const result = resultOf(answer, fields);
        this.#channel.session.heard(headerOf(answer, fields));
        if (interruption.requested && isDroppable(command.sql, result.fields.length > 0))
          end.reject(stopped(command.sql));
        else end.resolve(result as QueryResult<never>);
      });
    });
    return () => interruption.request();
  }

  openCursor(command: Command): Cursor<never> {
    return new MysqlCursor(this.#channel, command);
  }

  protected startPrepare(sql: string, end: Ending<unknown>): Stop {
    const interruption = this.#channel.interruption();
    this.#channel.connection.prepare(sql, (error, statement) => {
      interruption.ended(() => {
        if (error !== null) return this.#channel.fail(error, end, sql);
        this.#prepared.set(statement, (this.#prepared.get(statement) ?? 0) + 1);
        end.resolve(statement);
      });
    });
    return () => interruption.request();
  }

  protected startUnprepare(prepared: unknown, end: Ending<void>): Stop {
    const statement = prepared as PrepareStatementInfo & { readonly query: string };
    const others = (this.#prepared.get(statement) ?? 0) - 1;
    if (others > 0) this.#prepared.set(statement, others);
    else if (this.#prepared.delete(statement)) this.#channel.connection.unprepare(statement.query);
    end.resolve();
    return endsSoon;
  }

  /** Costs nothing after statements that leave the session as it was. */
  protected startReset(end: Ending<void>): Stop {
    const { session, connection } = this.#channel;
    if (!session.touched && this.#prepared.size === 0) {
      end.resolve();
      return endsSoon;
    }
    const done = (error: MysqlFailure | null | undefined): void => {
      if (error !== null && error !== undefined) return end.reject(databaseError(error));
      this.#prepared.clear();
      this.#setUp(end);
    };
    // A reset forgets everything but which database is in use.
    if (session.databaseChanged) connection.changeUser({}, done);
    else connection.reset(done);
    return endsSoon;
  }

  protected startClose(end: Ending<void>): Stop {
    this.#channel.onClosed(() => end.resolve());
    this.#channel.connection.end();
    return endsSoon;
  }

  protected cut(): void {
    this.#channel.cut();
  }

  #setUp(end: Ending<void>): void {
    send(this.#channel.connection, { sql: this.#setup, parameters: [] }, false, (error, answer) => {
      if (error !== null) return end.reject(databaseError(error, this.#setup));
      this.#channel.session.fresh(answer as Header);
      end.resolve();
    });
  }
}
