import { createHost } from "#host";
import { type Host, RuntimeError } from "../core/index.ts";

/** How a {@link VirtualHost} is made. */
export interface VirtualHostOptions {
  /** Nothing runs but within {@link VirtualHost.runSync}: no macrotasks, no microtasks. */
  readonly sync?: boolean;
  /** How long to wait, in real milliseconds, for a promise of the platform before that counts as a deadlock. */
  readonly foreignLimit?: number;
}

const FOREIGN_LIMIT = 5000;

/**
 * A host whose time stands still while anything runs, and jumps to the next timer when nothing does: tests need not
 * wait. Time begins at 0. While a task waits for something outside of the loop, a promise of the platform, time stands.
 *
 * @example
 * ```ts
 * import { EventLoop, sleep } from "asyncio-ts";
 * import { VirtualHost } from "asyncio-ts/testing";
 *
 * const loop = new EventLoop({ host: new VirtualHost() });
 * await loop.runUntilComplete(sleep(86_400_000));
 * console.log(loop.time()); // 86400000
 * loop.close();
 * ```
 */
export class VirtualHost implements Host {
  readonly debug = false;
  readonly resolution = 0;
  readonly drain: (() => void) | undefined;
  readonly #real: Host = createHost();
  readonly #options: VirtualHostOptions;
  #now = 0;
  #turn: (() => void) | undefined;
  #stuck: (() => void) | undefined;

  constructor(options: VirtualHostOptions = {}) {
    this.#options = options;
    this.drain = options.sync === true ? () => {} : this.#real.drain;
  }

  time(): number {
    return this.#now;
  }

  /** Moves the clock by hand. @throws RangeError when `ms` is negative. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`VirtualHost.advance(): expected 0 or more milliseconds, got ${ms}`);
    this.#now += ms;
  }

  /** Runs turns until there are none left. @throws RuntimeError on a host that was not made for it. */
  runSync(): void {
    if (this.#options.sync !== true)
      throw new RuntimeError("VirtualHost.runSync() needs a host made with { sync: true }");
    while (this.#turn !== undefined) {
      const turn = this.#turn;
      this.#turn = undefined;
      turn();
    }
  }

  wake(turn: () => void): void {
    if (this.#options.sync === true) this.#turn = turn;
    else this.#real.wake(turn);
  }

  idle(until: number | undefined, foreign: boolean, turn: () => void): void {
    this.#real.rest();
    if (foreign && this.#options.sync === true) return;
    if (foreign) {
      const limit = this.#real.time() + (this.#options.foreignLimit ?? FOREIGN_LIMIT);
      this.#real.idle(limit, true, () => this.#stuck?.());
    } else if (until === undefined || until === Number.POSITIVE_INFINITY) {
      this.#stuck?.();
    } else {
      this.#now = Math.max(this.#now, until);
      this.wake(turn);
    }
  }

  rest(): void {
    this.#real.rest();
  }

  afterDrain(turn: () => void): void {
    this.#real.afterDrain(turn);
  }

  bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
    return this.#real.bind(fn);
  }

  watch(stuck: () => void): () => void {
    this.#stuck = stuck;
    return () => {
      this.#stuck = undefined;
    };
  }

  report(text: string): void {
    this.#real.report(text);
  }
}
