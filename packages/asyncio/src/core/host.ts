import type { Frame } from "./frame.ts";

/**
 * What a loop asks of the world: time, a turn, an alarm, a way to drain the microtask queue. One host serves one loop.
 *
 * Hosts: Node (`asyncio-ts`), browsers (`asyncio-ts/core` there), virtual (`asyncio-ts/testing`).
 */
export interface Host {
  /** A clock in milliseconds that never goes back. */
  time(): number;

  /** Whether new loops are in debug mode: the environment variable ASYNCIO_DEBUG, where there is an environment. */
  readonly debug: boolean;

  /** How much early a timer may run, in milliseconds: two times that are nearer than this count as one. */
  readonly resolution: number;

  /** Calls `turn` once, soon, from a fresh macrotask before which I/O had its chance. */
  wake(turn: () => void): void;

  /**
   * The loop has nothing to do before `until` (undefined: no timer at all). The host calls `turn` then; the call
   * replaces an earlier one. With `foreign` something outside of the loop's sight, a promise, may still wake it.
   */
  idle(until: number | undefined, foreign: boolean, turn: () => void): void;

  /** The loop stopped: whatever `idle` armed is dropped. */
  rest(): void;

  /** Runs all microtasks before it returns. Absent where the host can't: then {@link afterDrain} serves. */
  readonly drain?: (() => void) | undefined;

  /** Calls `turn` as soon as the microtask queue is empty. */
  afterDrain(turn: () => void): void;

  /** `fn`, made to run in the asynchronous context of this call whoever calls it. */
  bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R;

  /** Keeps the process alive, or at least tells when it ends: `stuck` is called when nothing can wake the loop any more. */
  watch(stuck: () => void): () => void;

  /**
   * Calls `interrupt` on the first Ctrl-C, and ends the process at once on the second, until the function that it returns
   * is called. That one is told whether the interrupt has ended the program, which the exit code has to show. `interrupt`
   * says false when the program has a handler of its own: then nothing has happened.
   */
  onInterrupt?(interrupt: () => boolean): (ended: boolean) => void;

  /** Runs turns, within this call, until none is asked for: on hosts that need no macrotasks. */
  runSync?(): void;

  /** Prints a report: to the console's error stream, where there is one. */
  report(text: string): void;
}

/** Calls functions in a frame that was captured. Node's AsyncResource is one. */
export interface CapturedFrame {
  runInAsyncScope<T>(fn: () => T): T;
}

/**
 * Remembers, across the awaits of native code, the frame in which that code runs. AsyncLocalStorage on Node; one day
 * `AsyncContext.Variable`.
 */
export interface FrameStorage {
  get(): Frame | undefined;
  /** Calls `fn` with `frame` as the current one, also after its awaits. */
  run<T>(frame: Frame, fn: () => T): T;
  /** As `run`, but everything else that the platform propagates is as it is now, at `capture`. */
  capture(frame: Frame): CapturedFrame;
  /** Native code of `frame` is about to be resumed (only needed where the platform does not track it by itself). */
  resume?(frame: Frame): void;
  /** The microtasks of what was resumed have run. */
  reset?(): void;
}

/** Works on bytes with the platform's best means. On Node all memory is that of Buffers. */
export interface ByteTools {
  /** New memory, whose content may be anything. */
  allocate(size: number): Uint8Array;
  /** The same bytes as the platform's own kind of array. */
  adopt(data: Uint8Array): Uint8Array;
  /** Where `needle`, one byte or several, first is at `from` or later, in an array that was adopted or allocated; else -1. */
  indexOf(haystack: Uint8Array, needle: Uint8Array | number, from: number): number;
  /** In UTF-8. */
  encode(text: string): Uint8Array;
}
