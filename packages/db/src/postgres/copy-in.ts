import { type Coroutine, type CoroutineGenerator, coroutine, shield } from "asyncio-ts";
import { InterfaceError } from "../errors.ts";
import type { Holder } from "../link.ts";
import type { Ending, Stop } from "../operation.ts";
import type { QueryOptions } from "../query.ts";
import { type CopySource, Pieces } from "./copy-source.ts";
import type { PostgresLink } from "./link.ts";
import { IGNORING, type Wire } from "./wire.ts";

type Outcome = { readonly error: unknown } | { readonly rowCount: number };

/** A `COPY … FROM STDIN` under way: for pg a query, for the link a row of operations. */
class CopyIn {
  readonly #link: PostgresLink;
  readonly #sql: string;
  #wire: Wire | null = null;
  #accepted = false;
  #rowCount = 0;
  #step: Ending<number> | null = null;
  #stop: Stop = () => {};
  #outcome: Outcome | null = null;

  constructor(link: PostgresLink, sql: string) {
    this.#link = link;
    this.#sql = sql;
  }

  /** Whether there is nothing to end on the server. */
  get ended(): boolean {
    return this.#wire === null || this.#outcome !== null;
  }

  /** Ends when the server is ready to read. */
  begin(end: Ending<number>): Stop {
    this.#step = end;
    const ending = {
      resolve: (rowCount: number) => this.#finished({ rowCount }),
      reject: (error: unknown) => this.#finished({ error }),
    };
    this.#stop = this.#link._run(this.#sql, ending, (settle) =>
      this.#link._submit({
        ...IGNORING,
        submit: (wire: Wire) => {
          this.#wire = wire;
          wire.query(this.#sql);
        },
        handleCopyInResponse: () => {
          this.#accepted = true;
          this.#stepDone();
        },
        handleCommandComplete: ({ text }) => {
          this.#rowCount = Number(text.slice("COPY ".length));
        },
        handleReadyForQuery: () => {
          if (this.#accepted) settle(null, this.#rowCount);
          else settle(new InterfaceError("copyFrom() needs a COPY … FROM STDIN", { query: this.#sql }), 0);
        },
        handleError: (error) => settle(error, 0),
      }),
    );
    return this.#stop;
  }

  /** Ends when there is room for more. */
  write(chunk: Uint8Array, end: Ending<number>): Stop {
    this.#step = end;
    if (this.#outcome !== null || this.#wire === null) this.#deliver();
    else {
      this.#wire.sendCopyFromChunk(chunk);
      // Never at once: what the server has to say about it must have a chance to be read.
      if (this.#wire.stream.writableNeedDrain) this.#wire.stream.once("drain", () => this.#stepDone());
      else setImmediate(() => this.#stepDone());
    }
    // A server that waits for data does not look for cancel requests; one that works on them does not read.
    return () => {
      this.#wire?.sendCopyFail("cancelled");
      this.#stop();
    };
  }

  /** No more data: ends when all is stored. */
  finish(end: Ending<number>): Stop {
    this.#step = end;
    if (this.#outcome !== null) this.#deliver();
    else this.#wire?.endCopyFrom();
    return this.#stop;
  }

  /** Ends it without a row stored. */
  fail(end: Ending<number>): Stop {
    const ended = (): void => end.resolve(0);
    this.#step = { resolve: ended, reject: ended };
    if (this.#outcome !== null) this.#deliver();
    else this.#wire?.sendCopyFail("the source has failed");
    return this.#stop;
  }

  #finished(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#deliver();
  }

  #deliver(): void {
    const step = this.#step;
    this.#step = null;
    const outcome = this.#outcome as Outcome;
    if ("error" in outcome) step?.reject(outcome.error);
    else step?.resolve(outcome.rowCount);
  }

  #stepDone(): void {
    const step = this.#step;
    this.#step = null;
    step?.resolve(0);
  }
}

/** Copies `source` to the server. Gives the number of rows. */
export const copyIn: (link: PostgresLink, sql: string, source: CopySource, options: QueryOptions) => Coroutine<number> =
  coroutine(function* copyFrom(
    link: PostgresLink,
    sql: string,
    source: CopySource,
    { timeoutMs }: QueryOptions,
  ): CoroutineGenerator<number> {
    const pieces = new Pieces(source);
    try {
      return yield* copyPieces(link, sql, pieces, timeoutMs);
    } finally {
      yield* pieces.close();
    }
  });

function* copyPieces(
  link: PostgresLink,
  sql: string,
  pieces: Pieces,
  timeoutMs: number | null | undefined,
): CoroutineGenerator<number> {
  const copy = new CopyIn(link, sql);
  const holder: Holder = { close: () => abandon(link, copy, holder) };
  const options = { timeoutMs, holder };
  link.hold(holder);
  try {
    yield* link.operation("copyFrom", (end: Ending<number>) => copy.begin(end), options);
    while (yield* pieces.gather()) {
      yield* link.operation("copyFrom", (end: Ending<number>) => copy.write(pieces.take(), end), options);
    }
    return yield* link.operation("copyFrom", (end: Ending<number>) => copy.finish(end), options);
  } finally {
    if (copy.ended) link.letGo(holder);
    else yield* shield(abandon(link, copy, holder), { withinMs: link.options.cancelGraceMs });
  }
}

const abandon = coroutine(function* closeCopy(
  link: PostgresLink,
  copy: CopyIn,
  holder: Holder,
): CoroutineGenerator<void> {
  try {
    yield* link.interrupt(new InterfaceError("the COPY was given up"));
    if (copy.ended || link.closed) return;
    yield* link.operation("copyFrom", (end: Ending<number>) => copy.fail(end), { timeoutMs: null, holder });
  } catch {
    link.destroy("a COPY could not be ended");
  } finally {
    link.letGo(holder);
  }
});
