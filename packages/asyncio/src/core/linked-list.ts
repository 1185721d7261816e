/** What stands in a {@link LinkedList}. */
export interface Linked<N> {
  /** @internal */
  _before: N | null;
  /** @internal */
  _after: N | null;
}

/** A list through its members themselves, oldest first: joining and leaving is O(1) and makes nothing. */
export class LinkedList<N extends Linked<N>> implements Iterable<N> {
  #first: N | null = null;
  #last: N | null = null;

  isEmpty(): boolean {
    return this.#first === null;
  }

  add(member: N): void {
    member._before = this.#last;
    if (this.#last === null) this.#first = member;
    else this.#last._after = member;
    this.#last = member;
  }

  remove(member: N): void {
    if (member._before === null) this.#first = member._after;
    else member._before._after = member._after;
    if (member._after === null) this.#last = member._before;
    else member._after._before = member._before;
    member._before = null;
    member._after = null;
  }

  *[Symbol.iterator](): Iterator<N> {
    let member = this.#first;
    while (member !== null) {
      const next: N | null = member._after;
      yield member;
      member = next;
    }
  }
}
