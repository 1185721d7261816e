import { ConnectionResetError } from "./errors.ts";
import type { Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import type { BaseProtocol } from "./protocols.ts";
import type { StreamWriter } from "./stream-writer.ts";

/** Tasks that wait for one thing, each with a future of its own, so that cancelling one touches no other. @internal */
export class Waiters {
  readonly #loop: EventLoop;
  /** Made for the first: most connections never have one. */
  #waiting: Set<Future<void>> | null = null;

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  join(): Future<void> {
    const waiter = this.#loop.createFuture<void>();
    this.#waiting ??= new Set();
    this.#waiting.add(waiter);
    return waiter;
  }

  leave(waiter: Future<void>): void {
    this.#waiting?.delete(waiter);
  }

  /** Wakes all; with an error, unless it is null. */
  wake(error: unknown): void {
    for (const waiter of this.#waiting ?? []) {
      if (waiter.done()) continue;
      if (error === null) waiter.setResult();
      else waiter.setException(error);
    }
  }
}

/** Makes `StreamWriter.drain()` wait while a transport can take no more. What asyncio's FlowControlMixin is. @internal */
export class FlowControl {
  readonly drainers: Waiters;
  #paused = false;
  #lost = false;

  constructor(loop: EventLoop) {
    this.drainers = new Waiters(loop);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.drainers.wake(null);
  }

  connectionLost(error: unknown): void {
    this.#lost = true;
    if (this.#paused) this.drainers.wake(error);
  }

  /** What to wait for until more can be written; null when that is now. @throws ConnectionResetError */
  drain(): Future<void> | null {
    if (this.#lost) throw new ConnectionResetError("Connection lost", { code: "ECONNRESET" });
    return this.#paused ? this.drainers.join() : null;
  }
}

/** Whether, and how, something has been closed. @internal */
export class Closing {
  readonly waiters: Waiters;
  #ended = false;
  #error: unknown = null;

  constructor(loop: EventLoop) {
    this.waiters = new Waiters(loop);
  }

  /** Only the first call counts. */
  end(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.waiters.wake(error);
  }

  /** What to wait for until it is closed; null when it is. @throws the error that it has ended with. */
  wait(): Future<void> | null {
    if (!this.#ended) return this.waiters.join();
    if (this.#error !== null) throw this.#error;
    return null;
  }
}

/** A protocol that a {@link StreamWriter} can write with: {@link StreamReaderProtocol} is one. */
export interface StreamProtocol extends BaseProtocol {
  /** @internal */
  readonly _flow: FlowControl;
  /** @internal */
  readonly _serverSide: boolean;
  /** @internal */
  _closingOf(writer: StreamWriter): Closing;
  /** Takes out what has come and was not read. @internal */
  _takeReceived?(): Uint8Array;
  /** @internal */
  _replaceTransport?(transport: unknown): void;
}
