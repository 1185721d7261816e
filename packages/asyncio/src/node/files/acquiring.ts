import { cancelRequested } from "../../core/cancel-requested.ts";
import { getRunningLoop } from "../../core/current-loop.ts";
import type { Future } from "../../core/future.ts";
import type { EventLoop } from "../../core/loop.ts";
import { Operation } from "../../core/operation.ts";
import { type ParkedFuture, startParked } from "../../core/park.ts";
import { osError } from "../os-error.ts";
import type { Done } from "./fs-call.ts";

/** Something of the operating system that is got and has to be given back. */
export interface Acquisition<T, R> {
  readonly name: string;
  /** Begins to get it, outside of the loop. */
  start(done: Done<T>): void;
  /** What who awaits it gets. */
  finish(value: T): R;
  /** Gives it back, outside of the loop. */
  discard(value: T, done: () => void): void;
  /** Gives it back on the spot. */
  drop(value: T): void;
}

/**
 * Gets it. That can't be stopped: when it was cancelled, it is given back as soon as it comes, and only then the wait ends.
 * So either somebody has it, or it is gone.
 */
export class Acquiring<T, R> extends Operation<R> {
  readonly #acquisition: Acquisition<T, R>;
  #parked: ParkedFuture<T> | undefined;
  #cancelled: { readonly message: unknown } | null = null;

  constructor(acquisition: Acquisition<T, R>) {
    super();
    this.#acquisition = acquisition;
  }

  override get name(): string {
    return this.#acquisition.name;
  }

  protected _begin(): Future<unknown> {
    const loop = getRunningLoop();
    if (cancelRequested()) return loop.createFuture();
    this.#parked = startParked<T>(loop, () => {
      loop._outside(() => this.#acquisition.start(this.#doneIn(loop)));
      return (message) => {
        this.#cancelled = { message };
        return "wait";
      };
    });
    return this.#parked;
  }

  protected _finish(): R {
    return this.#acquisition.finish((this.#parked as ParkedFuture<T>).result());
  }

  /** It came, and a cancellation took its place. */
  protected override _undo(): void {
    const parked = this.#parked;
    if (parked?.done() && !parked._failed()) this.#acquisition.drop(parked.result());
  }

  #doneIn(loop: EventLoop): Done<T> {
    return (error, value) => {
      if (error) loop._runEvent({ _run: () => this.#parked?.reject(osError(error)) });
      // Nobody is left who could have it.
      else if (loop.isClosed()) this.#acquisition.discard(value, () => {});
      else loop._runEvent({ _run: () => this.#arrived(loop, value) });
    };
  }

  #arrived(loop: EventLoop, value: T): void {
    const cancelled = this.#cancelled;
    if (cancelled === null) {
      this.#parked?.resolve(value);
      return;
    }
    const gone = { _run: () => void this.#parked?._cancelNow(cancelled.message) };
    loop._outside(() => this.#acquisition.discard(value, () => loop._runEvent(gone)));
  }
}
