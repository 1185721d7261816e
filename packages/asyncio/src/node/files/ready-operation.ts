import { Coroutine, type CoroutineGenerator, type Suspension } from "../../core/coroutine.ts";
import { RuntimeError } from "../../core/errors.ts";
import { current } from "../../core/frame.ts";

/** An operation that mostly has its result at hand, and else is a generator: lines of a file come 64 KiB at a time. */
export class ReadyOperation<T> extends Coroutine<T> {
  static {
    this.prototype._isSimple = true;
  }

  readonly #name: string;
  readonly #now: () => T | undefined;
  readonly #later: () => CoroutineGenerator<T>;
  #started = false;

  constructor(name: string, now: () => T | undefined, later: () => CoroutineGenerator<T>) {
    super();
    this.#name = name;
    this.#now = now;
    this.#later = later;
  }

  override get name(): string {
    return this.#name;
  }

  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    if (this.#started) throw new RuntimeError(`cannot reuse already awaited coroutine '${this.#name}'`);
    this.#started = true;
    if (current.debug) current.loop?._debugMode()?.started(this);
    const value = this.#now();
    if (value === undefined) return this.#later();
    return { next: () => ({ done: true, value }) };
  }

  override close(): void {
    this.#started = true;
    super.close();
  }
}
