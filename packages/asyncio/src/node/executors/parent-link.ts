import { RuntimeError, ValueError } from "../../core/errors.ts";
import { cloneError, type FromWorker, type ReplyMessage, type RequestMessage, settle } from "./messages.ts";
import { takeTransfers } from "./move.ts";

/** The way from a worker to its pool. */
export interface ParentChannel {
  post(message: FromWorker, transfer: readonly object[]): void;
  /** Whether it keeps this thread or process alive. */
  setAlive(alive: boolean): void;
  /** Handles messages in this very call, sleeping in between, until `done` says true; false when that took too long. */
  readonly block?: (done: () => boolean, timeout: number) => boolean;
}

/** Who gets the outcome of a task: a {@link ConcurrentFuture}. */
interface Receiver {
  _resolve(value: unknown): void;
  _reject(error: unknown): void;
}

/** What a worker and its pool have going on, on the side of the worker. */
export class ParentLink {
  /** The number of the loop whose call this is; 0 for none. */
  loop = 0;
  readonly #channel: ParentChannel;
  readonly #futures = new Map<number, Receiver>();
  #ids = 0;
  /** A call is under way: the channel need not keep the worker alive, so that one that is stuck is told apart. */
  #calling = false;

  constructor(channel: ParentChannel) {
    this.#channel = channel;
  }

  begin(loop: number): void {
    this.loop = loop;
    this.#calling = true;
    this.#keepAlive();
  }

  end(): void {
    this.#calling = false;
    this.#keepAlive();
  }

  /** Asks the loop for a task, whose outcome `future` gets, or a callback. */
  request(request: Pick<RequestMessage, "module" | "name" | "loop" | "args">, future: Receiver | null): number {
    const id = ++this.#ids;
    try {
      const message: RequestMessage = { kind: "request", id, task: future !== null, ...request };
      this.#channel.post(message, takeTransfers(request.args));
    } catch (error) {
      throw cloneError(`an argument of ${request.name}()`, error);
    }
    if (future !== null) this.#futures.set(id, future);
    this.#keepAlive();
    return id;
  }

  cancel(id: number): void {
    this.#channel.post({ kind: "cancel", id }, []);
  }

  block(done: () => boolean, timeout: number | null): boolean {
    if (this.#channel.block === undefined) {
      throw new RuntimeError("result(): a process can't stop until its parent answers, only a thread can: await it");
    }
    if (timeout !== null && !(timeout >= 0))
      throw new ValueError(`result(): the timeout must be a time, got ${timeout}`);
    return this.#channel.block(done, timeout ?? Number.POSITIVE_INFINITY);
  }

  reply({ id, outcome }: ReplyMessage): void {
    const future = this.#futures.get(id);
    this.#futures.delete(id);
    if (future !== undefined) {
      settle(outcome, { resolve: (value) => future._resolve(value), reject: (error) => future._reject(error) });
    }
    this.#keepAlive();
  }

  #keepAlive(): void {
    this.#channel.setAlive(!this.#calling || this.#futures.size > 0);
  }
}

let link: ParentLink | null = null;

/** Set once, by the main module of a worker. */
export function setParentLink(value: ParentLink): void {
  link = value;
}

export function parentLink(): ParentLink | null {
  return link;
}
