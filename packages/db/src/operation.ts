import { type EventLoop, type Future, getRunningLoop, TimeoutError, type TimerHandle } from "asyncio-ts";
import { QueryCancelledError } from "./errors.ts";
import type { Link } from "./link.ts";

/** How a driver says that an operation has ended: once, and not before the connection can take the next one. */
export interface Ending<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/**
 * Asks the database to stop the operation. It is called at most once, and the operation ends as usual: by `reject()` with
 * a QueryCancelledError, or with what it had come to before.
 */
export type Stop = () => void;

/** One operation under way on a link. */
export class Operation<T> implements Ending<T> {
  readonly name: string;
  readonly #link: Link;
  readonly #wait: Ending<T>;
  readonly #loop: EventLoop = getRunningLoop();
  #timer: TimerHandle | null = null;
  #stop: Stop | null = null;
  /** Why it was asked to stop. */
  #reason: Error | null = null;
  #ended = false;
  #waiting: Future<undefined>[] | null = null;

  constructor(link: Link, name: string, wait: Ending<T>) {
    this.#link = link;
    this.name = name;
    this.#wait = wait;
  }

  started(stop: Stop, timeoutMs: number | null): void {
    this.#stop = stop;
    if (timeoutMs === null || this.#ended) return;
    this.#timer = this.#loop.callLater(timeoutMs, () =>
      this.interrupt(new TimeoutError(`${this.name}(): not done within ${timeoutMs} ms`)),
    );
  }

  resolve(value: T): void {
    if (this.#end()) this.#wait.resolve(value);
  }

  reject(error: unknown): void {
    if (!this.#end()) return;
    const reason = this.#reason;
    if (reason !== null && (error instanceof QueryCancelledError || this.#link.closed)) {
      reason.cause = error;
      this.#wait.reject(reason);
    } else {
      this.#wait.reject(error);
    }
  }

  /** Asks the database to stop it. It ends with `reason` if that succeeds, or if it takes so long that the link is cut. */
  interrupt(reason: Error): void {
    if (this.#reason !== null || this.#ended) return;
    this.#reason = reason;
    this.#timer?.cancel();
    const { cancelGraceMs } = this.#link.options;
    this.#timer = this.#loop.callLater(cancelGraceMs, () =>
      this.#link.destroy(`${this.name}() was asked to stop and had not done so after ${cancelGraceMs} ms`),
    );
    this.#stop?.();
  }

  /** Settles `future` when it has ended. */
  whenEnded(future: Future<undefined>): void {
    (this.#waiting ??= []).push(future);
  }

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#timer?.cancel();
    this.#link._ended(this);
    for (const future of this.#waiting ?? []) if (!future.done()) future.setResult(undefined);
    return true;
  }
}
