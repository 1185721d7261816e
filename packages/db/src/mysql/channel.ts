import type { Connection } from "mysql2";
import { QueryCancelledError } from "../errors.ts";
import type { Command } from "../link.ts";
import type { Ending } from "../operation.ts";
import { databaseError, isFatal, type MysqlFailure } from "./errors.ts";
import { type Interruptible, Interruption } from "./interruption.ts";
import type { Killer } from "./killer.ts";
import { type AnswerCallback, send } from "./send.ts";
import { type Header, SessionState } from "./session-state.ts";
import { mayHaveMoved } from "./statement-kind.ts";
import type { Wire } from "./wire.ts";

const DEADLOCK = 1213;

/** mysql2's connection and what is known of its session: what a link and its cursors have in common. */
export class Channel implements Interruptible {
  readonly connection: Connection;
  readonly session: SessionState = new SessionState();
  readonly #socket: Wire["socket"];
  readonly #killer: Killer;
  readonly #lost: (reason: string, cause: unknown) => void;

  /** `lost` is called when the connection does not exist any more, perhaps more than once. */
  constructor({ connection, socket }: Wire, killer: Killer, lost: (reason: string, cause: unknown) => void) {
    this.connection = connection;
    this.#socket = socket;
    this.#killer = killer;
    this.#lost = lost;
    connection.on("error", (error) => this.#broken(error));
    this.onClosed(() => lost("the server has closed it", undefined));
  }

  /** Sends a statement, see {@link send}. */
  send(command: Command, callback?: AnswerCallback): ReturnType<typeof send> {
    this.session.sends(command.sql);
    return send(this.connection, command, this.session.noBackslashEscapes, callback);
  }

  interruption(): Interruption {
    return new Interruption(this);
  }

  kill(answered: () => void): void {
    this.#killer.kill(this.connection.threadId, (error) => {
      if (error === null) return answered();
      this.cut();
      this.#lost(`what ran on it could not be stopped: ${error.message}`, error);
    });
  }

  ping(answered: () => void): void {
    this.connection.ping((error) => {
      if (error === null || error === undefined) answered();
      else this.#broken(error);
    });
  }

  /** Ends an operation that has failed, when it is known in which state that has left the session. */
  fail(error: MysqlFailure, end: Ending<never>, sql: string): void {
    const reject = (): void => end.reject(databaseError(error, sql));
    if (isFatal(error)) this.#broken(error);
    else if (error.errno === DEADLOCK) this.session.deadlocked();
    else if (this.session.inTransaction || mayHaveMoved(sql)) return this.#askStatus(sql, reject);
    reject();
  }

  /** When the socket is closed. */
  onClosed(fn: () => void): void {
    this.#socket.once("close", fn);
  }

  /** Closes the socket, at once. */
  cut(): void {
    this.#socket.destroy();
  }

  /** An error tells no status, and some roll back the transaction. This does nothing but to ask. */
  #askStatus(sql: string, then: () => void): void {
    send(this.connection, { sql: "DO 0", parameters: [] }, false, (error, answer) => {
      if (error === null) this.session.heardAfterError(answer as Header, sql);
      else this.#broken(error);
      then();
    });
  }

  #broken(error: MysqlFailure): void {
    this.cut();
    this.#lost(error.message, error);
  }
}

/** For an answer that is of no use since its statement was stopped. */
export function stopped(sql: string): QueryCancelledError {
  return new QueryCancelledError("the statement was stopped", { query: sql });
}
