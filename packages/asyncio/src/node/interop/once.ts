import type { Coroutine } from "../../core/coroutine.ts";
import { getRunningLoop } from "../../core/current-loop.ts";
import type { Future } from "../../core/future.ts";
import { Operation } from "../../core/operation.ts";
import { ParkedFuture } from "../../core/park.ts";
import { osError } from "../os-error.ts";
import { checkSource, type EmitterLike, type EventSource, isEmitter, type Listener, listenAll } from "./listen.ts";

/**
 * Waits for the next event since the call. Gives the list of its arguments; of an EventTarget the event.
 *
 * Whatever ends the wait, no listener is left. One that is never awaited listens until the event comes, or `close()`.
 *
 * @throws TypeError when there are no events in `source`; from the wait the error of an emitter's "error" event, unless
 * that is what is waited for. Node's errors are OSErrors.
 * @example
 * ```ts
 * import { EventEmitter } from "node:events";
 * import { run } from "asyncio-ts";
 * import { once } from "asyncio-ts/interop";
 *
 * const emitter = new EventEmitter();
 * await run(async () => {
 *   setImmediate(() => emitter.emit("ready", 1, "two"));
 *   const [number, text] = await once<[number, string]>(emitter, "ready");
 *   console.log(number, text); // 1 two
 * });
 * ```
 */
export function once<A extends readonly unknown[] = unknown[]>(
  source: EmitterLike,
  event: string | symbol,
): Coroutine<A>;
export function once<E = Event>(source: EventTarget, event: string): Coroutine<E>;
export function once(source: EventSource, event: string | symbol): Coroutine<unknown> {
  checkSource("once", source);
  return new Once(source, event);
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * It listens from the call on, unlike other coroutines: `await` begins a coroutine in a microtask, and by then what
 * `process.nextTick()` emits, a server's "listening" say, would be over.
 */
class Once extends Operation<unknown> {
  readonly #remove: () => void;
  #wait: ParkedFuture<void> | undefined;
  #outcome: Outcome | undefined;

  constructor(source: EventSource, event: string | symbol) {
    super();
    const whole = isEmitter(source);
    const listeners: [string | symbol, Listener][] = [
      [event, (...args) => this.#came({ value: whole ? args : args[0] })],
    ];
    if (whole && event !== "error") listeners.push(["error", (error) => this.#came({ error: osError(error) })]);
    this.#remove = listenAll(source, listeners);
  }

  override get name(): string {
    return "once";
  }

  override close(): void {
    this.#remove();
    super.close();
  }

  protected _begin(): Future<unknown> | null {
    if (this.#outcome !== undefined) return null;
    this.#wait = new ParkedFuture(getRunningLoop(), true, () => "done");
    return this.#wait;
  }

  protected _finish(): unknown {
    const outcome = this.#outcome as Outcome;
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  protected override _undo(): void {
    this.#remove();
  }

  #came(outcome: Outcome): void {
    this.#remove();
    this.#outcome ??= outcome;
    this.#wait?.resolve();
  }
}
