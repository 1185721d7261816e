import type { ByteTools, FrameStorage, Host } from "./host.ts";
import type { PlatformIO } from "./platform.ts";

/** What of the browser the host uses. */
declare const performance: { now(): number };
declare const console: { error(text: string): void };
declare function setTimeout(fn: () => void, ms: number): unknown;
declare function clearTimeout(timer: unknown): void;
declare const MessageChannel: {
  new (): { readonly port1: { onmessage: (() => void) | null }; readonly port2: { postMessage(message: null): void } };
};

declare const TextEncoder: { new (): { encode(text: string): Uint8Array } };

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

  bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
    return fn;
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

export const io: PlatformIO | undefined = undefined;

export const bytes: ByteTools = {
  allocate: (size) => new Uint8Array(size),
  adopt: (data) => data,
  indexOf(haystack, needle, from) {
    if (typeof needle === "number") return haystack.indexOf(needle, from);
    const first = needle[0] as number;
    for (let at = haystack.indexOf(first, from); at >= 0; at = haystack.indexOf(first, at + 1)) {
      if (needle.every((byte, i) => haystack[at + i] === byte)) return at;
    }
    return -1;
  },
  encode: (text) => new TextEncoder().encode(text),
};
