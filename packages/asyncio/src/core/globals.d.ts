/**
 * What the core asks of the platform beyond the language itself. Everything else (time, timers, tasks of the host,
 * logging, signals) comes through the {@link Host} interface.
 */

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
}

interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare const AbortController: { new (): AbortController; prototype: AbortController };

interface ImportMeta {
  url: string;
}

interface ErrorConstructor {
  /** V8 only: how many frames a new error records. */
  stackTraceLimit?: number;
}
