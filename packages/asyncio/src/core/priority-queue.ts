import { describeValue } from "./describe.ts";
import { type ItemStore, Queue } from "./queue.ts";

/** Negative when `a` comes before `b`, as for `Array.prototype.sort`. */
export type Compare<T> = (a: T, b: T) => number;

/** A binary heap, as Python's heapq: the same comparisons, hence the same order among equals. */
class HeapStore<T> implements ItemStore<T> {
  readonly #items: T[] = [];
  readonly #compare: () => Compare<T>;

  constructor(compare: () => Compare<T>) {
    this.#compare = compare;
  }

  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#siftDown(0, this.#items.length - 1);
  }

  take(): T {
    const last = this.#items.pop() as T;
    if (this.#items.length === 0) return last;
    const first = this.#items[0] as T;
    this.#items[0] = last;
    this.#siftUp();
    return first;
  }

  /** heapq's names: towards the root. */
  #siftDown(start: number, from: number): void {
    const items = this.#items;
    const compare = this.#compare();
    const item = items[from] as T;
    let position = from;
    while (position > start) {
      const parent = (position - 1) >> 1;
      if (compare(item, items[parent] as T) >= 0) break;
      items[position] = items[parent] as T;
      position = parent;
    }
    items[position] = item;
  }

  /** From the root to a leaf along the smaller children, then back up: fewer comparisons than stopping on the way. */
  #siftUp(): void {
    const items = this.#items;
    const compare = this.#compare();
    const item = items[0] as T;
    let position = 0;
    let child = 1;
    while (child < items.length) {
      const right = child + 1;
      if (right < items.length && compare(items[child] as T, items[right] as T) >= 0) child = right;
      items[position] = items[child] as T;
      position = child;
      child = 2 * position + 1;
    }
    items[position] = item;
    this.#siftDown(0, position);
  }
}

/**
 * A {@link Queue} that gives the smallest item first. Items are compared as Python compares them: numbers and strings by
 * value, arrays element by element; for everything else give `compare`.
 *
 * @example
 * ```ts
 * import { PriorityQueue } from "asyncio-ts";
 *
 * const queue = new PriorityQueue<[number, string]>();
 * queue.putNowait([2, "later"]);
 * queue.putNowait([1, "now"]);
 * console.log(queue.getNowait()); // [1, "now"]
 * ```
 */
export class PriorityQueue<T = unknown> extends Queue<T> {
  readonly #compare: Compare<T>;

  /** @throws TypeError when `compare` is no function. */
  constructor(maxsize = 0, options: { readonly compare?: Compare<T> } = {}) {
    super(maxsize);
    const compare = options.compare ?? compareNaturally;
    if (typeof compare !== "function") {
      throw new TypeError(`PriorityQueue: compare must be a function, got ${describeValue(compare)}`);
    }
    this.#compare = compare;
  }

  /** @internal */
  override _makeStore(): ItemStore<T> {
    return new HeapStore<T>(() => this.#compare);
  }
}

/** @throws TypeError when the two have no natural order. */
function compareNaturally(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b);
  if (typeof a === typeof b && (typeof a === "number" || typeof a === "string" || typeof a === "bigint")) {
    return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
  }
  throw new TypeError(
    `PriorityQueue: can't compare ${describeValue(a)} with ${describeValue(b)}: give a compare function`,
  );
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareNaturally(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
