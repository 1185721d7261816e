import { RuntimeError } from "../../core/errors.ts";
import type { EventLoop } from "../../core/loop.ts";
import type { Task } from "../../core/task.ts";
import { awaitable } from "./awaitable.ts";
import { loadFunction } from "./load-function.ts";
import { cloneError, failed, type Outcome, type RequestMessage, succeeded } from "./messages.ts";
import { takeTransfers } from "./move.ts";
import type { PoolWorker } from "./pool-worker.ts";

/** What the function of a request became: a task, or a handle; absent while its module is being loaded. */
interface Running {
  cancelled: boolean;
  target?: { cancel(): unknown };
}

/** What a worker asks the loops for, whose calls it does: callbacks and tasks in them. */
export class LoopRequests {
  readonly #worker: PoolWorker;
  readonly #loops = new Map<number, EventLoop>();
  readonly #running = new Map<number, Running>();
  /** One request begins after the other, also when the module of one takes longer to load. */
  #previous: Promise<void> = Promise.resolve();
  #loading = 0;
  #loop: EventLoop | null = null;
  #closed = false;

  constructor(worker: PoolWorker) {
    this.#worker = worker;
  }

  /** By which number the worker knows the loop. */
  numberOf(loop: EventLoop | null): number {
    if (loop === null) return 0;
    this.#loop = loop;
    for (const [number, known] of this.#loops) {
      if (known === loop) return number;
      if (known.isClosed()) this.#loops.delete(number);
    }
    numbers++;
    this.#loops.set(numbers, loop);
    return numbers;
  }

  start(request: RequestMessage): void {
    const running: Running = { cancelled: false };
    this.#running.set(request.id, running);
    const loaded = loadFunction(request);
    loaded.catch(() => {}); // reported when its turn comes
    this.#loading++;
    this.#previous = this.#previous.then(async () => {
      try {
        this.#run(request, running, await loaded);
      } catch (error) {
        this.#fail(request, error);
      }
      this.#loading--;
    });
  }

  /** Calls `fn` when every request has begun that has come up to now. */
  afterStarts(fn: () => void): void {
    if (this.#loading === 0) fn();
    else this.#previous = this.#previous.then(fn);
  }

  cancel(id: number): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.cancelled = true;
    running.target?.cancel();
  }

  /** The worker has ended, and if there is a report, by an error that no call gets. */
  close(report: { readonly how: string; readonly cause: unknown } | null): void {
    this.#closed = true;
    for (const { target } of this.#running.values()) target?.cancel();
    this.#running.clear();
    if (report !== null) this.#loop?.callExceptionHandler({ message: report.how, exception: report.cause });
  }

  #run(request: RequestMessage, running: Running, fn: (...args: readonly unknown[]) => unknown): void {
    if (this.#closed) return;
    const loop = this.#loops.get(request.loop);
    if (loop === undefined || loop.isClosed()) throw new RuntimeError("Event loop is closed");
    if (request.task) this.#createTask(loop, request, running, fn);
    else this.#callSoon(loop, request, running, fn);
  }

  #createTask(
    loop: EventLoop,
    request: RequestMessage,
    running: Running,
    fn: (...args: readonly unknown[]) => unknown,
  ): void {
    const task = loop.createTask(() => awaitable(fn(...request.args)));
    running.target = task;
    task._whenDone(() => {
      this.#running.delete(request.id);
      this.#reply(request, outcomeOf(task));
    });
    if (running.cancelled) task.cancel();
  }

  #callSoon(
    loop: EventLoop,
    request: RequestMessage,
    running: Running,
    fn: (...args: readonly unknown[]) => unknown,
  ): void {
    if (!running.cancelled) running.target = loop.callSoon(fn, { args: request.args });
    loop.callSoon(() => this.#running.delete(request.id));
  }

  #fail(request: RequestMessage, error: unknown): void {
    this.#running.delete(request.id);
    if (request.task) this.#reply(request, failed(error));
    else {
      const message = `callSoonThreadsafe(): ${request.name}() could not be called`;
      this.#loops.get(request.loop)?.callExceptionHandler({ message, exception: error });
    }
  }

  #reply({ id, name }: RequestMessage, outcome: Outcome): void {
    if (this.#closed) return;
    try {
      this.#worker.post({ kind: "reply", id, outcome }, outcome.ok ? takeTransfers([outcome.value]) : []);
    } catch (error) {
      this.#worker.post({ kind: "reply", id, outcome: failed(cloneError(`the result of ${name}()`, error)) }, []);
    }
  }
}

let numbers = 0;

function outcomeOf(task: Task<unknown>): Outcome {
  return task._failed() ? failed(task._takeError()) : succeeded(task.result());
}
