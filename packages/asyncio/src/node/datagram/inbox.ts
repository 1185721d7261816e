import type { RemoteInfo, Socket } from "node:dgram";

/** What takes what comes in. */
export interface Receiver {
  received(data: Buffer, from: readonly [host: string, port: number]): void;
  failed(error: Error): void;
}

/** Takes what comes in from the first moment on, and keeps it until there is a receiver. Node drops what nobody listens for. */
export class Inbox {
  #receiver: Receiver | null = null;
  #early: ((receiver: Receiver) => void)[] = [];
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", this.#onMessage).on("error", this.#onError);
  }

  readonly #onMessage = (data: Buffer, { address, port }: RemoteInfo): void =>
    this.#take((receiver) => receiver.received(data, [address, port]));

  readonly #onError = (error: Error): void => this.#take((receiver) => receiver.failed(error));

  /** Listens no longer. */
  close(): void {
    this.#socket.off("message", this.#onMessage).off("error", this.#onError);
  }

  deliverTo(receiver: Receiver): void {
    this.#receiver = receiver;
    const early = this.#early;
    this.#early = [];
    for (const deliver of early) deliver(receiver);
  }

  #take(deliver: (receiver: Receiver) => void): void {
    if (this.#receiver === null) this.#early.push(deliver);
    else deliver(this.#receiver);
  }
}
