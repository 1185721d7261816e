import { bytes } from "#host";

/** The least memory that is allocated to put chunks together. */
const SMALLEST = 512;

/**
 * Bytes that have come and were not read yet. What is taken out is a view of the memory, which is never written again.
 *
 * A chunk that finds the buffer empty becomes its memory, uncopied. Others are copied behind what there is, into memory
 * of its own that grows by doubling.
 */
export class ByteBuffer {
  #memory: Uint8Array | null = null;
  /** Whether the memory was allocated here, so that what lies behind the end can be written. */
  #owned = false;
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  append(chunk: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#use(bytes.adopt(chunk), chunk.length, false);
      return;
    }
    const memory = this.#makeRoom(chunk.length);
    memory.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Takes the first `count` bytes out, or what there is. */
  take(count: number): Uint8Array {
    const memory = this.#memory;
    if (memory === null || count === 0) return bytes.allocate(0);
    const start = this.#start;
    const end = Math.min(start + count, this.#end);
    this.drop(count);
    return start === 0 && end === memory.length ? memory : memory.subarray(start, end);
  }

  drop(count: number): void {
    this.#start = Math.min(this.#start + count, this.#end);
    if (this.#start === this.#end) this.clear();
  }

  clear(): void {
    this.#memory = null;
    this.#start = 0;
    this.#end = 0;
  }

  /** Where `needle`, of `length` bytes, is found at `from` or later; -1 if nowhere. */
  indexOf(needle: Uint8Array | number, from: number): number {
    const memory = this.#memory;
    if (memory === null) return -1;
    const whole = this.#end === memory.length;
    const at = bytes.indexOf(whole ? memory : memory.subarray(0, this.#end), needle, this.#start + from);
    return at < 0 ? -1 : at - this.#start;
  }

  #makeRoom(count: number): Uint8Array {
    const memory = this.#memory as Uint8Array;
    if (this.#owned && this.#end + count <= memory.length) return memory;
    const length = this.length;
    const larger = bytes.allocate(Math.max(length + count, 2 * length, SMALLEST));
    larger.set(memory.subarray(this.#start, this.#end));
    this.#use(larger, length, true);
    return larger;
  }

  #use(memory: Uint8Array, length: number, owned: boolean): void {
    this.#memory = memory;
    this.#owned = owned;
    this.#start = 0;
    this.#end = length;
  }
}

/** Puts blocks together. */
export function joined(blocks: readonly Uint8Array[]): Uint8Array {
  if (blocks.length === 1) return blocks[0] as Uint8Array;
  const whole = bytes.allocate(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
}
