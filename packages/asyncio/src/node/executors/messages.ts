import { type Packed, packThrown, unpackThrown } from "./error-transfer.ts";
import type { FunctionReference } from "./worker-module.ts";

/** How a call has ended. */
export type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly thrown: Packed };

/** The call that the worker is to do; it does one at a time. `loop` is the number of the loop that asks for it. */
export interface CallMessage extends FunctionReference {
  readonly kind: "call";
  readonly loop: number;
  readonly args: readonly unknown[];
}

/** How what the worker has asked for has ended. */
export interface ReplyMessage {
  readonly kind: "reply";
  readonly id: number;
  readonly outcome: Outcome;
}

/** From the pool to a worker. */
export type ToWorker = CallMessage | ReplyMessage | { readonly kind: "end" };

/** What the worker asks its loop for: a task, of which it wants to know the outcome, or a callback. */
export interface RequestMessage extends FunctionReference {
  readonly kind: "request";
  readonly id: number;
  readonly task: boolean;
  readonly loop: number;
  readonly args: readonly unknown[];
}

/** From a worker to the pool. */
export type FromWorker =
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | RequestMessage
  | { readonly kind: "cancel"; readonly id: number };

/** What a thread is started with, beside its module. */
export interface ThreadData {
  /** Changes with each message to the thread, so that it can sleep until one comes. */
  readonly asyncioSignal: Int32Array;
}

export function succeeded(value: unknown): Outcome {
  return { ok: true, value };
}

export function failed(error: unknown): Outcome {
  return { ok: false, thrown: packThrown(error) };
}

/** Hands an outcome to whoever waits for it. */
export function settle(outcome: Outcome, wait: { resolve(value: unknown): void; reject(error: unknown): void }): void {
  if (outcome.ok) wait.resolve(outcome.value);
  else wait.reject(unpackThrown(outcome.thrown));
}

/** For what can't be cloned. */
export function cloneError(what: string, cause: unknown): TypeError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TypeError(`${what} can't be sent: ${why} What travels is data, as structuredClone() takes it`, { cause });
}
