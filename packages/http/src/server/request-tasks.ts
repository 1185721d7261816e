import type { IncomingMessage } from "node:http";
import {
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  createTask,
  currentTask,
  Event,
  type EventLoop,
  formatCallGraph,
  getRunningLoop,
  RuntimeError,
  shield,
  type Task,
  type TaskGroup,
  type TaskSource,
  type TimerHandle,
  taskGroup,
} from "asyncio-ts";

/** A request that becomes a task. @internal */
export interface TaskRequest {
  /** What the task is called. */
  readonly name: string;
  /** Set when the request did not end at once. */
  task: Task<void> | null;
  /** What the task is made of. */
  run(): TaskSource<void>;
}

/** What the task of a request is called: without the query, which may be anything. @internal */
export function nameOf({ method, url = "" }: IncomingMessage): string {
  const query = url.indexOf("?");
  return `${method} ${query < 0 ? url : url.slice(0, query)}`;
}

/** Where requests come from. @internal */
export interface RequestSource {
  /** Takes no more connections; every response that begins from now on is the last on its connection. */
  stop(): void;
  /** Whether requests may be on their way on connections that were kept. {@link RequestTasks.changed} is told of the end. */
  expectsMore(): boolean;
  /** Cuts whatever connections are left. */
  cut(): void;
}

/** How long requests may go on when their server is closed, in milliseconds. @internal */
export const GRACE = 60_000;
/** How long they may take to clean up then. @internal */
export const CLEANUP = 10_000;

const SHUTTING_DOWN = "the server is shutting down";

/**
 * The tasks of a server's requests: children of one task group, whose task stands for the server. Closing it lets them go
 * on for a time, then cancels them and waits for them.
 *
 * @internal
 */
export class RequestTasks<R extends TaskRequest> {
  readonly #source: RequestSource;
  readonly #cleanupMs: number;
  readonly #running = new Set<R>();
  readonly #closing = new Event();
  /** Something that the end of the grace hangs on has changed. */
  readonly #changed = new Event();
  readonly #ended = new Event();
  readonly #timers: TimerHandle[] = [];
  #loop: EventLoop | null = null;
  #group: TaskGroup | null = null;
  #stopped = false;
  #hurried = false;

  constructor(source: RequestSource, cleanupMs: number) {
    this.#source = source;
    this.#cleanupMs = cleanupMs;
  }

  /** Makes the task of the server; from then on requests can be opened. */
  start(name: string): void {
    this.#loop = getRunningLoop();
    createTask(this.#serve(), { name, eagerStart: true });
  }

  /** Those that have not ended. */
  running(): ReadonlySet<R> {
    return this.#running;
  }

  /** Whether it takes no more connections. */
  isStopped(): boolean {
    return this.#stopped;
  }

  /** Begins the task of a request at once; false when it is too late for that. */
  open(request: R): boolean {
    const group = this.#group;
    if (group === null) return false;
    const task = group.createTask(request.run(), { name: request.name, eagerStart: true });
    if (task.done()) return true;
    request.task = task;
    this.#running.add(request);
    return true;
  }

  /** A request that did not end at once has ended. */
  over(request: R): void {
    this.#running.delete(request);
    if (this.#stopped) this.#changed.set();
  }

  changed(): void {
    this.#changed.set();
  }

  /**
   * Ends it, and waits for the end. Cancelling this wait ends the time of grace, not the wait: it goes on until the requests
   * have cleaned up.
   *
   * @throws RuntimeError, from the wait, when a request waits for it.
   */
  close(graceMs: number | null): Coroutine<void> {
    return RequestTasks.#close.call(this, graceMs);
  }

  static readonly #close = coroutine(function* close(this: RequestTasks<TaskRequest>, graceMs: number | null) {
    this.#refuseRequest();
    this.beginToClose(graceMs);
    try {
      yield* this.#ended.wait();
    } catch (error) {
      this.hurry();
      yield* shield(this.#ended.wait(), { withinMs: 2 * this.#cleanupMs });
      throw error;
    }
  });

  /** Begins to end it. If that was done before, the shorter grace counts. */
  beginToClose(graceMs: number | null): void {
    if (this.#ended.isSet()) return;
    this.#closing.set();
    if (graceMs !== null) this.#timers.push((this.#loop as EventLoop).callLater(graceMs, () => this.hurry()));
  }

  /** Waits until it has been closed, by whomever. */
  waitEnded(): Coroutine<true> {
    return this.#ended.wait();
  }

  /** No more grace. */
  hurry(): void {
    this.#hurried = true;
    this.#closing.set();
    this.#changed.set();
  }

  /** It would wait for itself. */
  #refuseRequest(): void {
    const task = currentTask();
    for (const request of this.#running) {
      if (request.task !== task) continue;
      throw new RuntimeError(
        "close() can't be awaited by a request of the server, for which it waits: use createTask(() => server.close())",
      );
    }
  }

  *#serve(): CoroutineGenerator<void> {
    try {
      yield* taskGroup((group) => this.#untilClosed(group));
    } finally {
      this.#end();
    }
  }

  /** The body of the group. */
  *#untilClosed(group: TaskGroup): CoroutineGenerator<void> {
    this.#group = group;
    try {
      yield* this.#closing.wait();
      this.#stop();
      while (!this.#hurried && (this.#running.size > 0 || this.#source.expectsMore())) {
        this.#changed.clear();
        yield* this.#changed.wait();
      }
    } finally {
      this.#stop();
      this.#group = null;
      this.#timers.push((this.#loop as EventLoop).callLater(this.#cleanupMs, () => this.#giveUp()));
      group.cancel(SHUTTING_DOWN);
    }
  }

  #stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#source.stop();
  }

  /** Requests that take no notice of their cancellation are left behind. */
  #giveUp(): void {
    for (const { name, task } of this.#running) {
      if (task === null) continue;
      task.getLoop().callExceptionHandler({
        message:
          `${name} was cancelled ${this.#cleanupMs} ms ago and has not ended; the server is closed without it.\n` +
          formatCallGraph(task),
        task,
      });
    }
    this.#end();
  }

  #end(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#source.cut();
    this.#ended.set();
  }
}
