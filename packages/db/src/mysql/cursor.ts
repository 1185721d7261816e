import { getRunningLoop } from "asyncio-ts";
import { NotSupportedError } from "../errors.ts";
import type { Batch, Command, Cursor } from "../link.ts";
import type { Ending, Stop } from "../operation.ts";
import { type Channel, stopped } from "./channel.ts";
import type { MysqlFailure } from "./errors.ts";
import type { Interruption } from "./interruption.ts";
import type { Header } from "./session-state.ts";
import { isDroppable } from "./statement-kind.ts";

/** How long the rest of a result that nobody wants is read, before the statement is stopped. */
const DRAIN_MS = 5;

/**
 * The rows of a statement. The server sends them all at once; when nobody wants any the socket is not read, and so the
 * server waits.
 */
export class MysqlCursor<R> implements Cursor<R> {
  readonly #channel: Channel;
  readonly #command: Command;
  readonly #interruption: Interruption;
  /** Whether to stop the statement is the same as not to have run it. */
  readonly #droppable: boolean;
  #state: "new" | "running" | "ended" = "new";
  #rows: R[] = [];
  #discards = false;
  /** How many sets of rows there were. */
  #sets = 0;
  #error: MysqlFailure | null = null;
  /** Called after each row, and at the end. */
  #advance: () => void = idle;

  constructor(channel: Channel, command: Command) {
    this.#channel = channel;
    this.#command = command;
    this.#interruption = channel.interruption();
    this.#droppable = isDroppable(command.sql, true);
  }

  read(count: number, end: Ending<Batch<R>>): Stop {
    this.#advance = () => {
      if (this.#state === "ended") this.#finish(() => this.#deliverLast(count, end));
      else if (this.#rows.length >= count && !this.#interruption.requested) {
        this.#advance = idle;
        this.#channel.connection.pause();
        end.resolve({ rows: this.#rows.splice(0, count), done: false });
      }
    };
    if (this.#state === "new") this.#start();
    else this.#goOn();
    return () => {
      if (this.#droppable) this.#discard();
      this.#interruption.request();
    };
  }

  close(end: Ending<void>): Stop {
    this.#discard();
    const stop = (): void => this.#interruption.request();
    const timer = this.#droppable ? getRunningLoop().callLater(DRAIN_MS, stop) : null;
    this.#advance = () => {
      if (this.#state !== "ended") return;
      timer?.cancel();
      this.#finish(() => end.resolve());
    };
    this.#goOn();
    return stop;
  }

  #start(): void {
    const query = this.#channel.send(this.#command);
    this.#state = "running";
    let hasRows = false;
    query.on("fields", (fields: unknown) => {
      hasRows = fields !== undefined;
      if (hasRows && ++this.#sets > 1) this.#discard();
    });
    query.on("result", (result) => {
      if (!hasRows) return this.#channel.session.heard(result as unknown as Header);
      if (this.#discards) return;
      this.#rows.push(result as unknown as R);
      this.#advance();
    });
    query.on("error", (error) => {
      this.#error = error;
    });
    query.on("end", () => {
      this.#state = "ended";
      this.#advance();
    });
  }

  /** The rows that are here may be enough. */
  #goOn(): void {
    this.#advance();
    if (this.#state === "running" && this.#advance !== idle) this.#channel.connection.resume();
  }

  #discard(): void {
    this.#discards = true;
    this.#rows = [];
  }

  #finish(then: () => void): void {
    this.#advance = idle;
    this.#interruption.ended(then);
  }

  #deliverLast(count: number, end: Ending<Batch<R>>): void {
    if (this.#error !== null) this.#channel.fail(this.#error, end, this.#command.sql);
    else if (this.#interruption.requested && this.#discards) end.reject(stopped(this.#command.sql));
    else if (this.#sets > 1) {
      end.reject(new NotSupportedError("stream(): the procedure gives several sets of rows; see query() and `more`"));
    } else {
      const rows = this.#rows.splice(0, count);
      end.resolve({ rows, done: this.#rows.length === 0 });
    }
  }
}

function idle(): void {}
