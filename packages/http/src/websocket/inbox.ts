import { type Coroutine, type CoroutineGenerator, park, RuntimeError, type Wait } from "asyncio-ts";
import type { WSMessage } from "./message.ts";

/** What may wait to be received, in bytes, before nothing more is read from the socket. */
const HIGH = 64 * 1024;

/** What a message counts beside its data, so that empty ones are not for free. */
const OVERHEAD = 64;

/** How often it is said that the WebSocket is closed, as in aiohttp. */
const MAX_CLOSED_RECEIVES = 5;

/** What reads from the socket. */
export interface Flow {
  pause(): void;
  resume(): void;
}

interface Entry {
  readonly message: WSMessage;
  readonly size: number;
}

const CLOSED: WSMessage = { type: "closed", data: null };

/** The messages that have come and that nobody has received yet. */
export class Inbox {
  readonly #flow: Flow;
  #entries: Entry[] = [];
  #size = 0;
  #paused = false;
  #ended = false;
  #receiving = false;
  #closedReceives = 0;
  #waiter: Wait<void> | null = null;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  /** Whether reading has stopped because too much waits to be received. */
  get paused(): boolean {
    return this.#paused;
  }

  push(message: WSMessage, length: number): void {
    if (this.#ended) return;
    const size = length + OVERHEAD;
    this.#entries.push({ message, size });
    this.#size += size;
    this.#setPaused(this.#size > HIGH);
    this.#waiter?.resolve();
  }

  /** The last message; what has come before it can still be received. */
  end(message: WSMessage): void {
    if (this.#ended) return;
    this.push(message, 0);
    this.#ended = true;
  }

  /** Nobody wants what has come, nor what will. Who waits for a message gets this one. */
  discard(notice: WSMessage): void {
    this.#ended = true;
    this.#entries = this.#waiter === null ? [] : [{ message: notice, size: 0 }];
    this.#size = 0;
    this.#setPaused(false);
    this.#waiter?.resolve();
  }

  /** Takes the next message; it stays where it is when the wait for it is cancelled. */
  *receive(): CoroutineGenerator<WSMessage> {
    if (this.#receiving) throw new RuntimeError("Concurrent call to receive() is not allowed");
    if (this.#entries.length === 0 && this.#ended) return this.#closed();
    this.#receiving = true;
    try {
      while (this.#entries.length === 0) yield* this.#arrival();
    } finally {
      this.#receiving = false;
      this.#waiter = null;
    }
    return this.#take();
  }

  /** @throws RuntimeError for whoever takes no notice: its loop would never end, nor let anybody else run. */
  #closed(): WSMessage {
    if (++this.#closedReceives > MAX_CLOSED_RECEIVES) throw new RuntimeError("WebSocket connection is closed.");
    return CLOSED;
  }

  #arrival(): Coroutine<void> {
    return park((wait) => {
      this.#waiter = wait;
      return () => "done";
    });
  }

  #take(): WSMessage {
    const entry = this.#entries.shift() as Entry;
    this.#size -= entry.size;
    if (this.#size <= HIGH / 2) this.#setPaused(false);
    return entry.message;
  }

  #setPaused(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#flow.pause();
    else this.#flow.resume();
  }
}
