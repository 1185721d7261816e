import { type Coroutine, type CoroutineGenerator, Lock, park, type Wait } from "asyncio-ts";
import { WebSocket } from "ws";
import { ClientConnectionResetError } from "../client/errors.ts";

/** Hands frames over to a socket in the order of the calls, and makes them wait while too much is on its way. */
export class Outbox {
  readonly #socket: WebSocket;
  readonly #limit: number;
  /** Held by whoever waits for room, so that nobody overtakes it. */
  readonly #turn = new Lock();
  #room: Wait<void> | null = null;

  constructor(socket: WebSocket, limit: number) {
    this.#socket = socket;
    this.#limit = limit;
  }

  /** `write` is given what to call when the frame was written. Cancelled, nothing has been written. */
  *send(write: (written: () => void) => void): CoroutineGenerator<void> {
    yield* this.#turn.acquire();
    try {
      while (this.#isFull()) yield* this.#waitForRoom();
      if (this.#socket.readyState !== WebSocket.OPEN) {
        throw new ClientConnectionResetError("Cannot write to closing transport: the WebSocket is closed, or closing");
      }
      write(this.wake);
    } finally {
      this.#turn.release();
    }
  }

  /** Lets the next frame go if there is room for it, or if there never will be. */
  readonly wake = (): void => {
    if (!this.#isFull()) this.#room?.resolve();
  };

  #isFull(): boolean {
    return this.#socket.readyState === WebSocket.OPEN && this.#socket.bufferedAmount > this.#limit;
  }

  #waitForRoom(): Coroutine<void> {
    return park((wait) => {
      this.#room = wait;
      return () => "done";
    });
  }
}
