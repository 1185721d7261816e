import { getEventLoop } from "./current-loop.ts";
import { describeValue } from "./describe.ts";
import { ensureFuture } from "./ensure-future.ts";
import { cancelledError } from "./errors.ts";
import { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import type { Awaitable } from "./source.ts";
import { currentTask, Task } from "./task.ts";

/** How {@link gather} deals with errors. */
export interface GatherOptions {
  /** Errors become results, in their places, instead of ending the gather. */
  readonly returnExceptions?: boolean;
  /** Beyond asyncio: the first error cancels the others, and is raised when they have ended. */
  readonly cancelOnError?: boolean;
}

/** What an awaitable gives. */
export type ResultOf<A> = A extends Awaitable<infer T> ? T : never;

/** The results of a tuple or list of awaitables. */
export type ResultsOf<A extends readonly unknown[]> = { -readonly [K in keyof A]: ResultOf<A[K]> };

/** The outer future: cancelling it cancels the children, and it ends when all of them have. */
class GatheringFuture extends Future<unknown[]> {
  readonly #children: readonly Future<unknown>[];
  readonly #options: GatherOptions;
  #left: number;
  static {
    this.prototype._cancelsTasks = true;
  }

  #cancelRequested = false;
  #firstError: { readonly error: unknown } | undefined;

  constructor(loop: EventLoop, children: readonly Future<unknown>[], distinct: number, options: GatherOptions) {
    super({ loop });
    this.#children = children;
    this.#left = distinct;
    this.#options = options;
  }

  override toString(): string {
    return `<gather ${this.done() ? "finished" : "pending"}>`;
  }

  override cancel(message?: unknown): boolean {
    if (this.done()) return false;
    let accepted = false;
    for (const child of this.#children) if (child.cancel(message)) accepted = true;
    if (accepted) this.#cancelRequested = true;
    return accepted;
  }

  _childDone(child: Future<unknown>): void {
    this.#left--;
    if (this.done()) {
      if (!child.cancelled()) child.exception();
      return;
    }
    if (this.#options.returnExceptions !== true && child._failed() && !this.#keepsWaiting()) {
      this.#raise(child._takeError());
      if (this.done()) return;
    }
    if (this.#left === 0) this.#finish();
  }

  /** The outcome stands, but the others have to end first. */
  #keepsWaiting(): boolean {
    return this.#options.cancelOnError === true && (this.#cancelRequested || this.#firstError !== undefined);
  }

  #raise(error: unknown): void {
    if (this.#options.cancelOnError !== true) {
      this._fail(error);
      return;
    }
    this.#firstError = { error };
    for (const child of this.#children) child.cancel();
  }

  #finish(): void {
    const outcomes = this.#children.map((child) => {
      if (child.cancelled()) return cancelledError(child._cancelledWith());
      return child._failed() ? child._takeError() : child.result();
    });
    const last = this.#children.at(-1) as Future<unknown>;
    if (this.#cancelRequested) this._fail(last.cancelled() ? last._takeError() : cancelledError(last._cancelledWith()));
    else if (this.#firstError !== undefined) this._fail(this.#firstError.error);
    else this.setResult(outcomes);
  }
}

/**
 * Runs awaitables together and gives their results, in order.
 *
 * The first error ends the gather, and *the others go on*, as in asyncio; use `cancelOnError`, or a `taskGroup()`, to stop
 * them. Cancelling the gather cancels them all, and it ends when they have. A coroutine,
 * task or promise given twice counts once; a function given twice is called twice.
 *
 * @throws TypeError when `awaitables` is no list of awaitables; ValueError when they belong to different loops.
 * @example
 * ```ts
 * import { gather, run, sleep } from "asyncio-ts";
 *
 * const [one, two] = await run(async () => gather([sleep(2, 1), async () => "two"]));
 * console.log(one, two); // 1 two
 * ```
 */
export function gather<const A extends readonly Awaitable<unknown>[]>(
  awaitables: A,
  options: GatherOptions = {},
): Future<ResultsOf<A>> {
  if (!Array.isArray(awaitables)) {
    throw new TypeError(`gather() needs a list of awaitables, got ${describeValue(awaitables)}`);
  }
  const futures = new Map<unknown, Future<unknown>>();
  const children: Future<unknown>[] = [];
  let loop: EventLoop | undefined;
  for (const awaitable of awaitables as readonly Awaitable<unknown>[]) {
    let future = futures.get(awaitable);
    if (future === undefined) {
      future = ensureFuture(awaitable, loop === undefined ? {} : { loop });
      if (future !== awaitable && future instanceof Task) future._unowned = true;
      loop ??= future.getLoop();
      // A function that is given twice is called twice.
      futures.set(typeof awaitable === "function" ? future : awaitable, future);
    }
    children.push(future);
  }
  const outer = new GatheringFuture(loop ?? getEventLoop(), children, futures.size, options);
  watch(outer, [...futures.values()]);
  return outer as unknown as Future<ResultsOf<A>>;
}

function watch(outer: GatheringFuture, children: readonly Future<unknown>[]): void {
  if (children.length === 0) outer.setResult([]);
  const waiter = currentTask();
  const onDone = (child: Future<unknown>): void => outer._childDone(child);
  const finished: Future<unknown>[] = [];
  for (const child of children) {
    if (child.done()) {
      finished.push(child);
      continue;
    }
    child._whenDone(onDone, waiter);
  }
  // Eager children may all be done: then the gather is, too.
  for (const child of finished) outer._childDone(child);
}
