import type { CoroutineGenerator } from "../../core/coroutine.ts";
import type { Future } from "../../core/future.ts";
import type { EventLoop } from "../../core/loop.ts";

/** Lets the operations on one file through one at a time, in the order in which they come. */
export class Turns {
  #busy = false;
  readonly #waiting = new Set<Future<void>>();

  get busy(): boolean {
    return this.#busy;
  }

  /** Waits for one's turn. {@link leave} has to follow. */
  *enter(loop: EventLoop): CoroutineGenerator<void> {
    if (!this.#busy) {
      this.#busy = true;
      return;
    }
    const turn = this.#join(loop);
    let arrived = false;
    try {
      yield* turn;
      arrived = true;
    } finally {
      if (!arrived) this.#giveUp(turn);
    }
  }

  /** Calls `fn` when it is its turn, after which there are no more. */
  enterLast(loop: EventLoop, fn: () => void): void {
    if (this.#busy) {
      this.#join(loop)._whenDone(fn);
      return;
    }
    this.#busy = true;
    fn();
  }

  /** The turn is over: the next one's begins. */
  leave(): void {
    for (const turn of this.#waiting) {
      this.#waiting.delete(turn);
      if (turn.done()) continue;
      turn.setResult();
      return;
    }
    this.#busy = false;
  }

  #join(loop: EventLoop): Future<void> {
    const turn = loop.createFuture<void>();
    this.#waiting.add(turn);
    return turn;
  }

  /** If the turn had come already, it is passed on. */
  #giveUp(turn: Future<void>): void {
    if (!this.#waiting.delete(turn) && !turn.cancelled()) this.leave();
  }
}
