const EMPTY = Buffer.alloc(0);

/** From here on, what is taken out is not copied, and the buffer gets itself new memory. */
const HAND_OVER = 16 * 1024;

/** What was read from a file and not yet asked for. */
export class FileBuffer {
  #memory = EMPTY;
  #start = 0;
  #end = 0;
  /** Somebody else has a part of the memory. */
  #shared = false;

  get length(): number {
    return this.#end - this.#start;
  }

  /** All of it, until the next call of something else. */
  get bytes(): Buffer {
    return this.#memory.subarray(this.#start, this.#end);
  }

  /** Memory to read into, at least so much; {@link added} then says how much was. */
  reserve(least: number, usual: number): Buffer {
    if (this.#shared || this.#memory.length - this.#end < least) this.#makeRoom(least, usual);
    return this.#memory.subarray(this.#end);
  }

  added(length: number): void {
    this.#end += length;
  }

  /** Takes bytes out, for good. */
  take(length: number): Buffer {
    const part = this.#memory.subarray(this.#start, this.#start + length);
    this.skip(length);
    if (length < HAND_OVER) return Buffer.from(part);
    this.#shared = true;
    return part;
  }

  skip(length: number): void {
    this.#start += length;
    if (this.#start === this.#end && !this.#shared) this.clear();
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#shared) this.#memory = EMPTY;
    this.#shared = false;
  }

  #makeRoom(least: number, usual: number): void {
    const { length } = this;
    if (!this.#shared && this.#memory.length - length >= least) {
      this.#memory.copyWithin(0, this.#start, this.#end);
    } else {
      // At least twice as much as is in use, so that a long line is not copied again with each read.
      const bigger = Buffer.allocUnsafeSlow(Math.max(length + Math.max(least, length), usual));
      this.#memory.copy(bigger, 0, this.#start, this.#end);
      this.#memory = bigger;
    }
    this.#shared = false;
    this.#start = 0;
    this.#end = length;
  }
}
