import { type CoroutineGenerator, Future, getRunningLoop } from "asyncio-ts";
import { Alarm } from "./alarm.ts";

/** What a waiter is given: a link, or the permission to open one. */
export type Grant<L> = L | "slot";

/** A place in the queue. All wait equally long, so the queue is in the order of the deadlines, too. */
interface Waiter<L> {
  /** In loop time. */
  readonly deadline: number;
  /** Whether it has been given up. */
  done(): boolean;
  give(grant: Grant<L>): void;
  refuse(error: Error): void;
}

/** A task that waits. */
class WaitingTask<L> extends Future<Grant<L>> implements Waiter<L> {
  readonly deadline: number;

  constructor(deadline: number) {
    super();
    this.deadline = deadline;
  }

  give(grant: Grant<L>): void {
    this.setResult(grant);
  }

  refuse(error: Error): void {
    this.setException(error);
  }
}

/** Who waits for a link, in the order in which they came. Who has waited too long is refused, with what `late` gives. */
export class Waiters<L> {
  readonly #late: () => Error;
  readonly #queue = new Set<Waiter<L>>();
  /** For the first, and then for the next that is left. */
  readonly #patience: Alarm = new Alarm();

  constructor(late: () => Error) {
    this.#late = late;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Waits for one's turn. `passOn` is called with what was given to a task that does not take it. */
  *wait(deadline: number, passOn: (grant: Grant<L>) => void): CoroutineGenerator<Grant<L>> {
    const waiter = new WaitingTask<L>(deadline);
    this.#join(waiter);
    let taken = false;
    try {
      const grant = yield* waiter;
      taken = true;
      return grant;
    } finally {
      this.#queue.delete(waiter);
      if (!taken && hasResult(waiter)) passOn(waiter.result());
    }
  }

  /** For who wants to be called instead of woken. Returns what gives the place up. */
  enqueue(deadline: number, give: (grant: Grant<L>) => void, refuse: (error: Error) => void): () => void {
    const waiter = { deadline, done: () => false, give, refuse };
    this.#join(waiter);
    return () => this.#queue.delete(waiter);
  }

  /** Gives it to the first. Returns whether there was any. */
  give(grant: Grant<L>): boolean {
    const waiter = this.#next();
    waiter?.give(grant);
    return waiter !== undefined;
  }

  refuseAll(error: () => Error): void {
    for (let waiter = this.#next(); waiter !== undefined; waiter = this.#next()) waiter.refuse(error());
    this.#patience.clear();
  }

  #join(waiter: Waiter<L>): void {
    this.#queue.add(waiter);
    if (!this.#patience.isSet) this.#arm(waiter.deadline);
  }

  #arm(deadline: number): void {
    this.#patience.set(deadline, () => this.#loseOld());
  }

  #loseOld(): void {
    const now = getRunningLoop().time();
    for (const waiter of this.#queue) {
      if (waiter.deadline > now) {
        this.#arm(waiter.deadline);
        return;
      }
      this.#queue.delete(waiter);
      if (!waiter.done()) waiter.refuse(this.#late());
    }
  }

  #next(): Waiter<L> | undefined {
    for (const waiter of this.#queue) {
      this.#queue.delete(waiter);
      if (!waiter.done()) return waiter;
    }
    return undefined;
  }
}

/** Whether it has ended well. */
export function hasResult(future: Future<unknown>): boolean {
  return future.done() && !future.cancelled() && future.exception() === null;
}
