import { type Coroutine, type CoroutineGenerator, coroutine, TimeoutError, timeout } from "asyncio-ts";
import { InterfaceError } from "../errors.ts";
import { LinkPool } from "../link-pool.ts";
import { openPatiently, type Progress } from "../opening.ts";
import type { Unblocking } from "./blocked-call.ts";
import { runBlocking } from "./blocking.ts";
import type { CallOptions } from "./commands.ts";
import { type Connection, connect } from "./connection.ts";
import type { Encoded } from "./encode.ts";
import { mayPass } from "./errors.ts";
import type { Settings } from "./options.ts";
import { SharedConnection } from "./shared-connection.ts";
import { Subscriber } from "./subscriber.ts";

/** The connections of a client, which all its views share. */
export class Core {
  readonly settings: Settings;
  readonly shared: SharedConnection;
  readonly pool: LinkPool<Connection>;
  readonly subscriber: Subscriber;
  #closed = false;

  constructor(settings: Settings) {
    this.settings = settings;
    this.shared = new SharedConnection(settings);
    this.subscriber = new Subscriber(settings);
    const open = coroutine(function* (progress: Progress): CoroutineGenerator<Connection> {
      return yield* openPatiently(() => connect(settings, true), mayPass, progress);
    });
    this.pool = new LinkPool<Connection>(open, settings);
  }

  checkOpen(): void {
    if (this.#closed) throw new InterfaceError("the Redis client is closed");
  }

  /** How blocking commands of this client are unblocked. */
  get unblocking(): Unblocking {
    return { over: this.shared, cancelGraceMs: this.settings.cancelGraceMs };
  }

  /** Runs a blocking command on a connection of its own. */
  readonly block: (command: Encoded, options: CallOptions) => Coroutine<unknown> = coroutine(this.#block.bind(this));

  /** Ends what is under way in an orderly way; what has not ended after `graceMs` is cut off. */
  readonly close: (graceMs: number | null) => Coroutine<void> = coroutine(this.#close.bind(this));

  terminate(): void {
    this.#closed = true;
    this.subscriber.close();
    this.pool.terminate();
    this.shared.destroy("the Redis client is closed");
  }

  *#close(graceMs: number | null): CoroutineGenerator<void> {
    this.#closed = true;
    this.subscriber.close();
    try {
      yield* timeout(graceMs, this.#ended.bind(this));
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    } finally {
      this.terminate();
    }
  }

  /** The shared connection last: over it blocking commands are cancelled. */
  *#ended(): CoroutineGenerator<void> {
    yield* this.pool.close(null);
    yield* this.shared.whenIdle();
  }

  *#block(command: Encoded, options: CallOptions): CoroutineGenerator<unknown> {
    const connection = yield* this.pool.borrow();
    try {
      return yield* runBlocking(connection, command, { ...options, ...this.unblocking });
    } finally {
      this.pool.give(connection);
    }
  }
}
