import { AsyncResource } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Abort,
  CancelledError,
  type Coroutine,
  type CoroutineGenerator,
  getRunningLoop,
  invoke,
  iscoroutine,
  park,
  type Task,
  type TimerHandle,
  type Wait,
} from "asyncio-ts";
import { cancelledError } from "../cancelled-error.ts";
import { nameOf, type TaskRequest } from "../server/request-tasks.ts";

/** What a handler of a framework gives: what is done at once, or something to wait for. @internal */
export type HandlerResult<T> = T | PromiseLike<T> | Coroutine<T> | CoroutineGenerator<T>;

/** What the requests of an adapter share. @internal */
export interface ResponseTaskHost {
  readonly cancelOnDisconnect: boolean;
  readonly requestTimeoutMs: number | null;
  /** The task of the request is over. */
  over(request: ResponseTask): void;
  /** Calls {@link ResponseTask._closed} as an event of the loop. */
  closed(request: ResponseTask): void;
}

/**
 * The task of a request that a framework answers. It begins with the first function of the user that is told to be a part of
 * it, and is over when the response has been sent, or its connection lost, and all such functions have ended.
 *
 * @internal
 */
export class ResponseTask implements TaskRequest {
  readonly name: string;
  task: Task<void> | null = null;
  readonly #host: ResponseTaskHost;
  readonly #outgoing: ServerResponse;
  readonly #first: () => void;
  /** Where native code of the task runs. */
  #inside: AsyncResource | null = null;
  /** Functions of the user that have not ended. */
  #active = 0;
  #closed = false;
  #wait: Wait<void> | null = null;
  #timer: TimerHandle | null = null;
  #cancelled: CancelledError | null = null;

  constructor(host: ResponseTaskHost, incoming: IncomingMessage, outgoing: ServerResponse, first: () => void) {
    this.name = nameOf(incoming);
    this.#host = host;
    this.#outgoing = outgoing;
    this.#first = first;
  }

  *run(): CoroutineGenerator<void> {
    try {
      yield* invoke(begin, this);
    } finally {
      this.#timer?.cancel();
      this.#host.over(this);
    }
  }

  /** Native code of the task. */
  _begin(): Coroutine<void> {
    this.#inside = new AsyncResource("Request");
    this.#first();
    return park((wait) => {
      this.#wait = wait;
      const { requestTimeoutMs } = this.#host;
      this.#outgoing.on("close", () => this.#host.closed(this));
      if (requestTimeoutMs !== null) {
        this.#timer = getRunningLoop().callLater(requestTimeoutMs, () => this.#tookTooLong(requestTimeoutMs));
      }
      return this.#abort;
    });
  }

  /** Calls a function of the user as a part of the task. */
  call<T>(fn: () => HandlerResult<T>): Promise<T> {
    this.#active++;
    const called = async (): Promise<T> => {
      const result = fn();
      return await (iscoroutine(result) ? invoke(() => result as Coroutine<T>) : result);
    };
    return (this.#inside as AsyncResource).runInAsyncScope(called).finally(() => {
      this.#active--;
      this.#endIfOver();
    });
  }

  /** Whether an error is nothing but the cancellation of this request. */
  isCancellation(error: unknown): error is CancelledError {
    return error instanceof CancelledError && this.#cancelled !== null;
  }

  /** Whether there is nobody any more who could get a response. */
  isGone(): boolean {
    return this.#outgoing.destroyed;
  }

  _closed(): void {
    this.#closed = true;
    if (!this.#outgoing.writableFinished && this.#host.cancelOnDisconnect) {
      this.task?.cancel(`${this.name}: the client has gone away`);
    }
    this.#endIfOver();
  }

  /** There are no more requests on its connection. */
  beLast(): void {
    this.#outgoing.shouldKeepAlive = false;
  }

  cut(): void {
    this.#outgoing.destroy();
  }

  readonly #abort: Abort = (message) => {
    this.#cancelled = cancelledError(message);
    if (this.#outgoing.headersSent) this.#outgoing.destroy();
    return "wait";
  };

  #tookTooLong(limit: number): void {
    if (!this.#outgoing.headersSent) this.task?.cancel(`${this.name} took more than ${limit} ms`);
  }

  #endIfOver(): void {
    if (!this.#closed || this.#active > 0) return;
    if (this.#cancelled === null) this.#wait?.resolve();
    else this.#wait?.reject(this.#cancelled);
  }
}

function begin(request: ResponseTask): Coroutine<void> {
  return request._begin();
}
