import { InterfaceError, QueryCancelledError } from "../errors.ts";
import type { Batch, Cursor } from "../link.ts";
import type { Ending, Stop } from "../operation.ts";
import type { PostgresLink } from "./link.ts";
import { IGNORING, type Wire } from "./wire.ts";

/** When this much waits to be taken, nothing more is read from the socket, so the server has to wait, too. */
const HIGH_WATER = 65_536;

/** A `COPY … TO STDOUT` under way: what came and was not yet taken. */
export class CopyOut implements Cursor<Uint8Array> {
  readonly #link: PostgresLink;
  readonly #sql: string;
  #wire: Wire | null = null;
  #stop: Stop = () => {};
  #chunks: Uint8Array[] = [];
  #size = 0;
  #isCopy = false;
  #discarding = false;
  #outcome: { readonly error: unknown } | "done" | null = null;
  #reader: Ending<Batch<Uint8Array>> | null = null;
  #closer: Ending<void> | null = null;

  constructor(link: PostgresLink, sql: string) {
    this.#link = link;
    this.#sql = sql;
  }

  read(_count: number, end: Ending<Batch<Uint8Array>>): Stop {
    this.#reader = end;
    if (this.#wire === null) this.#begin();
    else this.#deliver();
    return () => this.#giveUp();
  }

  close(end: Ending<void>): Stop {
    this.#closer = end;
    this.#giveUp();
    this.#deliver();
    return () => {};
  }

  #begin(): void {
    const ending = {
      resolve: () => this.#finished("done"),
      reject: (error: unknown) => this.#finished({ error }),
    };
    this.#stop = this.#link._run<void>(this.#sql, ending, (settle) =>
      this.#link._submit({
        ...IGNORING,
        submit: (wire: Wire) => {
          this.#wire = wire;
          wire.query(this.#sql);
        },
        handleCopyData: ({ chunk }) => this.#came(chunk),
        handleCommandComplete: ({ text }) => {
          this.#isCopy = text.startsWith("COPY ");
        },
        handleReadyForQuery: () => {
          if (this.#isCopy) settle(null, undefined);
          else settle(new InterfaceError("copyTo() needs a COPY … TO STDOUT", { query: this.#sql }), undefined);
        },
        handleError: (error) => settle(error, undefined),
      }),
    );
  }

  #came(chunk: Uint8Array): void {
    if (this.#discarding) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size >= HIGH_WATER) this.#wire?.stream.pause();
    // All that came at once is given at once.
    if (this.#chunks.length === 1) setImmediate(() => this.#deliver());
  }

  #finished(outcome: { readonly error: unknown } | "done"): void {
    this.#outcome = outcome;
    this.#deliver();
  }

  #giveUp(): void {
    if (this.#outcome !== null || this.#discarding) return;
    this.#discarding = true;
    this.#chunks = [];
    this.#wire?.stream.resume();
    this.#stop();
  }

  #deliver(): void {
    if (this.#outcome !== null) this.#closer?.resolve();
    const reader = this.#reader;
    if (reader === null) return;
    if (this.#chunks.length > 0) {
      this.#reader = null;
      reader.resolve({ rows: this.#chunks, done: false });
      this.#chunks = [];
      this.#size = 0;
      this.#wire?.stream.resume();
    } else if (this.#outcome !== null) {
      this.#reader = null;
      if (this.#outcome !== "done") reader.reject(this.#outcome.error);
      else if (this.#discarding) reader.reject(new QueryCancelledError("the COPY was given up", { query: this.#sql }));
      else reader.resolve({ rows: [], done: true });
    }
  }
}
