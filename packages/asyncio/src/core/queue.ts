import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { describeValue } from "./describe.ts";
import { QueueEmpty, QueueFull, QueueShutDown, ValueError } from "./errors.ts";
import { Event } from "./event.ts";
import type { Future } from "./future.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import { Operation } from "./operation.ts";
import { Ring } from "./ring.ts";
import { type Waiter, WaitQueue } from "./wait-queue.ts";

/** Where a queue keeps its items; what its order is. @internal */
export interface ItemStore<T> {
  readonly length: number;
  push(item: T): void;
  /** Takes the next item out. */
  take(): T;
}

class FifoStore<T> extends Ring<T> implements ItemStore<T> {
  take(): T {
    return this.shift();
  }
}

/**
 * A queue between tasks: first in, first out. With a `maxsize` above 0, `put()` waits while it is full.
 *
 * `for await (const item of queue)` takes items until the queue is shut down and empty.
 *
 * @example
 * ```ts
 * import { Queue, run, taskGroup } from "asyncio-ts";
 *
 * const queue = new Queue<number>(2);
 * await run(async () => {
 *   await taskGroup(async (group) => {
 *     group.createTask(async () => {
 *       for await (const item of queue) console.log(item); // 0, 1, 2
 *     });
 *     for (let i = 0; i < 3; i++) await queue.put(i);
 *     queue.shutdown();
 *   });
 * });
 * ```
 */
export class Queue<T = unknown> implements AsyncIterable<T> {
  readonly #maxsize: number;
  readonly #items: ItemStore<T>;
  readonly #finished = new Event();
  #unfinished = 0;
  #shutDown = false;
  /** @internal */
  readonly _getters: WaitQueue = new WaitQueue();
  /** @internal */
  readonly _putters: WaitQueue = new WaitQueue();

  /** @throws TypeError when `maxsize` is no number. */
  constructor(maxsize = 0) {
    if (typeof maxsize !== "number" || Number.isNaN(maxsize)) {
      throw new TypeError(`${this.constructor.name}: maxsize must be a number, got ${describeValue(maxsize)}`);
    }
    this.#maxsize = maxsize;
    this.#items = this._makeStore();
    this.#finished.set();
  }

  /** @internal */
  _makeStore(): ItemStore<T> {
    return new FifoStore<T>();
  }

  get maxsize(): number {
    return this.#maxsize;
  }

  /** How many items are in the queue. */
  qsize(): number {
    return this.#items.length;
  }

  empty(): boolean {
    return this.#items.length === 0;
  }

  /** Whether `maxsize` items are in the queue; never, when that is 0 or less. */
  full(): boolean {
    return this.#maxsize > 0 && this.#items.length >= this.#maxsize;
  }

  /**
   * Puts an item in, waiting for room.
   *
   * @throws QueueShutDown when the queue is, or meanwhile gets, shut down.
   */
  put(item: T): Coroutine<void> {
    return new Put(this, item);
  }

  /** Puts an item in. @throws QueueFull when there is no room; QueueShutDown after a shutdown. */
  putNowait(item: T): void {
    if (this.#shutDown) throw new QueueShutDown("the queue was shut down");
    if (this.full()) throw new QueueFull(`the queue holds ${this.#maxsize} items already`);
    this.#items.push(item);
    this.#unfinished++;
    this.#finished.clear();
    this._getters.releaseNext();
  }

  /**
   * Takes the next item, waiting for one.
   *
   * @throws QueueShutDown when the queue is shut down and empty.
   */
  get(): Coroutine<T> {
    return new Get(this);
  }

  /** Takes the next item. @throws QueueEmpty when there is none; QueueShutDown when there never will be. */
  getNowait(): T {
    if (this.empty()) {
      if (this.#shutDown) throw new QueueShutDown("the queue was shut down and is empty");
      throw new QueueEmpty("the queue is empty");
    }
    const item = this.#items.take();
    this._putters.releaseNext();
    return item;
  }

  /** Says that an item which was taken has been dealt with. @throws ValueError when called more often than items were put. */
  taskDone(): void {
    if (this.#unfinished <= 0) throw new ValueError("task_done() called too many times");
    this.#unfinished--;
    if (this.#unfinished === 0) this.#finished.set();
  }

  /** Waits until {@link taskDone} was called for every item that was put. */
  join(): Coroutine<void> {
    return new GeneratorCoroutine(this.#join(), "Queue.join");
  }

  /**
   * No more items: `put()` fails from now on, `get()` as soon as the queue is empty. With `immediate` the items that are
   * in it are dropped, and counted as dealt with. Who waits is woken.
   */
  shutdown(options: { readonly immediate?: boolean } = {}): void {
    this.#shutDown = true;
    if (options.immediate === true) {
      while (!this.empty()) {
        this.#items.take();
        if (this.#unfinished > 0) this.#unfinished--;
      }
      if (this.#unfinished === 0) this.#finished.set();
    }
    while (this._getters.length > 0) this._getters.releaseNext();
    while (this._putters.length > 0) this._putters.releaseNext();
  }

  *#join(): CoroutineGenerator<void> {
    if (this.#unfinished > 0) yield* this.#finished.wait();
  }

  /** @internal */
  get _isShutDown(): boolean {
    return this.#shutDown;
  }

  /** Takes items until the queue is shut down and empty. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return new QueueIterator(this);
  }
}

/** Written by hand: the `return()` of an async generator would queue behind a `next()` that waits for an item. */
class QueueIterator<T> implements AsyncIterableIterator<T> {
  readonly #queue: Queue<T>;
  readonly #pending = new Set<Get<T>>();
  #closed = false;

  constructor(queue: Queue<T>) {
    this.#queue = queue;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#closed) return { done: true, value: undefined };
    const get = new Get(this.#queue);
    this.#pending.add(get);
    try {
      return { done: false, value: await get };
    } catch (error) {
      if (error instanceof QueueShutDown || this.#closed) return { done: true, value: undefined };
      throw error;
    } finally {
      this.#pending.delete(get);
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#closed = true;
    for (const get of this.#pending) get._interrupt();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Waits in one of the two lines of a queue until there is nothing to wait for. */
abstract class Access<T, R> extends Operation<R> {
  protected readonly queue: Queue<T>;
  #waiter: Waiter | undefined;

  constructor(queue: Queue<T>) {
    super();
    this.queue = queue;
  }

  protected abstract readonly line: WaitQueue;

  protected abstract mustWait(): boolean;

  protected _begin(): Future<unknown> | null {
    if (!this.mustWait()) return null;
    if (this.queue._isShutDown) return null;
    this.#waiter = this.line.join(this.queue);
    return this.#waiter;
  }

  protected override _again(): Future<unknown> | null {
    return this._begin();
  }

  /** A waiter that was woken and can't use it wakes the next. */
  protected override _undo(): void {
    const waiter = this.#waiter as Waiter;
    waiter.cancel();
    this.line.leave(waiter);
    if (!this.mustWait() && !waiter.cancelled()) this.line.releaseNext();
  }
}

class Put<T> extends Access<T, void> {
  readonly #item: T;

  constructor(queue: Queue<T>, item: T) {
    super(queue);
    this.#item = item;
  }

  override get name(): string {
    return "Queue.put";
  }

  protected get line(): WaitQueue {
    return this.queue._putters;
  }

  protected mustWait(): boolean {
    return this.queue.full();
  }

  protected _finish(): void {
    this.queue.putNowait(this.#item);
  }
}

class Get<T> extends Access<T, T> {
  override get name(): string {
    return "Queue.get";
  }

  protected get line(): WaitQueue {
    return this.queue._getters;
  }

  protected mustWait(): boolean {
    return this.queue.empty();
  }

  protected _finish(): T {
    return this.queue.getNowait();
  }
}
