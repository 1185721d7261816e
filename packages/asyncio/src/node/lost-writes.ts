import type { EventLoop } from "../core/loop.ts";

/** From how many on they are worth a warning. */
const WARN_AFTER = 5;

/** Counts what is written after the end. It is dropped; who goes on and on is told. */
export class LostWrites {
  readonly #loop: EventLoop;
  readonly #warning: string;
  #count = 0;

  constructor(loop: EventLoop, warning: string) {
    this.#loop = loop;
    this.#warning = warning;
  }

  add(): void {
    this.#count++;
    if (this.#count >= WARN_AFTER) this.#loop._host.report(this.#warning);
  }
}
