import {
  CancelledError,
  type Coroutine,
  type CoroutineGenerator,
  copyContext,
  type Future,
  getRunningLoop,
  Lock,
  park,
  type Task,
  type Wait,
} from "asyncio-ts";
import { ClientConnectionResetError } from "../client/errors.ts";

/** How much may wait to be taken, in characters, before a write waits. */
const HIGH = 16 * 1024;

type Answer = (to: ReadableStreamDefaultController<Uint8Array>) => void;

/**
 * The body of an answer that a task writes as text. The task begins when the body is first asked for, in the context of its
 * making. That nobody wants the rest, because the client has gone, cancels it; the body's `cancel()` is done when it has
 * ended.
 */
export class WrittenBody {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #name: string;
  readonly #source: (to: WrittenBody) => CoroutineGenerator<void>;
  readonly #loop = getRunningLoop();
  readonly #context = copyContext();
  readonly #encoder = new TextEncoder();
  /** Held by whoever waits for room, so that nobody overtakes it. */
  readonly #turn = new Lock();
  #task: Task<void> | null = null;
  #pending = "";
  #room: Wait<void> | null = null;
  /** Whoever has asked for a piece, and waits for it. */
  #asked: ((answer: Answer) => void) | null = null;
  #end: Answer | null = null;
  #unwanted = false;

  constructor(name: string, source: (to: WrittenBody) => CoroutineGenerator<void>) {
    this.#name = name;
    this.#source = source;
    this.stream = new ReadableStream<Uint8Array>(
      { pull: (to) => this.#pull(to), cancel: () => this.#cancel() },
      { highWaterMark: 0 },
    );
  }

  /**
   * Waits while too much waits to be taken. Cancelled, it has written nothing.
   *
   * @throws ClientConnectionResetError when the client has gone.
   */
  *write(text: string): CoroutineGenerator<void> {
    yield* this.#turn.acquire();
    try {
      while (this.#pending.length >= HIGH && !this.#unwanted) yield* this.#waitForRoom();
      if (this.#unwanted)
        throw new ClientConnectionResetError("Cannot write to closing transport: the client has gone");
      this.#pending += text;
      this.#flush();
    } finally {
      this.#turn.release();
    }
  }

  /** Writes, unless something waits to be taken already. */
  writeIfIdle(text: string): void {
    if (this.#pending !== "") return;
    this.#pending = text;
    this.#flush();
  }

  #waitForRoom(): Coroutine<void> {
    return park((wait) => {
      this.#room = wait;
      return () => "done";
    });
  }

  #pull(to: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#task ??= this.#loop.createTask(this.#run(), { name: this.#name, context: this.#context });
    const answered = this.#loop.createFuture<void>();
    this.#asked = (answer) => {
      answer(to);
      if (!answered.done()) answered.setResult();
    };
    this.#flush();
    return waitFor(answered);
  }

  #flush(): void {
    const piece = this.#pending;
    if (piece === "") this.#answer(this.#end);
    else if (this.#answer((to) => to.enqueue(this.#encoder.encode(piece)))) {
      this.#pending = "";
      this.#room?.resolve();
    }
  }

  #answer(answer: Answer | null): boolean {
    const asked = this.#asked;
    if (asked === null || answer === null) return false;
    this.#asked = null;
    asked(answer);
    return true;
  }

  *#run(): CoroutineGenerator<void> {
    try {
      yield* this.#source(this);
      this.#end = (to) => to.close();
    } catch (error) {
      this.#end = (to) => to.error(error);
      if (error instanceof CancelledError) throw error;
      if (this.#unwanted && !(error instanceof ClientConnectionResetError)) this.#report(error);
    } finally {
      this.#flush();
    }
  }

  /** Nobody will ask again. */
  #cancel(): Promise<void> | undefined {
    const task = this.#task;
    this.#unwanted = true;
    this.#asked = null;
    this.#room?.resolve();
    if (task === null) return undefined;
    task.cancel("the client has gone");
    return new Promise((ended) => {
      task.addDoneCallback(() => ended());
    });
  }

  #report(exception: unknown): void {
    this.#loop.callExceptionHandler({ message: `${this.#name} failed after the client had gone`, exception });
  }
}

/** As a wait of whoever asks, if that is a task: virtual time knows of it. Its cancellation comes by `cancel()`. */
async function waitFor(answered: Future<void>): Promise<void> {
  try {
    await answered;
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
}
