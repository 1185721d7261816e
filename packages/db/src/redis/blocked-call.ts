import {
  type CancelledError,
  type Coroutine,
  type EventLoop,
  getRunningLoop,
  park,
  type TimerHandle,
  type Wait,
} from "asyncio-ts";
import { cancelledError } from "../cancelled-error.ts";
import type { CallOptions } from "./commands.ts";
import type { Connection } from "./connection.ts";
import { type Encoded, encodeRaw } from "./encode.ts";
import type { Sender } from "./request.ts";

const FIRST_PAUSE_MS = 2;

/** What a blocking command needs besides its connection. */
export interface Unblocking {
  /** Over which the server is told to unblock: another connection. */
  readonly over: Sender;
  /** How long it may take to end when it is told to; then its connection is destroyed. */
  readonly cancelGraceMs: number;
}

/**
 * Sends a blocking command over a connection that nobody else uses, and waits for its reply.
 *
 * Cancelled, it is unblocked at the server, and what it comes to decides: an element that was popped meanwhile is the
 * result, and the request is raised at the task's next wait. `taken` is told of an element also when the task never sees it; it is null
 * when there is none that could be lost.
 */
export function blockedCall(
  connection: Connection,
  command: Encoded,
  options: Unblocking & CallOptions,
  taken: ((reply: unknown) => void) | null,
): Coroutine<unknown> {
  return park((wait) => {
    const call = new BlockedCall(connection, options, wait, taken);
    connection.dispatch(command, { typeMapping: options.typeMapping }, call);
    return (message) => call.cancel(cancelledError(message));
  });
}

class BlockedCall {
  readonly #connection: Connection;
  readonly #options: Unblocking;
  readonly #wait: Wait<unknown>;
  readonly #loop: EventLoop = getRunningLoop();
  readonly #taken: ((reply: unknown) => void) | null;
  /** Settles the wait; known when the reply has come. */
  #outcome: (() => void) | null = null;
  #cancelled: CancelledError | null = null;
  /** Whether an answer to `CLIENT UNBLOCK` is still to come: before that nobody may use the connection, or it might be theirs. */
  #unblocking = false;
  #grace: TimerHandle | null = null;
  #retry: TimerHandle | null = null;

  constructor(
    connection: Connection,
    options: Unblocking,
    wait: Wait<unknown>,
    taken: ((reply: unknown) => void) | null,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#wait = wait;
    this.#taken = taken;
  }

  resolve(reply: unknown): void {
    this.#end(() => {
      const isElement = reply !== null && this.#taken !== null;
      if (isElement) this.#taken?.(reply);
      if (this.#cancelled !== null && !isElement) this.#wait.reject(this.#cancelled);
      else this.#wait.resolve(reply);
    });
  }

  reject(error: unknown): void {
    this.#end(() => this.#wait.reject(this.#cancelled ?? error));
  }

  cancel(error: CancelledError): "wait" {
    this.#cancelled = error;
    const { cancelGraceMs } = this.#options;
    this.#grace = this.#loop.callLater(cancelGraceMs, () => {
      this.#unblocking = false;
      this.#connection.destroy(`a blocking command was cancelled and has not ended within ${cancelGraceMs} ms`);
      this.#settle();
    });
    this.#unblock(FIRST_PAUSE_MS);
    return "wait";
  }

  /** Tells the server; again when the command had not arrived there yet. */
  #unblock(pauseMs: number): void {
    if (this.#outcome !== null) return;
    this.#unblocking = true;
    const answered = (unblocked: boolean): void => {
      this.#unblocking = false;
      if (this.#outcome !== null) this.#settle();
      else if (!unblocked && !this.#connection.closed) {
        this.#retry = this.#loop.callLater(pauseMs, () => this.#unblock(2 * pauseMs));
      }
    };
    const command = encodeRaw("CLIENT UNBLOCK", [this.#connection.id]);
    try {
      this.#options.over.send({
        sendOver: (connection) =>
          connection.dispatch(
            command,
            {},
            { resolve: (reply) => answered(reply === 1), reject: () => answered(false) },
          ),
        reject: () => answered(false),
      });
    } catch {
      // The client is being destroyed, and this connection will be.
      this.#unblocking = false;
    }
  }

  #end(outcome: () => void): void {
    this.#outcome = outcome;
    if (!this.#unblocking) this.#settle();
  }

  #settle(): void {
    this.#grace?.cancel();
    this.#retry?.cancel();
    this.#outcome?.();
  }
}
