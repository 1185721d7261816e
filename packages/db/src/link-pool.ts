import {
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  createTask,
  currentTask,
  Future,
  getRunningLoop,
  type Task,
  type Timeout,
  TimeoutError,
  type TimerHandle,
  timeout,
  timeoutAt,
} from "asyncio-ts";
import { InterfaceError, OperationalError } from "./errors.ts";
import type { Progress } from "./opening.ts";

/** What can be lent: a {@link Link}, or the connection of a database that is none of SQL. */
export interface Lendable {
  readonly closed: boolean;
  /** Whether it can be lent to the next one: nothing is under way. */
  readonly clean: boolean;
  /** How many operations there have been. */
  readonly operations: number;
  /** Called once, when the connection breaks or is closed. */
  onClosed: (() => void) | null;
  /** Kept by the pool: since when it is idle, in loop time, and to which generation it belongs. */
  idleSince: number;
  generation: number;
  /** Closes it in an orderly way. */
  close(): Coroutine<void>;
  /** Cuts it, at once. */
  destroy(reason: string): void;
}

/** What the bare pool needs to know. */
export interface LinkPoolOptions {
  readonly minSize: number;
  readonly maxSize: number;
  readonly acquireTimeoutMs: number | null;
  readonly maxInactiveConnectionLifetimeMs: number;
  readonly maxQueries: number;
}

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

/**
 * Who has which link: at most `maxSize` of them, given to those who wait in the order in which they came.
 *
 * A link, or the right to open one, goes from hand to hand in one step: while anybody waits none is idle. What was given to
 * a waiter who is then cancelled goes to the next. A slot is counted from the decision to open a link until it is closed.
 */
export class LinkPool<L extends Lendable> {
  readonly #open: (progress: Progress) => Coroutine<L>;
  readonly #options: LinkPoolOptions;
  readonly #links = new Set<L>();
  /** The one used last is used next, so that the others grow old. */
  readonly #idle: L[] = [];
  readonly #waiters = new Set<Waiter<L>>();
  readonly #attempts = new Set<Task<L>>();
  #size = 0;
  #generation = 0;
  #state: "open" | "closing" | "closed" = "open";
  readonly #whenEmpty: Future<undefined>[] = [];
  #sweeper: TimerHandle | null = null;
  #patience: TimerHandle | null = null;

  constructor(open: (progress: Progress) => Coroutine<L>, options: LinkPoolOptions) {
    this.#open = open;
    this.#options = options;
  }

  /** How many links there are, or are being opened. */
  get size(): number {
    return this.#size;
  }

  get idleSize(): number {
    return this.#idle.length;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** An idle link, if there is one. */
  take(): L | undefined {
    return this.#state === "open" ? this.#idle.pop() : undefined;
  }

  /** A link: idle, new, or the first that is given back when it is one's turn. */
  *borrow(): CoroutineGenerator<L> {
    if (this.#state !== "open") throw this.#closedError();
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const deadline = this.#deadline();
    if (this.#size < this.#options.maxSize) this.#size++;
    else {
      const grant = yield* this.#waitTurn(deadline);
      if (grant !== "slot") return grant;
    }
    return yield* this.fillSlot(deadline);
  }

  /** Whether one who comes now has to wait until somebody gives a link back. */
  get isExhausted(): boolean {
    return this.#state === "open" && this.#idle.length === 0 && this.#size >= this.#options.maxSize;
  }

  /**
   * For who has to wait, and wants to be called instead of woken: in the moment in which a link is given back, or with the
   * permission to open one, for `fillSlot()` or `freeSlot()`. Returns what gives the place up.
   */
  enqueue(give: (grant: Grant<L>, deadline: number) => void, refuse: (error: Error) => void): () => void {
    const deadline = this.#deadline();
    const waiter = { deadline, done: () => false, give: (grant: Grant<L>) => give(grant, deadline), refuse };
    this.#join(waiter);
    return () => this.#waiters.delete(waiter);
  }

  /** Takes a link back, and gives it to whoever waits for one. One that is not fit for it is closed. */
  give(link: L): void {
    if (link.closed) return;
    if (!link.clean) link.destroy("it was given back in an unknown state");
    else if (this.#state !== "open" || this.#isUsedUp(link)) this.#retire(link);
    else this.#handOn(link);
  }

  /** Closes what is idle, now, and what is lent when it is given back. */
  expire(): Coroutine<void> {
    this.#generation++;
    return LinkPool.#closeIdle.call(this);
  }

  /** Waits until all are given back and closed; those that are not within `graceMs` are cut. */
  close(graceMs: number | null): Coroutine<void> {
    return LinkPool.#close.call(this, graceMs);
  }

  /** Cuts all, at once. */
  terminate(): void {
    this.#state = "closed";
    this.#refuseWaiters();
    this.#sweeper?.cancel();
    this.#patience?.cancel();
    for (const attempt of this.#attempts) attempt.cancel("the pool was terminated");
    for (const link of this.#links) link.destroy("the pool was terminated");
  }

  /** Opens a link, in a slot that one was given. */
  *fillSlot(deadline: number): CoroutineGenerator<L> {
    const progress: Progress = { error: undefined };
    let limit: Timeout | undefined;
    let link: L | undefined;
    try {
      link = yield* timeoutAt(deadline === Infinity ? null : deadline, (entered) => {
        limit = entered;
        return this.#connect(progress);
      });
      return link;
    } catch (error) {
      if (!(error instanceof TimeoutError && limit?.expired())) throw error;
      throw this.#lateError(describe(progress.error), progress.error);
    } finally {
      if (link === undefined) this.freeSlot();
    }
  }

  *#waitTurn(deadline: number): CoroutineGenerator<Grant<L>> {
    const waiter = new WaitingTask<L>(deadline);
    this.#join(waiter);
    let taken = false;
    try {
      const grant = yield* waiter;
      taken = true;
      return grant;
    } finally {
      this.#waiters.delete(waiter);
      if (!taken && hasResult(waiter)) this.#passOn(waiter.result());
    }
  }

  #join(waiter: Waiter<L>): void {
    this.#waiters.add(waiter);
    if (this.#patience === null) this.#arm(waiter.deadline);
  }

  #deadline(): number {
    return getRunningLoop().time() + (this.#options.acquireTimeoutMs ?? Infinity);
  }

  /** One timer for all who wait: for the first, and then for the next that is left. */
  #arm(deadline: number): void {
    this.#patience = deadline === Infinity ? null : getRunningLoop().callAt(deadline, () => this.#loseOld());
  }

  #loseOld(): void {
    const now = getRunningLoop().time();
    this.#patience = null;
    for (const waiter of this.#waiters) {
      if (waiter.deadline > now) {
        this.#arm(waiter.deadline);
        return;
      }
      this.#waiters.delete(waiter);
      if (waiter.done()) continue;
      const { maxSize } = this.#options;
      waiter.refuse(this.#lateError(`all ${maxSize} are in use; give them back earlier, or raise maxSize`));
    }
  }

  #passOn(grant: Grant<L>): void {
    if (grant === "slot") this.freeSlot();
    else this.give(grant);
  }

  /** In a task of its own, so that `terminate()` can end it. */
  *#connect(progress: Progress): CoroutineGenerator<L> {
    const attempt = createTask(this.#open(progress));
    this.#attempts.add(attempt);
    try {
      const link = yield* attempt;
      if (this.#state !== "open") throw this.#closedError();
      if (link.closed) throw new OperationalError("the connection was lost as soon as it was open");
      this.#register(link);
      return link;
    } catch (error) {
      if (hasResult(attempt)) attempt.result().destroy("nobody wants it any more");
      if (this.#state !== "open" && (currentTask()?.cancelling() ?? 0) === 0) throw this.#closedError();
      throw error;
    } finally {
      this.#attempts.delete(attempt);
    }
  }

  #register(link: L): void {
    link.generation = this.#generation;
    link.onClosed = () => this.#dropped(link);
    this.#links.add(link);
  }

  #dropped(link: L): void {
    this.#links.delete(link);
    const index = this.#idle.indexOf(link);
    if (index >= 0) this.#idle.splice(index, 1);
    this.freeSlot();
  }

  /** A link is not there any more, or will not be opened. */
  freeSlot(): void {
    this.#size--;
    const waiter = this.#nextWaiter();
    if (waiter !== undefined) {
      this.#size++;
      waiter.give("slot");
    } else if (this.#size === 0) {
      for (const future of this.#whenEmpty.splice(0)) if (!future.done()) future.setResult(undefined);
    }
  }

  #handOn(link: L): void {
    const waiter = this.#nextWaiter();
    if (waiter !== undefined) {
      waiter.give(link);
      return;
    }
    const loop = getRunningLoop();
    link.idleSince = loop.time();
    this.#idle.push(link);
    if (this.#sweeper === null) this.#sweepIn(this.#options.maxInactiveConnectionLifetimeMs);
  }

  #nextWaiter(): Waiter<L> | undefined {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      if (!waiter.done()) return waiter;
    }
    return undefined;
  }

  #isUsedUp(link: L): boolean {
    return link.operations >= this.#options.maxQueries || link.generation !== this.#generation;
  }

  /** One timer for all that are idle, and none while there is nothing to close. */
  #sweepIn(ms: number): void {
    this.#sweeper = null;
    if (this.#options.maxInactiveConnectionLifetimeMs === 0 || this.#size <= this.#options.minSize) return;
    this.#sweeper = getRunningLoop().callLater(ms, () => this.#sweep());
  }

  #sweep(): void {
    const now = getRunningLoop().time();
    const life = this.#options.maxInactiveConnectionLifetimeMs;
    let surplus = this.#size - this.#options.minSize;
    for (let oldest = this.#idle[0]; oldest !== undefined && surplus > 0; oldest = this.#idle[0]) {
      const left = oldest.idleSince + life - now;
      if (left > 0) {
        this.#sweepIn(left);
        return;
      }
      this.#idle.shift();
      this.#retire(oldest);
      surplus--;
    }
    this.#sweeper = null;
  }

  #retire(link: L): void {
    createTask(closeInTime(link), { name: "Pool: closing a connection" });
  }

  #refuseWaiters(): void {
    for (let waiter = this.#nextWaiter(); waiter !== undefined; waiter = this.#nextWaiter()) {
      waiter.refuse(this.#closedError());
    }
  }

  static readonly #closeIdle = coroutine(function* closeIdle(this: LinkPool<Lendable>): CoroutineGenerator<void> {
    const tasks = this.#idle.splice(0).map((link) => createTask(closeInTime(link)));
    for (const task of tasks) yield* task;
  });

  static readonly #close = coroutine(function* close(
    this: LinkPool<Lendable>,
    graceMs: number | null,
  ): CoroutineGenerator<void> {
    if (this.#state === "closed") return;
    this.#state = "closing";
    this.#refuseWaiters();
    this.#sweeper?.cancel();
    for (const link of this.#idle.splice(0)) this.#retire(link);
    try {
      if (this.#size > 0) yield* timeout(graceMs, () => this.#emptied());
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    } finally {
      this.terminate();
    }
  });

  #emptied(): Future<undefined> {
    const emptied: Future<undefined> = getRunningLoop().createFuture();
    this.#whenEmpty.push(emptied);
    return emptied;
  }

  #closedError(): InterfaceError {
    return new InterfaceError(this.#state === "closing" ? "the pool is being closed" : "the pool is closed");
  }

  #lateError(reason: string, cause?: unknown): TimeoutError {
    const message = `no connection within ${this.#options.acquireTimeoutMs} ms: ${reason}`;
    return new TimeoutError(message, cause === undefined ? undefined : { cause });
  }
}

function describe(error: unknown): string {
  if (error === undefined) return "connecting has not ended";
  return error instanceof Error ? error.message : String(error);
}

function hasResult(future: Future<unknown>): boolean {
  return future.done() && !future.cancelled() && future.exception() === null;
}

/** How long a server has to answer a goodbye. */
const CLOSE_MS = 5_000;

const closeInTime = coroutine(function* closeLink(link: Lendable): CoroutineGenerator<void> {
  try {
    yield* timeout(CLOSE_MS, () => link.close());
  } catch {
    link.destroy("it did not close in time");
  }
});
