import { Fifo } from "./fifo.ts";
import type { BareKernel, BareTask, Steps } from "./kernel.ts";
import { Pause } from "./kernel.ts";

/** A first-come lock over the bare kernel: `yield* lock.acquire()`. */
export class BareLock {
  readonly #kernel: BareKernel;
  readonly #waiters = new Fifo<BareTask>();
  #locked = false;

  constructor(kernel: BareKernel) {
    this.#kernel = kernel;
  }

  acquire(): Pause {
    if (!this.#locked) {
      this.#locked = true;
      return new Pause(true);
    }
    this.#waiters.push(this.#kernel.current as BareTask);
    return new Pause();
  }

  /** Hands the lock to the first waiter, which stays "locked" all along. */
  release(): void {
    const next = this.#waiters.shift();
    if (next === undefined) this.#locked = false;
    else this.#kernel.wake(next);
  }
}

/** A bounded queue of one producer and one consumer over the bare kernel. */
export class BareQueue<T> {
  readonly #kernel: BareKernel;
  readonly #items: Fifo<T>;
  readonly #places: number;
  #waiter: BareTask | undefined;

  constructor(kernel: BareKernel, places: number) {
    this.#kernel = kernel;
    this.#items = new Fifo<T>();
    this.#places = places;
  }

  *put(item: T): Steps {
    if (this.#items.size >= this.#places) yield* this.#wait();
    this.#items.push(item);
    this.#wake();
  }

  *get(): Generator<void, T, void> {
    if (this.#items.size === 0) yield* this.#wait();
    const item = this.#items.shift() as T;
    this.#wake();
    return item;
  }

  #wait(): Pause {
    this.#waiter = this.#kernel.current;
    return new Pause();
  }

  #wake(): void {
    if (this.#waiter === undefined) return;
    this.#kernel.wake(this.#waiter);
    this.#waiter = undefined;
  }
}

/** A first-come lock of promises, as one would write it by hand. */
export class PromiseLock {
  readonly #waiters = new Fifo<() => void>();
  #locked = false;

  acquire(): Promise<void> {
    if (this.#locked) return new Promise((resolve) => this.#waiters.push(resolve));
    this.#locked = true;
    return Promise.resolve();
  }

  release(): void {
    const next = this.#waiters.shift();
    if (next === undefined) this.#locked = false;
    else next();
  }
}

/** A bounded queue of promises for one producer and one consumer. */
export class PromiseQueue<T> {
  readonly #items = new Fifo<T>();
  readonly #places: number;
  #waiter: (() => void) | undefined;

  constructor(places: number) {
    this.#places = places;
  }

  full(): boolean {
    return this.#items.size >= this.#places;
  }

  empty(): boolean {
    return this.#items.size === 0;
  }

  /** Waits for the other side to do something. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiter = resolve;
    });
  }

  putNow(item: T): void {
    this.#items.push(item);
    this.#wake();
  }

  getNow(): T {
    const item = this.#items.shift() as T;
    this.#wake();
    return item;
  }

  async put(item: T): Promise<void> {
    if (this.full()) await this.wait();
    this.putNow(item);
  }

  async get(): Promise<T> {
    if (this.empty()) await this.wait();
    return this.getNow();
  }

  #wake(): void {
    if (this.#waiter === undefined) return;
    const wake = this.#waiter;
    this.#waiter = undefined;
    wake();
  }
}
