import { current } from "./frame.ts";
import type { Future } from "./future.ts";
import { awaitHere } from "./strand.ts";

/** What a coroutine hands to the loop when it suspends: a future to wait for, or nothing for one turn of the loop. */
export type Suspension = Future<unknown> | undefined;

/** The generator spelling of a coroutine: every `yield*` in it waits for one of the library's operations. */
export type CoroutineGenerator<T> = Generator<Suspension, T, unknown>;

/** An operation, or a call of a coroutine function, that starts when it is awaited, `yield*`ed or made a task. Once. */
export abstract class Coroutine<T> implements PromiseLike<T> {
  /** Its first step neither looks at nor changes the frame that it runs in, so it needs none of its own. @internal */
  declare _isSimple: boolean;

  static {
    this.prototype._isSimple = false;
  }

  constructor() {
    if (current.debug) current.loop?._debugMode()?.created(this);
  }

  /** What the coroutine is called in reports. */
  get name(): string {
    return this.constructor.name;
  }

  /** For `yield*`. */
  abstract [Symbol.iterator](): Iterator<Suspension, T, unknown>;

  // biome-ignore lint/suspicious/noThenProperty: a coroutine is awaited
  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return awaitHere<T, A, B>(this, onfulfilled, onrejected);
  }

  toString(): string {
    return `<Coroutine ${this.name}>`;
  }

  /** Gives the coroutine up before it has started, so that debug mode does not call it forgotten. */
  close(): void {
    if (current.debug) current.loop?._debugMode()?.started(this);
  }
}
