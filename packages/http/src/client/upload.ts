import { inspect } from "node:util";
import {
  type Context,
  type Coroutine,
  type CoroutineGenerator,
  copyContext,
  type EventLoop,
  getRunningLoop,
  invoke,
  park,
  shield,
  type Task,
  type Wait,
  wait,
} from "asyncio-ts";

/** What a body may be made of. Text is sent as UTF-8. */
export type Chunk = ArrayBufferView | string;

/** Where the pieces of a body come from: an async iterator, whose steps may be coroutines. */
export interface ChunkSource {
  next(): PromiseLike<IteratorResult<Chunk, unknown>>;
  /** Closes it; not called after it has ended. */
  return?(value?: undefined): PromiseLike<unknown>;
}

/** What gives a source, when it is to be sent. */
interface Openable {
  readonly size: number | null;
  source(): ChunkSource;
}

/** Hands each piece to `use`, which may wait. The source is not closed if that fails: its owner does. */
export function* eachChunk(
  source: ChunkSource,
  use: (chunk: Chunk) => CoroutineGenerator<void>,
): CoroutineGenerator<void> {
  for (;;) {
    const step = yield* invoke(() => source.next());
    if (step.done) return;
    yield* use(step.value);
  }
}

/** How long a source may take to close when its request is over. After that it is reported, and left alone. */
export const CLOSE_WITHIN_MS = 2_000;

/** The two ends of undici's wait for a piece. */
interface Asked {
  resolve(step: IteratorResult<Uint8Array, undefined>): void;
  reject(error: unknown): void;
}

const DONE: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined };

/**
 * One sending of a body: what undici iterates over. The pieces are got by a task of its own, in the context of the request,
 * one at a time and only when undici asks for the next: when the socket has room. So whatever the source waits for can be
 * cancelled: {@link stop} does.
 */
export class Upload implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #body: Openable;
  readonly #loop: EventLoop = getRunningLoop();
  readonly #context: Context = copyContext();
  #task: Task<void> | null = null;
  /** The piece that undici waits for. */
  #asked: Asked | null = null;
  /** The task waits for undici to ask. */
  #idle: Wait<void> | null = null;
  /** What the source has thrown, if it has. */
  failure: unknown = undefined;
  #over = false;

  constructor(body: Openable) {
    this.#body = body;
  }

  /** Its source has ended, or was closed, or was never opened. */
  get closed(): boolean {
    return this.#task === null || this.#task.done();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#over) return Promise.reject(stopped());
    const piece = new Promise<IteratorResult<Uint8Array, undefined>>((resolve, reject) => {
      this.#asked = { resolve, reject };
    });
    this.#task ??= this.#loop.createTask(this.#send(), { name: "request body", context: this.#context });
    this.#idle?.resolve();
    return piece;
  }

  /** The connection is gone: undici asks for no more. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.stop();
    return Promise.resolve(DONE);
  }

  /**
   * Ends the sending, wherever it is, and closes the source. What is on its way to the server then is no complete body, and
   * it must not look so: the connection has to be closed.
   */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#settle((asked) => asked.reject(stopped()));
    this.#task?.cancel("the request is over");
  }

  /** Waits, after {@link stop}, until the source has been closed. */
  *ended(): CoroutineGenerator<void> {
    if (this.#task === null || this.closed) return;
    const { pending } = yield* shield(wait([this.#task], { timeout: CLOSE_WITHIN_MS }), {
      withinMs: 2 * CLOSE_WITHIN_MS,
    });
    if (pending.size === 0) return;
    this.#loop.callExceptionHandler({
      message: `the body of a request has not closed within ${CLOSE_WITHIN_MS} ms, and is abandoned`,
      future: this.#task,
    });
  }

  *#send(): CoroutineGenerator<void> {
    let source: ChunkSource | null = null;
    let ended = false;
    try {
      source = this.#body.source();
      ended = yield* this.#sendFrom(source);
    } catch (error) {
      if (this.#over) throw error;
      this.failure = error;
      this.#settle((asked) => asked.reject(error));
    } finally {
      this.#over = true;
      if (!ended && source !== null) yield* close(source);
    }
  }

  /** Whether the source has come to its end, so that it needs no closing. */
  *#sendFrom(source: ChunkSource): CoroutineGenerator<boolean> {
    let left = this.#body.size ?? Number.POSITIVE_INFINITY;
    for (;;) {
      yield* this.#whenAsked();
      // A server answers when it has all that was announced: to find out that there is no more must not take a wait.
      const step = left === 0 ? null : yield* invoke(() => source.next());
      if (step === null || step.done) {
        this.#settle((asked) => asked.resolve(DONE));
        return step !== null;
      }
      const value = toBytes(step.value);
      left -= value.length;
      this.#settle((asked) => asked.resolve({ done: false, value }));
    }
  }

  #whenAsked(): Coroutine<void> {
    return park((idle) => {
      if (this.#asked !== null) idle.resolve();
      else this.#idle = idle;
      return () => "done";
    });
  }

  #settle(settle: (asked: Asked) => void): void {
    const asked = this.#asked;
    this.#asked = null;
    if (asked !== null) settle(asked);
  }
}

/** Closes a source. An error of that has nobody who waits for it. */
export function* close(source: ChunkSource): CoroutineGenerator<void> {
  try {
    yield* invoke(async () => await source.return?.());
  } catch (exception) {
    getRunningLoop().callExceptionHandler({ message: "the body of a request could not be closed", exception });
  }
}

function stopped(): Error {
  return new Error("the request was over before its body had been sent");
}

/** @throws TypeError for something else. */
export function toBytes(chunk: Chunk | ArrayBuffer): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === "string") return Buffer.from(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TypeError(`a body is made of bytes and strings, got ${inspect(chunk)} as a piece of it`);
}
