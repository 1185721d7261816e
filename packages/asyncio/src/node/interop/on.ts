import type { Coroutine } from "../../core/coroutine.ts";
import { getRunningLoop } from "../../core/current-loop.ts";
import { describeValue } from "../../core/describe.ts";
import { QueueFull, ValueError } from "../../core/errors.ts";
import type { Future } from "../../core/future.ts";
import { Operation } from "../../core/operation.ts";
import { ParkedFuture } from "../../core/park.ts";
import { Ring } from "../../core/ring.ts";
import { osError } from "../os-error.ts";
import { checkSource, type EmitterLike, type EventSource, isEmitter, type Listener, listenAll } from "./listen.ts";

/** For {@link on}. */
export interface OnOptions {
  /** Events that end the iteration, once all that came before was taken. */
  readonly close?: Iterable<string> | undefined;
  /** When more events than this wait, the emitter's `pause()` is called, if it has one; by default never. */
  readonly highWaterMark?: number | undefined;
  /** When no more than this are left, its `resume()`; by default 1. */
  readonly lowWaterMark?: number | undefined;
  /** How many events may wait; one more ends the iteration with QueueFull. By default as many as come. */
  readonly limit?: number | undefined;
}

interface Pausable {
  pause(): void;
  resume(): void;
}

/** Why there will be no more events. */
type End = { readonly error: unknown } | { readonly error: null };

const ORDERLY: End = { error: null };

/**
 * The events of an emitter, as they come, from the call of {@link on} until it is closed. `for await` closes it, however it
 * ends; with {@link next} alone `using`, or {@link close}, has to.
 */
export class EventIterator<E> implements AsyncIterable<E>, Disposable {
  readonly #events = new Ring<E>();
  readonly #waiting = new Set<ParkedFuture<void>>();
  readonly #marks: { readonly high: number; readonly low: number; readonly limit: number };
  readonly #pausable: Pausable | null;
  readonly #remove: () => void;
  #paused = false;
  #end: End | null = null;

  /** @internal */
  constructor(source: EventSource, event: string | symbol, options: OnOptions) {
    const { highWaterMark = Infinity, lowWaterMark = 1, limit = Infinity } = options;
    this.#marks = { high: highWaterMark, low: lowWaterMark, limit };
    this.#pausable = highWaterMark !== Infinity && isPausable(source) ? source : null;
    const whole = isEmitter(source);
    const listeners: [string | symbol, Listener][] = [[event, (...args) => this.#came((whole ? args : args[0]) as E)]];
    if (whole && event !== "error") listeners.push(["error", (error) => this.#finish({ error: osError(error) })]);
    for (const name of options.close ?? []) listeners.push([name, () => this.#finish(ORDERLY)]);
    this.#remove = listenAll(source, listeners);
  }

  /** The next event, as a step of an iteration: `for await` in the generator spelling. Cancelling it loses none. */
  next(): Coroutine<IteratorResult<E, undefined>> {
    return new NextEvent(this);
  }

  /**
   * No more events: the listeners are removed, what waits is dropped, and whoever waits learns that it is the end. An
   * emitter that was paused stays so, or it would lose what nobody listens to.
   */
  close(): void {
    this.#events.clear();
    this.#finish(ORDERLY);
    this.#end = ORDERLY;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<E, undefined> {
    return {
      next: async () => {
        let ended = true;
        try {
          const step = await this.next();
          ended = step.done === true;
          return step;
        } finally {
          // A loop whose step has failed, or was cancelled, never says that it is over.
          if (ended) this.close();
        }
      },
      return: async () => {
        this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** Null when nothing needs to be waited for. @internal */
  _wait(): ParkedFuture<void> | null {
    if (this.#events.length > 0 || this.#end !== null) return null;
    const wait = new ParkedFuture<void>(getRunningLoop(), true, () => "done");
    this.#waiting.add(wait);
    return wait;
  }

  /** Whoever waited does not any more. If it had been woken already, the next one is. @internal */
  _giveUp(wait: ParkedFuture<void>): void {
    if (!this.#waiting.delete(wait) && !wait.cancelled()) this.#wakeNext();
  }

  /** @internal */
  _take(): IteratorResult<E, undefined> {
    if (this.#events.length > 0) {
      const value = this.#events.shift();
      this.#resumeIfLow();
      return { done: false, value };
    }
    const end = this.#end;
    this.#end = ORDERLY;
    if (end !== null && end.error !== null) throw end.error;
    return { done: true, value: undefined };
  }

  #came(event: E): void {
    if (this.#events.length >= this.#marks.limit) {
      this.#finish({ error: new QueueFull(`on(): more than ${this.#marks.limit} events wait to be taken`) });
      return;
    }
    this.#events.push(event);
    if (!this.#paused && this.#events.length > this.#marks.high) {
      this.#paused = this.#pausable !== null;
      this.#pausable?.pause();
    }
    this.#wakeNext();
  }

  #finish(end: End): void {
    this.#remove();
    this.#end ??= end;
    while (this.#waiting.size > 0) this.#wakeNext();
  }

  #wakeNext(): void {
    for (const wait of this.#waiting) {
      this.#waiting.delete(wait);
      if (wait.done()) continue;
      wait.resolve();
      return;
    }
  }

  #resumeIfLow(): void {
    if (!this.#paused || this.#events.length > this.#marks.low) return;
    this.#paused = false;
    this.#pausable?.resume();
  }
}

class NextEvent<E> extends Operation<IteratorResult<E, undefined>> {
  readonly #events: EventIterator<E>;
  #wait: ParkedFuture<void> | undefined;

  constructor(events: EventIterator<E>) {
    super();
    this.#events = events;
  }

  override get name(): string {
    return "on";
  }

  protected _begin(): Future<unknown> | null {
    const wait = this.#events._wait();
    if (wait !== null) this.#wait = wait;
    return wait;
  }

  /** Somebody else may have been faster. */
  protected override _again(): Future<unknown> | null {
    return this._begin();
  }

  protected _finish(): IteratorResult<E, undefined> {
    return this.#events._take();
  }

  protected override _undo(): void {
    this.#events._giveUp(this.#wait as ParkedFuture<void>);
  }
}

/**
 * Iterates over the events of an emitter or an EventTarget, without losing any that come meanwhile. It gives the list of
 * the arguments of each; of an EventTarget the events.
 *
 * It listens from the call on, until the loop over it ends: by `break`, an error, a cancellation, or an event of `close`.
 *
 * @throws TypeError when there are no events in `source`; ValueError for a negative limit or mark. From the iteration: the
 * error of an emitter's "error" event; QueueFull when `limit` was passed.
 * @example
 * ```ts
 * import { EventEmitter } from "node:events";
 * import { run } from "asyncio-ts";
 * import { on } from "asyncio-ts/interop";
 *
 * const emitter = new EventEmitter();
 * await run(async () => {
 *   const numbers = on<[number]>(emitter, "number", { close: ["end"] });
 *   for (let i = 0; i < 3; i++) emitter.emit("number", i);
 *   emitter.emit("end");
 *   for await (const [number] of numbers) console.log(number); // 0, 1, 2
 *   console.log(emitter.listenerCount("number")); // 0
 * });
 * ```
 */
export function on<A extends readonly unknown[] = unknown[]>(
  source: EmitterLike,
  event: string | symbol,
  options?: OnOptions,
): EventIterator<A>;
export function on<E = Event>(source: EventTarget, event: string, options?: OnOptions): EventIterator<E>;
export function on(source: EventSource, event: string | symbol, options: OnOptions = {}): EventIterator<unknown> {
  checkSource("on", source);
  for (const name of ["highWaterMark", "lowWaterMark", "limit"] as const) checkMark(name, options[name]);
  return new EventIterator(source, event, options);
}

function checkMark(name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== "number") throw new TypeError(`on(): ${name} must be a number, got ${describeValue(value)}`);
  if (!(value >= 0)) throw new ValueError(`on(): ${name} must not be negative, got ${value}`);
}

function isPausable(source: unknown): source is EmitterLike & Pausable {
  const emitter = source as Partial<Pausable>;
  return typeof emitter.pause === "function" && typeof emitter.resume === "function";
}
