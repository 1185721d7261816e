const SHIFTS = 256;

/** Each message is a different piece of a pattern, so that bytes of another message or connection are noticed. */
export class Messages {
  readonly bytes: number;
  readonly #pattern: Buffer;

  constructor(bytes: number) {
    this.bytes = bytes;
    this.#pattern = Buffer.alloc(bytes + SHIFTS);
    for (let i = 0; i < this.#pattern.length; i++) this.#pattern[i] = i * 31 + (i >> 8) * 7;
  }

  /** Where in the pattern a message begins. */
  startOf(connection: number, message: number): number {
    return (message * 7 + connection) % SHIFTS;
  }

  at(start: number): Buffer {
    return this.#pattern.subarray(start, start + this.bytes);
  }

  /** Whether `length` received bytes are what the message has from `offset` on. */
  matches(start: number, offset: number, received: Uint8Array): boolean {
    const from = start + offset;
    return (
      offset + received.length <= this.bytes &&
      this.#pattern.compare(received, 0, received.length, from, from + received.length) === 0
    );
  }
}
