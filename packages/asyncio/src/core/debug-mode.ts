import type { Coroutine } from "./coroutine.ts";
import { traceOf } from "./describe.ts";
import { Handle, type ReadyEntry } from "./handle.ts";
import type { EventLoop } from "./loop.ts";
import { awaitedAt, parseStack } from "./stack.ts";
import type { Task } from "./task.ts";

/** What debug mode adds to a loop: reports of what is slow, forgotten, swallowed or out of reach. @internal */
export class DebugMode {
  readonly #loop: EventLoop;
  /** Coroutines that were made and have not begun. */
  readonly #fresh = new Set<Coroutine<unknown>>();

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /** Runs an entry together with the microtasks it leaves, and reports it when that takes too long. */
  run(entry: ReadyEntry, drain: () => void): void {
    const resumedAt = placeOf(entry);
    const start = this.#loop.time();
    entry._run();
    drain();
    const took = this.#loop.time() - start;
    if (took >= this.#loop.slowCallbackDuration) this.#reportSlow(entry, took, resumedAt);
  }

  created(coroutine: Coroutine<unknown>): void {
    traceOf.record(coroutine);
    this.#fresh.add(coroutine);
  }

  started(coroutine: Coroutine<unknown>): void {
    this.#fresh.delete(coroutine);
  }

  /** The task was asked to stop and nothing that the loop knows will wake it: after this turn it is worth a report. */
  checkDelivery(task: Task<unknown>): void {
    this.#loop._enqueue({
      _run: () => {
        if (task.done() || !task._mustCancel || !task._waitsForForeign()) return;
        this.#loop.callExceptionHandler({
          message:
            `${task} was cancelled while it awaits a promise that the loop does not know: ` +
            "the CancelledError is thrown at its next await of this library; see wrapFuture() and abortable()",
          task,
          ...traceOf.entry(task),
        });
      },
    });
  }

  swallowed(task: Task<unknown>): void {
    const place = firstPlace(traceOf.delivery(task));
    this.#loop.callExceptionHandler({
      message:
        `${task} swallowed a cancellation: it went on, and ${task.cancelling()} request(s) are still open` +
        (place && `; the CancelledError was thrown at ${place}`),
      task,
      ...traceOf.entry(task),
    });
  }

  /** Reports the coroutines that nobody has awaited. */
  close(): void {
    for (const coroutine of this.#fresh) {
      this.#loop.callExceptionHandler({
        message: `coroutine '${coroutine.name}' was never awaited`,
        ...traceOf.entry(coroutine),
      });
    }
    this.#fresh.clear();
  }

  #reportSlow(entry: ReadyEntry, took: number, resumedAt: string): void {
    const task = (entry as { readonly task?: Task<unknown> | null }).task ?? undefined;
    const suspendedAt = task === undefined || task.done() ? "" : placeOf(lastStepper(task));
    const between = [resumedAt && `resumed at ${resumedAt}`, suspendedAt && `suspended again at ${suspendedAt}`];
    const places = between.filter((place) => place !== "").join(", ");
    this.#loop.callExceptionHandler({
      message: `Executing ${task ?? String(entry)} took ${(took / 1000).toFixed(3)} seconds${places && `: ${places}`}`,
      ...(task === undefined ? {} : { task }),
      ...(entry instanceof Handle ? { handle: entry } : {}),
      ...traceOf.entry(task ?? entry),
    });
  }
}

/** What of a task was suspended last: the await of its native code, else its generator. */
function lastStepper(task: Task<unknown>): object {
  return [...task._strands()].at(-1) ?? task;
}

function placeOf(entry: object): string {
  const frame = awaitedAt(entry)[0];
  return frame === undefined ? firstPlace(traceOf.site(entry)) : `${frame.file}:${frame.line}:${frame.column}`;
}

/** The innermost place in user code of a stack; empty when there is none. */
function firstPlace(stack: string | undefined): string {
  const frame = stack === undefined ? undefined : parseStack(stack)[0];
  return frame === undefined ? "" : `${frame.file}:${frame.line}:${frame.column}`;
}
