import { Condition } from "./condition.ts";
import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { BrokenBarrierError, ValueError } from "./errors.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";

/**
 * A meeting point: tasks wait at it until there are `parties` of them, then all go on. Usable again after that.
 *
 * @example
 * ```ts
 * import { Barrier, gather, run } from "asyncio-ts";
 *
 * const barrier = new Barrier(2);
 * console.log(await run(async () => gather([barrier.wait(), barrier.wait()]))); // the indexes, 0 and 1
 * ```
 */
export class Barrier {
  readonly #parties: number;
  readonly #changed = new Condition();
  #state: "filling" | "draining" | "resetting" | "broken" = "filling";
  #count = 0;

  /** @throws TypeError when `parties` is no whole number; ValueError when it is less than 1. */
  constructor(parties: number) {
    if (!Number.isInteger(parties)) {
      throw new TypeError(`Barrier: parties must be a whole number, got ${describeValue(parties)}`);
    }
    if (parties < 1) throw new ValueError("parties must be >= 1");
    this.#parties = parties;
  }

  /** How many tasks it takes. */
  get parties(): number {
    return this.#parties;
  }

  /** How many tasks are waiting for the others now. */
  get nWaiting(): number {
    return this.#state === "filling" ? this.#count : 0;
  }

  /** Whether it was aborted and not reset since. */
  get broken(): boolean {
    return this.#state === "broken";
  }

  /**
   * Waits until all parties are there. Gives the place in the order of arrival, from 0.
   *
   * @throws BrokenBarrierError when the barrier is, or meanwhile gets, aborted or reset.
   */
  wait(): Coroutine<number> {
    return new GeneratorCoroutine(this.#wait(), "Barrier.wait");
  }

  /** Back to the start: those who wait get a BrokenBarrierError; a broken barrier works again. */
  reset(): Coroutine<void> {
    return new GeneratorCoroutine(this.#reset(), "Barrier.reset");
  }

  /** Breaks the barrier: those who wait, and all who come until a {@link reset}, get a BrokenBarrierError. */
  abort(): Coroutine<void> {
    return new GeneratorCoroutine(this.#abort(), "Barrier.abort");
  }

  /** Does nothing, as leaving `async with barrier` does: `await barrier.wait(); await using _ = barrier;`. */
  async [Symbol.asyncDispose](): Promise<void> {}

  *#wait(): CoroutineGenerator<number> {
    using _ = yield* this.#changed.hold();
    yield* this.#block();
    try {
      const index = this.#count++;
      if (index + 1 === this.#parties) {
        this.#state = "draining";
        this.#changed.notifyAll();
      } else {
        yield* this.#fill();
      }
      return index;
    } finally {
      this.#count--;
      this.#left();
    }
  }

  /** Waits until those of the round before are gone. */
  *#block(): CoroutineGenerator<void> {
    yield* this.#changed.waitFor(() => this.#state !== "draining" && this.#state !== "resetting");
    if (this.#state === "broken") throw new BrokenBarrierError("Barrier aborted");
  }

  *#fill(): CoroutineGenerator<void> {
    yield* this.#changed.waitFor(() => this.#state !== "filling");
    if (this.#state === "broken" || this.#state === "resetting") {
      throw new BrokenBarrierError("Abort or reset of barrier");
    }
  }

  /** The last one out opens the barrier for the next round. */
  #left(): void {
    if (this.#count > 0) return;
    if (this.#state === "resetting" || this.#state === "draining") this.#state = "filling";
    this.#changed.notifyAll();
  }

  *#reset(): CoroutineGenerator<void> {
    using _ = yield* this.#changed.hold();
    this.#state = this.#count > 0 ? "resetting" : "filling";
    this.#changed.notifyAll();
  }

  *#abort(): CoroutineGenerator<void> {
    using _ = yield* this.#changed.hold();
    this.#state = "broken";
    this.#changed.notifyAll();
  }
}
