import type { EventLoop, TimerHandle } from "asyncio-ts";

/** What a heartbeat does. */
export interface Pulse {
  /** Asks the peer for a sign of life. */
  ping(): void;
  /** None came. */
  lost(): void;
  /** Whether nothing is being read at present, so that nothing could be heard either. */
  deaf(): boolean;
}

/**
 * Pings the peer when nothing came from it for `interval` milliseconds, and gives it half of that to answer, as aiohttp
 * does. Whatever comes is an answer.
 */
export class Heartbeat {
  readonly #loop: EventLoop;
  readonly #interval: number;
  readonly #pulse: Pulse;
  #heardAt: number;
  #timer: TimerHandle;

  constructor(loop: EventLoop, interval: number, pulse: Pulse) {
    this.#loop = loop;
    this.#interval = interval;
    this.#pulse = pulse;
    this.#heardAt = loop.time();
    this.#timer = this.#pingIn(interval);
  }

  /** Something came from the peer. */
  heard(): void {
    this.#heardAt = this.#loop.time();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #pingIn(ms: number): TimerHandle {
    return this.#loop.callLater(ms, () => {
      const left = this.#heardAt + this.#interval - this.#loop.time();
      // One timer for all that comes: it looks, when it is due, at when the last thing came.
      this.#timer = left > 0 ? this.#pingIn(left) : this.#pingNow();
    });
  }

  #pingNow(): TimerHandle {
    const pingedAt = this.#loop.time();
    this.#pulse.ping();
    return this.#loop.callLater(this.#interval / 2, () => {
      if (this.#heardAt >= pingedAt || this.#pulse.deaf()) this.#timer = this.#pingIn(this.#interval / 2);
      else this.#pulse.lost();
    });
  }
}
