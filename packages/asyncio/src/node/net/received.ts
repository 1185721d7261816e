import { RuntimeError } from "../../core/errors.ts";
import type { ReadyEntry } from "../../core/handle.ts";

/** Who delivers what has come. */
export interface Receiver {
  _receive(received: Received): void;
}

/** Bytes that have come, and wait for their turn of the loop. */
export class Received implements ReadyEntry {
  readonly #receiver: Receiver;
  #buffer: Buffer;
  #length: number;
  /** The buffer is going to be overwritten by the next read. */
  #shared: boolean;
  #handled = false;

  constructor(receiver: Receiver, buffer: Buffer, length: number, shared: boolean) {
    this.#receiver = receiver;
    this.#buffer = buffer;
    this.#length = length;
    this.#shared = shared;
  }

  /** @internal */
  _run(): void {
    this.#handled = true;
    this.#receiver._receive(this);
  }

  /** What has not had its turn yet is saved from the next read. */
  keep(): void {
    if (!this.#handled) this.own();
  }

  /** How many bytes are left. */
  get length(): number {
    return this.#length;
  }

  /** The bytes, for good. */
  own(): Buffer {
    if (!this.#shared)
      return this.#buffer.length === this.#length ? this.#buffer : this.#buffer.subarray(0, this.#length);
    const copy = Buffer.allocUnsafe(this.#length);
    this.#buffer.copy(copy, 0, 0, this.#length);
    this.#buffer = copy;
    this.#shared = false;
    return copy;
  }

  /** Moves bytes into the memory of a protocol, as many as fit; gives how many. */
  copyTo(target: Uint8Array): number {
    if (target.length === 0) throw new RuntimeError("get_buffer() returned an empty buffer");
    const n = Math.min(target.length, this.#length);
    this.#buffer.copy(target, 0, 0, n);
    this.#buffer = this.#buffer.subarray(n);
    this.#length -= n;
    return n;
  }

  toString(): string {
    return `dataReceived() of ${String(this.#receiver)}`;
  }
}
