import type { TypeMapping } from "@redis/client";
import { type Coroutine, type CoroutineGenerator, coroutine } from "asyncio-ts";
import { InterfaceError } from "../errors.ts";
import type { Unblocking } from "./blocked-call.ts";
import { runBlocking } from "./blocking.ts";
import { kindOf, misplaced } from "./command-kind.ts";
import { WithCommands } from "./command-methods.ts";
import type { CallOptions, CommandName, NoMapping } from "./commands.ts";
import type { Connection } from "./connection.ts";
import { type Encoded, encodeRaw, type RawArgument } from "./encode.ts";
import { limited } from "./limited.ts";
import { Pipeline } from "./pipeline.ts";
import { request } from "./request.ts";

/**
 * A connection of one's own, lent by `acquire()`: for what changes the connection, as WATCH and SELECT do, for WAIT, and for
 * blocking commands in a row. Given back by {@link release}, or `await using`.
 *
 * If its user, its database or the like was changed, or a reply is still to come, it is closed and not lent again.
 */
export class RedisConnection<T extends TypeMapping = NoMapping>
  extends WithCommands<T, CommandName>
  implements AsyncDisposable
{
  readonly #options: CallOptions & Unblocking;
  readonly #giveBack: (connection: Connection) => void;
  #connection: Connection | null;
  #watching = false;

  /** @internal */
  constructor(connection: Connection, options: CallOptions & Unblocking, giveBack: (connection: Connection) => void) {
    super();
    this.#connection = connection;
    this.#options = options;
    this.#giveBack = giveBack;
  }

  /** Any command; its reply is given as it comes. */
  command(name: string, ...args: RawArgument[]): Coroutine<unknown> {
    return this._call(encodeRaw(name, args));
  }

  /** From now on, a transaction of {@link multi} is executed only if nobody else has changed these keys. */
  watch(...keys: string[]): Coroutine<unknown> {
    this.#watching = true;
    return request(this.#lent(), encodeRaw("WATCH", keys), this.#options);
  }

  /** Forgets what is watched. */
  unwatch(): Coroutine<unknown> {
    const transform = (reply: unknown): unknown => {
      this.#watching = false;
      return reply;
    };
    return request(this.#lent(), { ...encodeRaw("UNWATCH", []), transform }, this.#options);
  }

  /** Commands that are sent together. */
  pipeline(): Pipeline<T> {
    return this.#pipeline(false);
  }

  /** Commands that are executed together: MULTI and EXEC. */
  multi(): Pipeline<T> {
    return this.#pipeline(true);
  }

  /** Gives the connection back. Doing it twice does nothing. */
  release(): Coroutine<void> {
    return RedisConnection.#release.call(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** @internal */
  _release(): void {
    const connection = this.#connection;
    if (connection === null) return;
    this.#connection = null;
    if (this.#watching) connection.changed = true;
    this.#giveBack(connection);
  }

  /** @internal */
  override _call(command: Encoded): Coroutine<unknown> {
    const connection = this.#lent();
    const kind = kindOf(command.args);
    if (kind === "refused") throw misplaced(kind, command.args);
    if (kind === "session") connection.changed = true;
    if (kind !== "blocking" && kind !== "wait") return request(connection, command, this.#options);
    return limited(runBlocking(connection, command, this.#options), this.#options.timeoutMs, command);
  }

  static readonly #release = coroutine(function* release(this: RedisConnection): CoroutineGenerator<void> {
    this._release();
  });

  #pipeline(isTransaction: boolean): Pipeline<T> {
    const executed = (): void => {
      this.#watching = false;
    };
    return new Pipeline<T>({ sender: this.#lent(), options: this.#options, executed }, isTransaction);
  }

  #lent(): Connection {
    if (this.#connection !== null) return this.#connection;
    throw new InterfaceError("the connection was given back: acquire() another one");
  }
}
