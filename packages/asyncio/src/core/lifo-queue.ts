import { type ItemStore, Queue } from "./queue.ts";

class StackStore<T> implements ItemStore<T> {
  readonly #items: T[] = [];

  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  take(): T {
    return this.#items.pop() as T;
  }
}

/** A {@link Queue} that gives the item that was put last. */
export class LifoQueue<T = unknown> extends Queue<T> {
  /** @internal */
  override _makeStore(): ItemStore<T> {
    return new StackStore<T>();
  }
}
