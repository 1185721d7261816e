/** What stopping a statement needs of its connection; both call back when the server has answered. */
export interface Interruptible {
  /** Stops what runs. */
  kill(answered: () => void): void;
  /** Runs a command without effect. */
  ping(answered: () => void): void;
}

/** The stopping of one statement, such that it can't hit the next one. */
export class Interruption {
  readonly #connection: Interruptible;
  #state: "none" | "sent" | "answered" | "over" = "none";
  #ended: (() => void) | null = null;

  constructor(connection: Interruptible) {
    this.#connection = connection;
  }

  /** Whether a KILL was sent. */
  get requested(): boolean {
    return this.#state === "sent" || this.#state === "answered";
  }

  request(): void {
    if (this.#state !== "none") return;
    this.#state = "sent";
    this.#connection.kill(() => {
      this.#state = "answered";
      this.#finish();
    });
  }

  /** The statement has been answered. Calls `fn` when the connection can take the next one. */
  ended(fn: () => void): void {
    if (this.requested) {
      this.#ended = fn;
      this.#finish();
    } else {
      this.#state = "over";
      fn();
    }
  }

  /**
   * A KILL that comes just when the statement ends may leave its mark on the connection, which the server takes away at the
   * end of the next command: the ping.
   */
  #finish(): void {
    if (this.#state === "answered" && this.#ended !== null) this.#connection.ping(this.#ended);
  }
}
