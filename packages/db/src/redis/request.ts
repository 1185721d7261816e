import { type Coroutine, getRunningLoop, park, TimeoutError, type TimerHandle, type Wait } from "asyncio-ts";
import type { CallOptions } from "./commands.ts";
import type { Connection } from "./connection.ts";
import type { Encoded } from "./encode.ts";
import { Withdrawal } from "./withdrawal.ts";

/** What goes over a connection as soon as there is one. */
export interface Outgoing {
  sendOver(connection: Connection): void;
  /** There is no connection. */
  reject(error: unknown): void;
}

/** Who takes what is to be sent: a connection, or who sees to one. */
export interface Sender {
  send(outgoing: Outgoing): void;
  /** Takes it back, if it was not handed to a connection yet. */
  withdraw(outgoing: Outgoing): void;
}

/** What came of a command. */
export type Outcome = { readonly reply: unknown } | { readonly error: unknown };

/**
 * Sends a command, and waits for its reply.
 *
 * Cancelled before it was written to the socket, it is withdrawn. After that it takes effect all the same, and its reply
 * is ignored when it comes: no other command can be given it. If the connection is lost before it was written, it is sent
 * over the next.
 */
export function request<T>(sender: Sender, command: Encoded, options: CallOptions): Coroutine<T> {
  return park((wait: Wait<T>) => new Single(sender, command, options, wait as Wait<unknown>).begin());
}

/** Sends commands one right after the other, and waits for what comes of each. All are withdrawn, or none. */
export function requestAll(sender: Sender, commands: readonly Encoded[], options: CallOptions): Coroutine<Outcome[]> {
  return park((wait: Wait<Outcome[]>) => new Several(sender, commands, options, wait).begin());
}

abstract class Request<T> implements Outgoing {
  readonly #sender: Sender;
  readonly #options: CallOptions;
  readonly #wait: Wait<T>;
  #timer: TimerHandle | null = null;
  #withdrawal: Withdrawal | null = null;

  constructor(sender: Sender, options: CallOptions, wait: Wait<T>) {
    this.#sender = sender;
    this.#options = options;
    this.#wait = wait;
  }

  protected abstract get what(): string;
  protected abstract dispatch(connection: Connection, options: CallOptions & { withdrawal: Withdrawal }): void;

  begin(): () => "done" {
    this.#sender.send(this);
    const { timeoutMs } = this.#options;
    if (timeoutMs !== null && timeoutMs !== undefined)
      this.#timer = getRunningLoop().callLater(timeoutMs, () => this.#expire(timeoutMs));
    return () => {
      this.#abandon();
      return "done";
    };
  }

  sendOver(connection: Connection): void {
    const withdrawal = new Withdrawal(() => connection.closed);
    this.#withdrawal = withdrawal;
    this.dispatch(connection, { typeMapping: this.#options.typeMapping, withdrawal });
  }

  resolve(value: T): void {
    this.#timer?.cancel();
    this.#wait.resolve(value);
  }

  reject(error: unknown): void {
    this.#timer?.cancel();
    this.#wait.reject(error);
  }

  /** The connection was lost before anything was written. */
  unsent(): void {
    try {
      this.#sender.send(this);
    } catch (error) {
      this.reject(error);
    }
  }

  #expire(timeoutMs: number): void {
    this.#wait.reject(new TimeoutError(`${this.what} has not been answered within ${timeoutMs} ms`));
    this.#abandon();
  }

  #abandon(): void {
    this.#timer?.cancel();
    this.#sender.withdraw(this);
    this.#withdrawal?.withdraw();
  }
}

class Single extends Request<unknown> {
  readonly #command: Encoded;

  constructor(sender: Sender, command: Encoded, options: CallOptions, wait: Wait<unknown>) {
    super(sender, options, wait);
    this.#command = command;
  }

  protected override get what(): string {
    return String(this.#command.args[0]);
  }

  protected override dispatch(connection: Connection, options: CallOptions & { withdrawal: Withdrawal }): void {
    connection.dispatch(this.#command, options, this);
  }
}

class Several extends Request<Outcome[]> {
  readonly #commands: readonly Encoded[];

  constructor(sender: Sender, commands: readonly Encoded[], options: CallOptions, wait: Wait<Outcome[]>) {
    super(sender, options, wait);
    this.#commands = commands;
  }

  protected override get what(): string {
    return `a pipeline of ${this.#commands.length} commands`;
  }

  protected override dispatch(connection: Connection, options: CallOptions & { withdrawal: Withdrawal }): void {
    const outcomes: Outcome[] = [];
    // Replies come in the order of the commands.
    const came = (outcome: Outcome): void => {
      outcomes.push(outcome);
      if (outcomes.length === this.#commands.length) this.resolve(outcomes);
    };
    const end = {
      resolve: (reply: unknown) => came({ reply }),
      reject: (error: unknown) => came({ error }),
    };
    // None was written if the first was not.
    const first = { ...end, unsent: () => this.unsent() };
    const others = { ...end, unsent: () => {} };
    this.#commands.forEach((command, index) => {
      connection.dispatch(command, options, index === 0 ? first : others);
    });
  }
}
