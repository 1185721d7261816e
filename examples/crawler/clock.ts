/** Tells how long a crawl has been going on; it stands still between two runs. */
export class Clock {
  readonly #earlierMs: number;
  readonly #began = performance.now();

  /** @param earlierMs what earlier runs of the same crawl took. */
  constructor(earlierMs = 0) {
    this.#earlierMs = earlierMs;
  }

  /** Milliseconds. */
  now(): number {
    return this.#earlierMs + performance.now() - this.#began;
  }
}
