import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";

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

/** @internal */
export function hold(target: Releasable): Coroutine<Hold> {
  return new GeneratorCoroutine(acquire(target), `${target.constructor.name}.hold`);
}

function* acquire(target: Releasable): CoroutineGenerator<Hold> {
  yield* target.acquire();
  return new Hold(() => target.release());
}
