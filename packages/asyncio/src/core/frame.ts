import type { CancelScope } from "./cancel-scope.ts";
import type { Context, Values } from "./context.ts";
import type { Future } from "./future.ts";
import type { CapturedFrame, FrameStorage } from "./host.ts";
import type { EventLoop } from "./loop.ts";
import type { Source } from "./strand.ts";
import type { Task } from "./task.ts";

/**
 * Where code runs: in which task (none in plain callbacks), with which context variables, inside which cancel scope.
 *
 * A task is the frame of its own generator steps; each await of native code has a frame of its own, since one native
 * task can wait for several things at once.
 */
export interface Frame {
  readonly task: Task<unknown> | null;
  readonly context: Context;
  scope: CancelScope | null;
  /** The values of `context`, where that is made on demand. @internal */
  _contextValues?(): Values;
}

/** Remembers the frame in a plain field until the loop resets it: for hosts without asynchronous context tracking. */
class FieldStorage implements FrameStorage {
  #frame: Frame | undefined;

  get(): Frame | undefined {
    return this.#frame;
  }

  run<T>(frame: Frame, fn: () => T): T {
    const previous = this.#frame;
    this.#frame = frame;
    try {
      return fn();
    } finally {
      this.#frame = previous;
    }
  }

  capture(frame: Frame): CapturedFrame {
    return {
      runInAsyncScope: (fn) => {
        this.#frame = frame;
        return fn();
      },
    };
  }

  resume(frame: Frame): void {
    this.#frame = frame;
  }

  reset(): void {
    this.#frame = undefined;
  }
}

/**
 * The state of this module instance. `frame` is set while the loop itself runs something (a callback, a step of a
 * generator); native code between two awaits is found through `storage`.
 *
 * @internal
 */
export const current: {
  frame: Frame | null;
  /** The loop whose turn it is, microtasks included. */
  loop: EventLoop | null;
  storage: FrameStorage;
  /** Set while a loop in debug mode runs: suspensions record where they happen. */
  debug: boolean;
  /** The future that an operation has just yielded, until its stepper parks on it. */
  suspended: Future<unknown> | null;
  /** Where the innermost operation was suspended last; debug mode only. */
  site: Error | null;
  /** Makes a future of what is awaited outside of every task, or in one that is `finished`. Set by the loop's module. */
  toFuture: (source: Source<unknown>, finished: Task<unknown> | null) => Future<unknown>;
} = {
  frame: null,
  loop: null,
  storage: new FieldStorage(),
  debug: false,
  suspended: null,
  site: null,
  toFuture: () => {
    throw new Error("the loop's module is not loaded");
  },
};

/** @internal */
export function useStorage(storage: FrameStorage): void {
  current.storage = storage;
}

/** @internal */
export function currentFrame(): Frame | null {
  return current.frame ?? current.storage.get() ?? null;
}

/**
 * Runs `fn` as code of `frame`, for as long as the call lasts.
 *
 * @internal
 */
export function inFrame<T>(frame: Frame, fn: () => T): T {
  const previous = current.frame;
  current.frame = frame;
  try {
    return fn();
  } finally {
    current.frame = previous;
  }
}

/**
 * Calls native code as code of `frame`, which it stays after its awaits.
 *
 * @internal
 */
export function callIn<T>(frame: Frame, fn: () => T): T {
  current.storage.resume?.(frame);
  return current.storage.run(frame, fn);
}
