const INITIAL = 64;

/** A first-in first-out queue in a ring of a power of two: O(1) at both ends, no garbage. */
export class Ring<T> {
  #slots: (T | undefined)[] = new Array(INITIAL);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = item;
    this.#length++;
  }

  /** The oldest item. The ring must not be empty. */
  shift(): T {
    const item = this.#slots[this.#head] as T;
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#length--;
    return item;
  }

  pop(): T {
    const index = (this.#head + this.#length - 1) & (this.#slots.length - 1);
    const item = this.#slots[index] as T;
    this.#slots[index] = undefined;
    this.#length--;
    return item;
  }

  clear(): void {
    this.#slots = new Array(INITIAL);
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const old = this.#slots;
    const bigger = new Array<T | undefined>(old.length * 2);
    for (let i = 0; i < old.length; i++) bigger[i] = old[(this.#head + i) & (old.length - 1)];
    this.#slots = bigger;
    this.#head = 0;
  }
}
