import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import type { Frame } from "../core/frame.ts";
import type { ByteTools, CapturedFrame, FrameStorage, Host } from "../core/host.ts";

/** What a shell shows for a program that Ctrl-C has ended: 128 and the number of the signal. */
const INTERRUPTED = 130;

/** One Ctrl-C can arrive twice: from the terminal and, forwarded, from npm. A person needs longer, in milliseconds. */
const ECHO = 100;

/** Longer delays would wrap around; the loop asks again. */
const LONGEST = 24 * 60 * 60 * 1000;

/**
 * Runs the microtasks, and what `process.nextTick` holds, right away. Node's own function between two macrotasks; it is
 * the cheapest way (docs/performance.md) and there is a fallback where it is missing.
 */
const { _tickCallback } = process as { _tickCallback?: () => void };

/** A loop on Node, and on what has Node's modules: Deno, Bun. */
class NodeHost implements Host {
  readonly debug: boolean = isSet(process.env.ASYNCIO_DEBUG);
  readonly resolution = 0;
  readonly drain: (() => void) | undefined =
    _tickCallback === undefined ? undefined : () => _tickCallback.call(process);
  #timer: NodeJS.Timeout | undefined;
  #armedFor: number | undefined;

  time(): number {
    return performance.now();
  }

  wake(turn: () => void): void {
    setImmediate(turn);
  }

  idle(until: number | undefined, _foreign: boolean, turn: () => void): void {
    if (until !== undefined && until === this.#armedFor) return;
    this.rest();
    if (until === undefined) return;
    this.#armedFor = until;
    this.#timer = setTimeout(
      () => {
        this.#armedFor = undefined;
        turn();
      },
      Math.min(Math.max(Math.ceil(until - this.time()), 1), LONGEST),
    );
  }

  rest(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = undefined;
  }

  afterDrain(turn: () => void): void {
    queueMicrotask(() => process.nextTick(turn));
  }

  bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
    return AsyncResource.bind(fn, "EventLoop");
  }

  /** Node emits `beforeExit` when nothing is left that could wake it: to a loop that waits, that is a deadlock. */
  watch(stuck: () => void): () => void {
    process.on("beforeExit", stuck);
    return () => process.off("beforeExit", stuck);
  }

  /** As asyncio's Runner: only where the program has not taken SIGINT for itself. */
  onInterrupt(interrupt: () => boolean): (ended: boolean) => void {
    if (process.listenerCount("SIGINT") > 0) return () => {};
    let first: number | undefined;
    const listener = (): void => {
      if (first === undefined) {
        const now = this.time();
        if (interrupt()) first = now;
      } else if (this.time() - first > ECHO) {
        process.exit(INTERRUPTED);
      }
    };
    process.on("SIGINT", listener);
    return (ended) => {
      process.off("SIGINT", listener);
      if (ended) exitAsInterrupted();
    };
  }

  report(text: string): void {
    console.error(text);
  }
}

/** One store for the whole library: on Node up to 22 each further one makes every await dearer. */
class AsyncFrameStorage implements FrameStorage {
  readonly #store = new AsyncLocalStorage<Frame>();

  get(): Frame | undefined {
    return this.#store.getStore();
  }

  run<T>(frame: Frame, fn: () => T): T {
    return this.#store.run(frame, fn);
  }

  capture(frame: Frame): CapturedFrame {
    return new TaskResource(this.#store, frame);
  }
}

/**
 * Keeps a frame together with every other store that is current now. The frame is entered with the first call: resources put
 * back what was current before for nothing, where `run()` makes a second map of all stores to do so.
 */
class TaskResource extends AsyncResource implements CapturedFrame {
  readonly #store: AsyncLocalStorage<Frame>;
  readonly #frame: Frame;
  /** Made inside of the frame. */
  #inner: AsyncResource | undefined;

  constructor(store: AsyncLocalStorage<Frame>, frame: Frame) {
    super("Task");
    this.#store = store;
    this.#frame = frame;
  }

  override runInAsyncScope<T>(fn: () => T): T {
    if (this.#inner !== undefined) return this.#inner.runInAsyncScope(fn);
    return super.runInAsyncScope(enter<T>, this, fn);
  }

  _enter(): void {
    this.#store.enterWith(this.#frame);
    this.#inner = new AsyncResource("Task");
  }
}

function enter<T>(this: TaskResource, fn: () => T): T {
  this._enter();
  return fn();
}

/** Also when nobody catches the KeyboardInterrupt: Node's own code for an uncaught error takes no notice of `exitCode`. */
function exitAsInterrupted(): void {
  process.exitCode = INTERRUPTED;
  process.once("exit", (code) => {
    if (code === 1) process.exitCode = INTERRUPTED;
  });
}

function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable !== "" && variable !== "0";
}

export function createHost(): Host {
  return new NodeHost();
}

/**
 * With ASYNCIO_CONTEXT_TRACKING=0 native code is found by the loop's turn alone, as in a browser. On Node up to 22, where an
 * await inside of a store costs three times an ordinary one, that makes native tasks faster, for programs that only await
 * this library.
 */
export const storage: FrameStorage | undefined =
  process.env.ASYNCIO_CONTEXT_TRACKING === "0" ? undefined : new AsyncFrameStorage();

export const bytes: ByteTools = {
  allocate: (size) => Buffer.allocUnsafe(size),
  adopt: (data) => (data instanceof Buffer ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  // A Buffer: whoever asks has adopted it.
  indexOf: (haystack, needle, from) => (haystack as Buffer).indexOf(needle, from),
  encode: (text) => Buffer.from(text),
};

export { io } from "./io.ts";
