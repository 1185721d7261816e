import { createClient, type RedisClientType, type TypeMapping } from "@redis/client";
import { type CancelledError, type Coroutine, type CoroutineGenerator, coroutine, park } from "asyncio-ts";
import { cancelledError } from "../cancelled-error.ts";
import type { Lendable } from "../link-pool.ts";
import { type Encoded, encodeRaw } from "./encode.ts";
import { commandError, connectError, connectionError } from "./errors.ts";
import type { Settings } from "./options.ts";
import { type Outgoing, request, type Sender } from "./request.ts";
import type { Withdrawal } from "./withdrawal.ts";

type CommandOptions = NonNullable<Parameters<RedisClientType["sendCommand"]>[1]>;

/** How to hand over what a command came to. */
export interface Ending {
  resolve(reply: unknown): void;
  reject(error: unknown): void;
  /** The connection was lost before it was written; only for commands that can be withdrawn. */
  unsent?(): void;
}

/** For one command. */
export interface DispatchOptions {
  readonly typeMapping?: TypeMapping | undefined;
  readonly withdrawal?: Withdrawal;
}

type Target = Pick<Settings, "client" | "target">;

/**
 * One connection, from its opening to its end: a client of the driver that does not reconnect. So what was sent over a
 * connection ends with it, and nothing is ever sent twice.
 */
export class Connection implements Lendable, Sender {
  onClosed: (() => void) | null = null;
  /** Called when the last reply that was waited for has come. */
  onIdle: (() => void) | null = null;
  operations = 0;
  idleSince = 0;
  generation = 0;
  /** Somebody has changed what it is: the user, the database, what it watches. */
  changed = false;
  /** The server's number for it, for `CLIENT UNBLOCK`; 0 when nobody has asked. */
  id = 0;
  /** The driver's client, for its subscriptions. */
  readonly client: RedisClientType;
  readonly #target: string;
  /** Also stops a connection that is being made, which the driver's `destroy()` does not. */
  readonly #stop = new AbortController();
  #pending = 0;
  /** Why it was closed. */
  #reason: Error | null = null;

  constructor(options: Target) {
    this.#target = options.target;
    const { client } = options;
    this.client = createClient({
      ...client,
      socket: { ...client.socket, reconnectStrategy: false, signal: this.#stop.signal },
    } as typeof client);
    // The socket broke; or what came can't be understood, and no reply can be told from another any more.
    this.client.on("error", (error: Error) => this.#close(error));
  }

  get closed(): boolean {
    return this.#reason !== null;
  }

  get clean(): boolean {
    return this.#pending === 0 && !this.changed && !this.closed;
  }

  /** How many replies are still to come. */
  get pending(): number {
    return this.#pending;
  }

  /** Connects, once. Cancelling it closes the socket before it ends. */
  open(): Coroutine<void> {
    return park((wait) => {
      let cancelled: CancelledError | null = null;
      this.client.connect().then(
        () => {
          // It was connected while it was being destroyed, and the driver has a socket again.
          if (this.closed) this.client.destroy();
          if (cancelled === null) wait.resolve();
          else wait.reject(cancelled);
        },
        (error: Error) => {
          this.#close(error);
          wait.reject(cancelled ?? connectError(error, this.#target));
        },
      );
      return (message) => {
        cancelled = cancelledError(message);
        this.#close(cancelled);
        return "wait";
      };
    });
  }

  send(outgoing: Outgoing): void {
    if (this.#reason !== null) outgoing.reject(connectionError("the connection is closed", this.#reason));
    else outgoing.sendOver(this);
  }

  withdraw(): void {}

  /** Gives a command to the driver, which writes it together with all others of this turn of Node's loop. */
  dispatch({ args, transform }: Encoded, { typeMapping, withdrawal }: DispatchOptions, end: Ending): void {
    this.#pending++;
    this.operations++;
    this.client.sendCommand(args, { typeMapping, abortSignal: withdrawal } as unknown as CommandOptions).then(
      (reply) => {
        this.#answered();
        try {
          end.resolve(transform === undefined ? reply : transform(reply, args.preserve, typeMapping));
        } catch (error) {
          end.reject(error);
        }
      },
      (error: unknown) => {
        this.#answered();
        if (this.closed && withdrawal?.written === false) end.unsent?.();
        else end.reject(commandError(error, String(args[0]), this.#reason));
      },
    );
  }

  close(): Coroutine<void> {
    return park((wait) => {
      this.destroy("the connection was closed");
      wait.resolve();
      return () => "done";
    });
  }

  /** Closes the socket, at once. What is under way ends with an OperationalError. */
  destroy(reason: string): void {
    this.#close(new Error(reason));
  }

  #answered(): void {
    if (--this.#pending === 0) this.onIdle?.();
  }

  #close(reason: Error): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.client.destroy();
    this.#stop.abort();
    const { onClosed } = this;
    this.onClosed = null;
    onClosed?.();
  }
}

/** One attempt to connect; cancelled or failed, it leaves nothing behind. With `id`, asks for that. */
export const connect: (options: Target, withId: boolean) => Coroutine<Connection> = coroutine(function* (
  options: Target,
  withId: boolean,
): CoroutineGenerator<Connection> {
  const connection = new Connection(options);
  try {
    yield* connection.open();
    if (withId) connection.id = yield* request<number>(connection, encodeRaw("CLIENT ID", []), {});
    return connection;
  } catch (error) {
    connection.destroy("it could not be opened");
    throw error;
  }
});
