import { randomUUID } from "node:crypto";
import {
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  getRunningLoop,
  rethrowIfCancelled,
  shield,
  sleep,
  TimeoutError,
  ValueError,
} from "asyncio-ts";
import { ProgrammingError } from "../errors.ts";
import { LockError, LockNotOwnedError } from "./errors.ts";
import { Script, type ScriptTarget } from "./script.ts";

/** For `lock()`; the names are redis-py's, spans are in milliseconds. */
export interface LockOptions {
  /** After how long the lock is free again even if nobody releases it; null, the default, for never. */
  readonly timeoutMs?: number | null | undefined;
  /** How long to wait between two attempts; by default 100. */
  readonly sleepMs?: number | undefined;
  /** How long to try; by default for ever (null). With 0 once. */
  readonly blockingTimeoutMs?: number | null | undefined;
}

const RELEASE = `
if redis.call("get", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("del", KEYS[1])
return 1`;

const EXTEND = `
if redis.call("get", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("pexpire", KEYS[1], ARGV[2])
return 1`;

/** How long a clean-up may take. */
const CLEANUP_MS = 5_000;

/**
 * A lock that is shared by all who use the same server: a key with a random value, which only the holder knows.
 *
 * It is as good as its `timeoutMs`: who works longer than that, without {@link extend}, is not alone any more. And it is not
 * reentrant.
 */
export class DistributedLock {
  readonly name: string;
  readonly #target: ScriptTarget;
  readonly #options: LockOptions;
  readonly #release: Script;
  readonly #extend: Script;
  #token: string | null = null;

  /** @internal */
  constructor(target: ScriptTarget, name: string, options: LockOptions) {
    for (const key of ["timeoutMs", "sleepMs", "blockingTimeoutMs"] as const) {
      const value = options[key];
      if (!((value ?? 0) >= 0)) throw new ValueError(`lock(): ${key} must not be negative, got ${value}`);
    }
    if (options.timeoutMs === 0) throw new ValueError("lock(): timeoutMs must be greater than 0, or null for no limit");
    this.name = name;
    this.#target = target;
    this.#options = options;
    this.#release = new Script(target, RELEASE);
    this.#extend = new Script(target, EXTEND);
  }

  /** Whether anybody holds it. */
  locked(): Coroutine<boolean> {
    return DistributedLock.#locked.call(this);
  }

  /** Whether this object holds it, as far as the server knows. */
  owned(): Coroutine<boolean> {
    return DistributedLock.#owned.call(this);
  }

  /**
   * Tries to get it, again and again until `blockingTimeoutMs` are over. Cancelled, it does not hold it.
   *
   * @returns Whether it was acquired.
   * @throws LockError when this object holds it already.
   */
  acquire(): Coroutine<boolean> {
    return DistributedLock.#acquire.call(this);
  }

  /**
   * Gives it back; cancelled, all the same.
   *
   * @throws LockError when it was not acquired; LockNotOwnedError when it has expired meanwhile.
   */
  release(): Coroutine<void> {
    return DistributedLock.#releaseIt.call(this);
  }

  /**
   * From now on it expires after `timeoutMs`, by default after the span that it was made with.
   *
   * @throws LockError when it was not acquired; LockNotOwnedError when it has expired meanwhile.
   */
  extend(timeoutMs: number | null = this.#options.timeoutMs ?? null): Coroutine<void> {
    if (timeoutMs === null || !(timeoutMs > 0)) {
      throw new ValueError(`extend(): timeoutMs must be greater than 0, got ${timeoutMs}`);
    }
    return DistributedLock.#extendIt.call(this, timeoutMs);
  }

  /**
   * Acquires it for as long as the result is not disposed of: `await using _ = await lock.hold()`.
   *
   * @throws TimeoutError when it was not acquired within `blockingTimeoutMs`.
   */
  hold(): Coroutine<AsyncDisposable> {
    return DistributedLock.#hold.call(this);
  }

  static readonly #acquire = coroutine(function* acquire(this: DistributedLock): CoroutineGenerator<boolean> {
    if (this.#token !== null) throw new LockError(`the lock ${this.name} is held already, by this object`);
    const { blockingTimeoutMs = null, sleepMs = 100 } = this.#options;
    const loop = getRunningLoop();
    const end = blockingTimeoutMs === null ? Infinity : loop.time() + blockingTimeoutMs;
    const token = randomUUID();
    for (;;) {
      if (yield* this.#attempt(token)) return true;
      if (loop.time() + sleepMs > end) return false;
      yield* sleep(sleepMs);
    }
  });

  /** Of an attempt whose reply nobody has seen, the server may have made a lock: that is undone. */
  *#attempt(token: string): CoroutineGenerator<boolean> {
    const { timeoutMs = null } = this.#options;
    const expiry = timeoutMs === null ? [] : ["PX", timeoutMs];
    try {
      const reply = yield* this.#target.command("SET", this.name, token, "NX", ...expiry);
      if (reply !== null) this.#token = token;
      return reply !== null;
    } catch (error) {
      if (!(error instanceof ProgrammingError)) yield* this.#undo(token);
      throw error;
    }
  }

  *#undo(token: string): CoroutineGenerator<void> {
    try {
      yield* shield(this.#release.run({ keys: [this.name], args: [token] }), { withinMs: CLEANUP_MS });
    } catch (error) {
      // The server can't be reached: if there is a lock, it is left to expire.
      rethrowIfCancelled(error);
    }
  }

  static readonly #releaseIt = coroutine(function* release(this: DistributedLock): CoroutineGenerator<void> {
    const token = this.#held("release");
    this.#token = null;
    const released = this.#release.run({ keys: [this.name], args: [token] });
    if ((yield* shield(released, { withinMs: CLEANUP_MS })) !== 1) throw this.#notOwned("release");
  });

  static readonly #extendIt = coroutine(function* extend(
    this: DistributedLock,
    timeoutMs: number,
  ): CoroutineGenerator<void> {
    const done = yield* this.#extend.run({ keys: [this.name], args: [this.#held("extend"), timeoutMs] });
    if (done !== 1) throw this.#notOwned("extend");
  });

  static readonly #locked = coroutine(function* locked(this: DistributedLock): CoroutineGenerator<boolean> {
    return (yield* this.#target.command("EXISTS", this.name)) === 1;
  });

  static readonly #owned = coroutine(function* owned(this: DistributedLock): CoroutineGenerator<boolean> {
    const token = this.#token;
    return token !== null && (yield* this.#target.command("GET", this.name)) === token;
  });

  static readonly #hold = coroutine(function* hold(this: DistributedLock): CoroutineGenerator<AsyncDisposable> {
    if (!(yield* DistributedLock.#acquire.call(this))) {
      throw new TimeoutError(`the lock ${this.name} was not acquired within ${this.#options.blockingTimeoutMs} ms`);
    }
    return { [Symbol.asyncDispose]: async () => await this.release() };
  });

  #held(what: string): string {
    if (this.#token !== null) return this.#token;
    throw new LockError(`${what}(): the lock ${this.name} was not acquired`);
  }

  #notOwned(what: string): LockNotOwnedError {
    return new LockNotOwnedError(`${what}(): the lock ${this.name} has expired, and may be somebody else's by now`);
  }
}
