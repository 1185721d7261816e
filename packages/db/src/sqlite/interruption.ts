import { STOP } from "./messages.ts";

/** Raised in the worker when a request was asked to stop. */
export class Interrupted extends Error {
  constructor() {
    super("the statement was stopped");
  }
}

/**
 * Whether the request that is being done was asked to stop. SQLite itself can't be asked to, from outside of it: node:sqlite
 * has no `sqlite3_interrupt()`. So this is looked at wherever JavaScript has the word: between two rows, two statements,
 * two attempts to get a lock, and in SQL functions.
 */
export class Interruption {
  /** The request that is being done. */
  current = 0;
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(words: Int32Array<SharedArrayBuffer>) {
    this.#words = words;
  }

  /** @throws Interrupted */
  check(): void {
    if (Atomics.load(this.#words, STOP) === this.current) throw new Interrupted();
  }

  /** @throws Interrupted, at once when it is asked for. */
  sleep(ms: number): void {
    const seen = Atomics.load(this.#words, STOP);
    if (seen !== this.current) Atomics.wait(this.#words, STOP, seen, ms);
    this.check();
  }
}
