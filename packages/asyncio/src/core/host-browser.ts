import type { FrameStorage, Host } from "./host.ts";

/** What of the browser the host uses. */
declare const performance: { now(): number };
declare const console: { error(text: string): void };
declare function setTimeout(fn: () => void, ms: number): unknown;
declare function clearTimeout(timer: unknown): void;
declare const MessageChannel: {
  new (): { readonly port1: { onmessage: (() => void) | null }; readonly port2: { postMessage(message: null): void } };
};

/** Browsers clamp longer delays to nothing. */
const LONGEST = 2 ** 31 - 1;

/** A loop in a browser. Turns come by a MessageChannel: `setTimeout` would be held back to 4 ms. */
class BrowserHost implements Host {
  readonly debug = false;
  readonly resolution = 0;
  readonly #channel = new MessageChannel();
  #timer: unknown;

  time(): number {
    return performance.now();
  }

  wake(turn: () => void): void {
    this.#channel.port1.onmessage = turn;
    this.#channel.port2.postMessage(null);
  }

  idle(until: number | undefined, _foreign: boolean, turn: () => void): void {
    this.rest();
    if (until !== undefined) this.#timer = setTimeout(turn, Math.min(Math.max(until - this.time(), 0), LONGEST));
  }

  rest(): void {
    this.#channel.port1.onmessage = null;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A macrotask: the browser runs all microtasks before it. */
  afterDrain(turn: () => void): void {
    this.wake(turn);
  }

  bind(turn: () => void): () => void {
    return turn;
  }

  /** A page never ends by itself: there is nothing to watch. */
  watch(): () => void {
    return () => {};
  }

  report(text: string): void {
    console.error(text);
  }
}

export function createHost(): Host {
  return new BrowserHost();
}

export const storage: FrameStorage | undefined = undefined;
