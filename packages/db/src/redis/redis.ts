import type { TypeMapping } from "@redis/client";
import {
  type Body,
  type Coroutine,
  type CoroutineAsyncGenerator,
  type CoroutineGenerator,
  coroutine,
} from "asyncio-ts";
import { checkLimit } from "../pool-options.ts";
import { checkTimeout } from "../statement.ts";
import type { SubscriptionKind } from "./channel.ts";
import { kindOf, misplaced } from "./command-kind.ts";
import { WithCommands } from "./command-methods.ts";
import type {
  CallOptions,
  CommandName,
  CommandParameters,
  CommandResult,
  NoMapping,
  SessionCommandName,
} from "./commands.ts";
import type { Core } from "./core.ts";
import { type Encoded, encodeRaw, type RawArgument } from "./encode.ts";
import { limited } from "./limited.ts";
import { DistributedLock, type LockOptions } from "./lock.ts";
import { Pipeline } from "./pipeline.ts";
import { RedisConnection } from "./redis-connection.ts";
import { request } from "./request.ts";
import { type Page, scan } from "./scan.ts";
import { Script } from "./script.ts";
import { subscribe } from "./subscribe.ts";
import type { SubscribeOptions, Subscription } from "./subscription.ts";
import { runTransaction } from "./transaction.ts";

type Options<N extends CommandName, I extends number> = CommandParameters<N>[I];

/** A name, or several. */
type Names = string | readonly string[];

/**
 * A client of a Redis server, made by `createPool()`. It has a method for every command of the driver, `get`, `hGetAll`,
 * `zRangeWithScores`; {@link command} is for all others.
 *
 * All ordinary commands share one connection, over which they are pipelined: none waits for the reply to another. What
 * blocks takes a connection of its own from a pool, as do {@link transaction} and {@link acquire}; subscriptions share a third.
 *
 * A command that is cancelled before it was written to the socket is withdrawn. After that it takes effect all the same,
 * and its reply is ignored when it comes; no other command can be given it. A blocking command that is cancelled is unblocked
 * at the server, and if it got an element before that, it gives it: nothing that left a list is lost.
 *
 * When the connection is lost, commands under way fail with an OperationalError and are never sent again, since nobody knows
 * whether they were executed; those that come later wait for the next connection.
 *
 * @example
 * ```ts no-run
 * import { createPool } from "@asyncio-ts/db/redis";
 *
 * await using redis = await createPool("redis://localhost");
 * await redis.set("greeting", "hello", { expiration: { type: "EX", value: 60 } });
 * console.log(await redis.get("greeting")); // hello
 * console.log(await redis.blPop("jobs", 5)); // waits, on a connection of its own
 * ```
 */
export class Redis<T extends TypeMapping = NoMapping>
  extends WithCommands<T, Exclude<CommandName, SessionCommandName>>
  implements AsyncDisposable
{
  readonly #core: Core;
  readonly #options: CallOptions;

  /** @internal */
  constructor(core: Core, options: CallOptions) {
    super();
    this.#core = core;
    this.#options = options;
  }

  /** Any command, `command("OBJECT FREQ", key)`; its reply is given as it comes. */
  command(name: string, ...args: RawArgument[]): Coroutine<unknown> {
    return this._call(encodeRaw(name, args));
  }

  /** The same client, with other options for its commands: `redis.withOptions({ timeoutMs: 50 }).get("key")`. */
  withOptions<M extends TypeMapping = T>(options: CallOptions<M>): Redis<M> {
    const { timeoutMs = this.#options.timeoutMs, typeMapping = this.#options.typeMapping } = options;
    return new Redis<M>(this.#core, { timeoutMs: checkTimeout(timeoutMs), typeMapping });
  }

  /** Commands that are sent together. Those of others may come between. */
  pipeline(): Pipeline<T> {
    return this.#pipeline(false);
  }

  /** Commands that are executed together: MULTI and EXEC. For what depends on values, see {@link transaction}. */
  multi(): Pipeline<T> {
    return this.#pipeline(true);
  }

  /**
   * Changes what depends on values that nobody else may change meanwhile. `body` is given a connection on which `keys` are
   * watched, reads, and returns a pipeline made by the connection's `multi()`, which is then executed. If one of the keys
   * was changed before that, all is done again, as often as it takes.
   *
   * @returns the replies; null when the body has returned null, to change nothing.
   * @example
   * ```ts no-run
   * import { createPool } from "@asyncio-ts/db/redis";
   *
   * await using redis = await createPool("redis://localhost");
   * await redis.transaction(async (connection) => {
   *   const balance = Number(await connection.get("balance"));
   *   return balance < 10 ? null : connection.multi().set("balance", balance - 10);
   * }, "balance");
   * ```
   */
  transaction<R extends readonly unknown[]>(
    body: Body<RedisConnection<T>, Pipeline<T, R> | null>,
    ...keys: string[]
  ): Coroutine<R | null> {
    if (typeof body !== "function") throw new TypeError(`transaction() needs a function, got ${typeof body}`);
    return runTransaction(() => this.acquire(), body, keys);
  }

  /**
   * Borrows a connection: `await using connection = await redis.acquire()`. Those who wait are served in their order.
   *
   * @throws TimeoutError when none is free within `acquireTimeoutMs`.
   */
  acquire(): Coroutine<RedisConnection<T>> {
    this.#core.checkOpen();
    return acquire(this.#core, this.#options);
  }

  /**
   * Subscribes to channels; ends when the server has confirmed it.
   *
   * @throws ValueError when there is none, or for a wrong option.
   * @example
   * ```ts no-run
   * import { createPool } from "@asyncio-ts/db/redis";
   *
   * await using redis = await createPool("redis://localhost");
   * for await (const { channel, data } of await redis.subscribe(["news", "weather"])) console.log(channel, data);
   * ```
   */
  subscribe(channels: Names, options: SubscribeOptions & { readonly binary: true }): Coroutine<Subscription<Buffer>>;
  subscribe(channels: Names, options?: SubscribeOptions): Coroutine<Subscription>;
  subscribe(channels: Names, options?: SubscribeOptions): Coroutine<Subscription | Subscription<Buffer>> {
    return this.#subscribe("subscribe", channels, options);
  }

  /** Subscribes to all channels whose names match a pattern, `news.*`. */
  pSubscribe(patterns: Names, options: SubscribeOptions & { readonly binary: true }): Coroutine<Subscription<Buffer>>;
  pSubscribe(patterns: Names, options?: SubscribeOptions): Coroutine<Subscription>;
  pSubscribe(patterns: Names, options?: SubscribeOptions): Coroutine<Subscription | Subscription<Buffer>> {
    return this.#subscribe("pSubscribe", patterns, options);
  }

  /** Subscribes to sharded channels, to which `sPublish` publishes. */
  sSubscribe(channels: Names, options: SubscribeOptions & { readonly binary: true }): Coroutine<Subscription<Buffer>>;
  sSubscribe(channels: Names, options?: SubscribeOptions): Coroutine<Subscription>;
  sSubscribe(channels: Names, options?: SubscribeOptions): Coroutine<Subscription | Subscription<Buffer>> {
    return this.#subscribe("sSubscribe", channels, options);
  }

  /**
   * All keys, without blocking the server as `KEYS` does. A key that is there from beginning to end comes at least once,
   * others may or may not. So it is with the other scans, too.
   */
  scanIter(options?: Options<"scan", 1>): CoroutineAsyncGenerator<CommandResult<"scan", T>["keys"][number]> {
    return scan((cursor) => pageOf(this.scan(cursor, options), "keys"));
  }

  /** The fields of a hash, with their values. */
  hScanIter(
    key: string,
    options?: Options<"hScan", 2>,
  ): CoroutineAsyncGenerator<CommandResult<"hScan", T>["entries"][number]> {
    return scan((cursor) => pageOf(this.hScan(key, cursor, options), "entries"));
  }

  /** The members of a set. */
  sScanIter(
    key: string,
    options?: Options<"sScan", 2>,
  ): CoroutineAsyncGenerator<CommandResult<"sScan", T>["members"][number]> {
    return scan((cursor) => pageOf(this.sScan(key, cursor, options), "members"));
  }

  /** The members of a sorted set, with their scores. */
  zScanIter(
    key: string,
    options?: Options<"zScan", 2>,
  ): CoroutineAsyncGenerator<CommandResult<"zScan", T>["members"][number]> {
    return scan((cursor) => pageOf(this.zScan(key, cursor, options), "members"));
  }

  /** A Lua script to be run on the server, see {@link Script}. */
  registerScript(source: string): Script {
    return new Script(this, source);
  }

  /**
   * A lock that is shared by all who use the same server, see {@link DistributedLock}.
   *
   * @example
   * ```ts no-run
   * import { createPool } from "@asyncio-ts/db/redis";
   *
   * await using redis = await createPool("redis://localhost");
   * {
   *   await using _ = await redis.lock("report", { timeoutMs: 30_000 }).hold();
   *   console.log("nobody else makes the report");
   * }
   * ```
   */
  lock(name: string, options: LockOptions = {}): DistributedLock {
    return new DistributedLock(this, name, options);
  }

  /**
   * Ends the subscriptions, takes no more commands, waits until all that are under way were answered and all that is lent was
   * given back, and closes the connections. After `graceMs`, by default 10,000, or when it is cancelled, it does not wait any
   * longer, and what is left fails; null waits for ever.
   */
  close(options: { readonly graceMs?: number | null } = {}): Coroutine<void> {
    return this.#core.close(checkLimit("graceMs", options.graceMs, 10_000));
  }

  /** Cuts the connections at once; what is under way fails. */
  terminate(): void {
    this.#core.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  override _call(command: Encoded): Coroutine<unknown> {
    this.#core.checkOpen();
    const kind = kindOf(command.args);
    if (kind === "plain") return request(this.#core.shared, command, this.#options);
    if (kind !== "blocking") throw misplaced(kind, command.args);
    return limited(this.#core.block(command, this.#options), this.#options.timeoutMs, command);
  }

  #pipeline(isTransaction: boolean): Pipeline<T> {
    this.#core.checkOpen();
    return new Pipeline<T>({ sender: this.#core.shared, options: this.#options }, isTransaction);
  }

  #subscribe(kind: SubscriptionKind, names: Names, options: SubscribeOptions = {}): Coroutine<Subscription> {
    this.#core.checkOpen();
    return subscribe(this.#core.subscriber, kind, typeof names === "string" ? [names] : names, options);
  }
}

const acquire = coroutine(function* (core: Core, options: CallOptions): CoroutineGenerator<RedisConnection> {
  const connection = yield* core.pool.borrow();
  return new RedisConnection(connection, { ...options, ...core.unblocking }, (given) => core.pool.give(given));
});

/** What the scans call their items, each its own way. */
const pageOf = coroutine(function* <K extends string, I>(
  reply: Coroutine<{ readonly cursor: string | Buffer } & Readonly<Record<K, readonly I[]>>>,
  items: K,
): CoroutineGenerator<Page<I>> {
  const page = yield* reply;
  return { cursor: String(page.cursor), items: page[items] };
});
