import { runningLoop } from "../../core/current-loop.ts";
import type { ExecutorFunction } from "../../core/executor.ts";
import { Future } from "../../core/future.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { Wait } from "../../core/park.ts";
import { endCancelled } from "./end-wait.ts";
import { type Outcome, settle } from "./messages.ts";
import { takeTransfers } from "./move.ts";
import type { FunctionReference } from "./worker-module.ts";

/** A call that was given to a pool. */
export class Call {
  readonly fn: FunctionReference;
  readonly args: readonly unknown[];
  readonly transfer: readonly object[];
  readonly loop: EventLoop | null;
  readonly #wait: Wait<unknown>;
  /** Nobody waits for it any more. */
  #abandoned = false;
  #killed: { readonly message: unknown } | null = null;

  constructor(fn: FunctionReference, args: Parameters<ExecutorFunction> | readonly unknown[], wait: Wait<unknown>) {
    this.fn = fn;
    this.args = args;
    this.transfer = takeTransfers(args);
    this.loop = wait instanceof Future ? wait.getLoop() : runningLoop();
    this.#wait = wait;
  }

  abandon(): void {
    this.#abandoned = true;
  }

  /** From now on its worker's end is its own. */
  kill(message: unknown): void {
    this.#killed = { message };
  }

  settle(outcome: Outcome): void {
    settle(outcome, this.#abandoned ? { resolve: () => {}, reject: (error) => this.#reportLate(error) } : this.#wait);
  }

  fail(error: unknown): void {
    if (this.#killed !== null) endCancelled(this.#wait, this.#killed.message);
    else if (this.#abandoned) this.#reportLate(error);
    else this.#wait.reject(error);
  }

  /** Ends the wait for a call that has not begun, as its own cancel() would. */
  cancelWait(): void {
    if (this.#wait instanceof Future) this.#wait.cancel();
    else endCancelled(this.#wait, undefined);
  }

  #reportLate(exception: unknown): void {
    this.loop?.callExceptionHandler({
      message: `${this.fn.name}() failed in its executor after the wait for it had been cancelled`,
      exception,
    });
  }
}
