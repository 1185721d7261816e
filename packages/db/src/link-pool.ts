import {
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  createTask,
  currentTask,
  type Future,
  getRunningLoop,
  type Task,
  TimeoutError,
  timeout,
} from "asyncio-ts";
import { Alarm } from "./alarm.ts";
import { InterfaceError, OperationalError } from "./errors.ts";
import { inTime } from "./in-time.ts";
import type { Progress } from "./opening.ts";
import { type Grant, hasResult, Waiters } from "./waiters.ts";

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
  readonly #waiters: Waiters<L>;
  readonly #attempts = new Set<Task<L>>();
  #size = 0;
  #generation = 0;
  #state: "open" | "closing" | "closed" = "open";
  readonly #whenEmpty: Future<undefined>[] = [];
  /** For all that are idle; not set while there is nothing to close. */
  readonly #sweeper: Alarm = new Alarm();

  constructor(open: (progress: Progress) => Coroutine<L>, options: LinkPoolOptions) {
    this.#open = open;
    this.#options = options;
    const reason = `all ${options.maxSize} are in use; give them back earlier, or raise maxSize`;
    this.#waiters = new Waiters(() => this.#lateError(reason));
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
      const grant = yield* this.#waiters.wait(deadline, (unwanted) => this.#passOn(unwanted));
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
    return this.#waiters.enqueue(deadline, (grant) => give(grant, deadline), refuse);
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
    this.#refuseAll();
    for (const link of this.#links) link.destroy("the pool was terminated");
  }

  /** Opens a link, in a slot that one was given. */
  *fillSlot(deadline: number): CoroutineGenerator<L> {
    const progress: Progress = { error: undefined };
    const late = (): TimeoutError => this.#lateError(describe(progress.error), progress.error);
    let link: L | undefined;
    try {
      link = yield* inTime(deadline, () => this.#connect(progress), late);
      return link;
    } finally {
      if (link === undefined) this.freeSlot();
    }
  }

  #deadline(): number {
    return getRunningLoop().time() + (this.#options.acquireTimeoutMs ?? Infinity);
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
    if (this.#waiters.give("slot")) return;
    this.#size--;
    if (this.#size > 0) return;
    for (const future of this.#whenEmpty.splice(0)) if (!future.done()) future.setResult(undefined);
  }

  #handOn(link: L): void {
    if (this.#waiters.give(link)) return;
    link.idleSince = getRunningLoop().time();
    this.#idle.push(link);
    if (!this.#sweeper.isSet) this.#sweepAt(link);
  }

  #isUsedUp(link: L): boolean {
    return link.operations >= this.#options.maxQueries || link.generation !== this.#generation;
  }

  /** Sets the sweeper to when this link will have been idle for too long. */
  #sweepAt(link: L): void {
    const { maxInactiveConnectionLifetimeMs: life, minSize } = this.#options;
    if (life > 0 && this.#size > minSize) this.#sweeper.set(link.idleSince + life, () => this.#sweep());
  }

  #sweep(): void {
    const now = getRunningLoop().time();
    const life = this.#options.maxInactiveConnectionLifetimeMs;
    let surplus = this.#size - this.#options.minSize;
    for (let oldest = this.#idle[0]; oldest !== undefined && surplus > 0; oldest = this.#idle[0]) {
      if (oldest.idleSince + life > now) {
        this.#sweepAt(oldest);
        return;
      }
      this.#idle.shift();
      this.#retire(oldest);
      surplus--;
    }
  }

  #retire(link: L): void {
    createTask(closeInTime(link), { name: "Pool: closing a connection" });
  }

  /** Those who wait, and those for whom a link is being opened. */
  #refuseAll(): void {
    this.#waiters.refuseAll(() => this.#closedError());
    for (const attempt of this.#attempts) attempt.cancel("the pool was closed");
    this.#sweeper.clear();
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
    this.#refuseAll();
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

/** How long a server has to answer a goodbye. */
const CLOSE_MS = 5_000;

const closeInTime = coroutine(function* closeLink(link: Lendable): CoroutineGenerator<void> {
  try {
    yield* timeout(CLOSE_MS, () => link.close());
  } catch {
    link.destroy("it did not close in time");
  }
});
