import { current, type Frame } from "../core/frame.ts";
import type { ReadyEntry } from "../core/handle.ts";
import type { EventLoop } from "../core/loop.ts";

/** Something that the platform tells, as an entry of the loop's ready queue. It runs in a frame of its own. */
export class LoopEvent implements ReadyEntry {
  readonly #loop: EventLoop;
  readonly #frame: Frame;
  readonly #fn: () => void;

  constructor(loop: EventLoop, frame: Frame, fn: () => void) {
    this.#loop = loop;
    this.#frame = frame;
    this.#fn = fn;
  }

  /** @internal */
  _run(): void {
    const previous = current.frame;
    current.frame = this.#frame;
    try {
      this.#fn();
    } catch (exception) {
      this.#loop.callExceptionHandler({ message: "Exception in callback of a transport", exception });
    } finally {
      current.frame = previous;
    }
    this.#loop._needsDrain = true;
  }

  /** As debug mode names what has taken too long. */
  toString(): string {
    return "the callback of an I/O event";
  }
}
