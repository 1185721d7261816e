/**
 * The part of an AbortSignal that the driver uses. It listens from when it is given a command until it writes it to the
 * socket; so this withdraws commands that were not written, and tells whether they were. (A real signal tells nothing, and
 * costs a tenth of a command.)
 */
export class Withdrawal {
  readonly aborted = false;
  /** Whether any of the commands was written, and may have been executed. */
  written = false;
  readonly #isClosed: () => boolean;
  #listeners: (() => void)[] | null = null;

  /** `isClosed` tells whether the connection is closed, when nothing is written any more. */
  constructor(isClosed: () => boolean) {
    this.#isClosed = isClosed;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners ??= [];
    this.#listeners.push(listener);
  }

  removeEventListener(): void {
    if (!this.#isClosed()) this.written = true;
  }

  /** Takes back all of the commands, or none if one was written. */
  withdraw(): void {
    if (this.written || this.#listeners === null) return;
    const listeners = this.#listeners;
    this.#listeners = null;
    for (const listener of listeners) listener();
  }
}
