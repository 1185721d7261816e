/**
 * Who closes a database when: one after the other. Of two that do it at once each takes the other for one that still uses
 * it, and nobody writes the log back into the database.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /** Calls `start` when it is its turn, which lasts until {@link pass}. */
  take(start: () => void): void {
    if (this.#taken) this.#waiting.push(start);
    else {
      this.#taken = true;
      start();
    }
  }

  pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next();
  }
}
