import type { Wire } from "./wire.ts";

/** Node takes a longer span for none. */
const LONGEST_MS = 2 ** 31 - 1;

/** The wire for KILLs, and how many of them have no answer yet. */
interface Control extends Wire {
  pending: number;
}

/**
 * Stops statements of a pool's connections, by `KILL QUERY` over a connection of its own: opened for the first, shared by
 * all that are sent meanwhile, and closed when none is left. It is none of the pool's, so a full pool can cancel.
 */
export class Killer {
  readonly #open: () => Wire;
  readonly #graceMs: number;
  #control: Control | null = null;

  constructor(open: () => Wire, graceMs: number) {
    this.#open = open;
    this.#graceMs = graceMs;
  }

  /** Calls back when the server has answered: from then on the KILL can reach no later statement. */
  kill(threadId: number, answered: (error: Error | null) => void): void {
    const control = (this.#control ??= { ...this.#open(), pending: 0 });
    control.pending++;
    const patience = this.#limit(control);
    control.connection.query(`KILL QUERY ${threadId}`, (error) => {
      clearTimeout(patience);
      control.pending--;
      if (error !== null || control.pending === 0) this.#retire(control, error !== null);
      answered(error);
    });
  }

  /** After an error, the next KILL has a new connection; those under way still get their answers. */
  #retire(control: Control, failed: boolean): void {
    if (this.#control === control) this.#control = null;
    if (control.pending > 0) return;
    if (failed) {
      control.socket.destroy();
      return;
    }
    const patience = this.#limit(control);
    control.socket.once("close", () => clearTimeout(patience));
    control.connection.end();
  }

  #limit({ socket }: Control): NodeJS.Timeout {
    return setTimeout(() => socket.destroy(), Math.min(this.#graceMs, LONGEST_MS));
  }
}
