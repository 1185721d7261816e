import type { FromWorker, ToWorker } from "./messages.ts";

/** A thread or a process of a pool. */
export interface PoolWorker {
  /** @throws what the platform throws for a message that can't be cloned. */
  post(message: ToWorker, transfer: readonly object[]): void;
  /** Whether it keeps this process alive. */
  setBusy(busy: boolean): void;
  kill(): void;
}

/** What a {@link PoolWorker} tells its pool. */
export interface PoolWorkerEvents {
  message(message: FromWorker): void;
  /** Something has come that could not be read. */
  unreadable(error: unknown): void;
  /** Told once, after the last message. */
  ended(how: string, cause: unknown): void;
}

/** Makes the worker of that name. */
export type StartWorker = (name: string, events: PoolWorkerEvents) => PoolWorker;
