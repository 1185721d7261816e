import { BrokenExecutorError } from "../../core/errors.ts";
import type { Call } from "./call.ts";
import { LoopRequests } from "./loop-requests.ts";
import { cloneError, type FromWorker, type Outcome } from "./messages.ts";
import type { PoolWorker, PoolWorkerEvents, StartWorker } from "./pool-worker.ts";

/** What a slot tells its pool. */
export interface SlotOwner {
  /** The worker can take another call. */
  free(slot: Slot): void;
  gone(slot: Slot): void;
}

/** The place of one worker in a pool, with the call that it is at. */
export class Slot implements PoolWorkerEvents {
  readonly #owner: SlotOwner;
  readonly #worker: PoolWorker;
  readonly #requests: LoopRequests;
  readonly #name: string;
  #call: Call | null = null;
  #ending = false;

  constructor(owner: SlotOwner, name: string, start: StartWorker) {
    this.#owner = owner;
    this.#name = name;
    this.#worker = start(name, this);
    this.#requests = new LoopRequests(this.#worker);
  }

  /** Hands a call to the worker; false when it can't be sent, and has failed. */
  begin(call: Call): boolean {
    const { fn, args, transfer } = call;
    try {
      this.#worker.post({ kind: "call", loop: this.#requests.numberOf(call.loop), ...fn, args }, transfer);
    } catch (error) {
      call.fail(cloneError(`an argument of ${fn.name}()`, error));
      return false;
    }
    this.#call = call;
    this.#worker.setBusy(true);
    return true;
  }

  isAt(call: Call): boolean {
    return this.#call === call;
  }

  rest(): void {
    this.#worker.setBusy(false);
  }

  kill(): void {
    this.#ending = true;
    this.#worker.kill();
  }

  /** Lets an idle worker go. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#worker.setBusy(true);
    this.#worker.post({ kind: "end" }, []);
  }

  message(message: FromWorker): void {
    if (message.kind === "outcome") this.#settle(message.outcome);
    else if (message.kind === "request") this.#requests.start(message);
    else if (message.kind === "cancel") this.#requests.cancel(message.id);
  }

  unreadable(error: unknown): void {
    const call = this.#takeCall();
    call?.fail(cloneError(`the result of ${call.fn.name}()`, error));
    if (!this.#ending) this.#owner.free(this);
  }

  ended(how: string, cause: unknown): void {
    const call = this.#takeCall();
    this.#requests.close(
      !this.#ending && call === null && cause !== undefined ? { how: `${this.#name} ${how}`, cause } : null,
    );
    this.#ending = true;
    call?.fail(
      new BrokenExecutorError(
        `${this.#name} ${how} while it ran ${call.fn.name}()`,
        cause === undefined ? {} : { cause },
      ),
    );
    this.#owner.gone(this);
  }

  /** What the function has asked its loop for begins before it has returned, as it would by Python's thread-safe queue. */
  #settle(outcome: Outcome): void {
    const call = this.#takeCall();
    this.#requests.afterStarts(() => {
      call?.settle(outcome);
      if (!this.#ending) this.#owner.free(this);
    });
  }

  #takeCall(): Call | null {
    const call = this.#call;
    this.#call = null;
    return call;
  }
}
