import { Coroutine, type Suspension } from "./coroutine.ts";

/** Something that is acquired and released: a lock, a semaphore, the lock of a condition. */
export interface Releasable {
  acquire(): Coroutine<true>;
  release(): void;
}

/**
 * That something is held, until it is disposed of: by `using` or `await using`.
 *
 * @example
 * ```ts
 * import { Lock, run } from "asyncio-ts";
 *
 * const lock = new Lock();
 * await run(async () => {
 *   {
 *     await using _ = await lock.hold();
 *     console.log(lock.locked()); // true
 *   }
 *   console.log(lock.locked()); // false
 * });
 * ```
 */
export class Hold implements Disposable, AsyncDisposable {
  readonly #release: () => void;
  #held = true;

  /** @internal */
  constructor(release: () => void) {
    this.#release = release;
  }

  [Symbol.dispose](): void {
    if (!this.#held) return;
    this.#held = false;
    this.#release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }
}

class HoldOperation extends Coroutine<Hold> {
  readonly #target: Releasable;

  constructor(target: Releasable) {
    super();
    this.#target = target;
  }

  override get name(): string {
    return `${this.#target.constructor.name}.hold`;
  }

  *[Symbol.iterator](): Iterator<Suspension, Hold, unknown> {
    yield* this.#target.acquire();
    return new Hold(() => this.#target.release());
  }
}

/** @internal */
export function hold(target: Releasable): Coroutine<Hold> {
  return new HoldOperation(target);
}
