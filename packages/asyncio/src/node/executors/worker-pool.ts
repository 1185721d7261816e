import { availableParallelism } from "node:os";
import type { Coroutine, CoroutineGenerator } from "../../core/coroutine.ts";
import { runningLoop } from "../../core/current-loop.ts";
import { describeValue } from "../../core/describe.ts";
import { BrokenExecutorError, RuntimeError, ValueError } from "../../core/errors.ts";
import type { Executor, ExecutorFunction } from "../../core/executor.ts";
import { GeneratorCoroutine } from "../../core/generator-coroutine.ts";
import { type Abort, park, type Wait } from "../../core/park.ts";
import { Call } from "./call.ts";
import type { StartWorker } from "./pool-worker.ts";
import { Slot, type SlotOwner } from "./slot.ts";
import { checkedReference } from "./worker-module.ts";

/** How a pool works. */
export interface WorkerPoolOptions {
  /** How many there are at most; by default as many as the machine runs at once. They start when they are needed. */
  readonly maxWorkers?: number;
  /** What they are called in reports and tools: `name-1`, `name-2`. */
  readonly name?: string;
  /** Their environment variables; by default a copy of this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * What cancelling does to a call that has begun. `"abandon"`, the default, leaves it to itself, as Python does.
   * `"terminate"` ends its thread or process, whatever that is doing, and the wait ends when it has ended.
   */
  readonly onCancel?: "abandon" | "terminate";
}

/** What {@link ThreadPoolExecutor} and {@link ProcessPoolExecutor} share. */
export abstract class WorkerPool implements Executor, AsyncDisposable {
  readonly #place: string;
  readonly #name: string;
  readonly #maxWorkers: number;
  readonly #terminates: boolean;
  readonly #start: StartWorker;
  /** Calls that have not begun, in the order in which they came. */
  readonly #queue = new Set<Call>();
  readonly #slots = new Set<Slot>();
  readonly #idle: Slot[] = [];
  readonly #owner: SlotOwner = { free: (slot) => this.#free(slot), gone: (slot) => this.#gone(slot) };
  /** Who waits for the end. */
  readonly #ends = new Set<Wait<void>>();
  #started = 0;
  #shutDown = false;

  /** @internal */
  constructor(place: "thread" | "process", start: StartWorker, options: WorkerPoolOptions) {
    checkOptions(new.target.name, options);
    this.#place = place;
    this.#start = start;
    this.#name = options.name ?? place;
    this.#maxWorkers = options.maxWorkers ?? availableParallelism();
    this.#terminates = options.onCancel === "terminate";
  }

  /**
   * Begins the call as soon as a worker is free. Mostly called by `loop.runInExecutor()`. Arguments are copied when the
   * call begins.
   *
   * @throws TypeError for a function that {@link workerModule} has not named; RuntimeError after the shutdown.
   */
  submit(fn: ExecutorFunction, args: readonly unknown[], wait: Wait<unknown>): Abort {
    const reference = checkedReference(`${this.constructor.name}.submit()`, fn, this.#place);
    if (this.#shutDown) throw new RuntimeError("cannot schedule new futures after shutdown");
    const call = new Call(reference, args, wait);
    this.#queue.add(call);
    this.#fill();
    return (message) => this.#abort(call, message);
  }

  /**
   * Takes no more calls, waits for those that it has, and ends the workers. With `cancelFutures` the calls that have not
   * begun are cancelled.
   */
  shutdown(options: { readonly cancelFutures?: boolean } = {}): Coroutine<void> {
    return new GeneratorCoroutine(this.#end(options.cancelFutures === true), `${this.constructor.name}.shutdown`);
  }

  /** Takes no more calls, and ends each worker when it has nothing left to do. Does not wait for that. */
  close(): void {
    this.#shutDown = true;
    for (const slot of this.#idle.splice(0)) slot.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  *#end(cancelFutures: boolean): CoroutineGenerator<void> {
    this.close();
    if (cancelFutures) for (const call of this.#queue) call.cancelWait();
    if (this.#slots.size === 0) return;
    yield* park<void>((wait) => {
      this.#ends.add(wait);
      return () => {
        this.#ends.delete(wait);
        return "done";
      };
    });
  }

  #abort(call: Call, message: unknown): "done" | "wait" {
    if (this.#queue.delete(call)) return "done";
    if (!this.#terminates) {
      call.abandon();
      return "done";
    }
    call.kill(message);
    for (const slot of this.#slots) if (slot.isAt(call)) slot.kill();
    return "wait";
  }

  /** Begins as many calls as there is room for. */
  #fill(): void {
    for (const call of this.#queue) {
      const slot = this.#idle.pop() ?? this.#hire(call);
      if (slot === null) return;
      this.#queue.delete(call);
      if (slot !== undefined && !slot.begin(call)) this.#release(slot);
    }
  }

  /** A new worker for `call`; null when there are enough, undefined when none can be started. */
  #hire(call: Call): Slot | null | undefined {
    if (this.#slots.size >= this.#maxWorkers) return null;
    this.#started++;
    const make = (): Slot => new Slot(this.#owner, `${this.#name}-${this.#started}`, this.#start);
    try {
      // Whatever comes from it belongs to no task.
      const slot = runningLoop()?._outside(make) ?? make();
      this.#slots.add(slot);
      return slot;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      call.fail(new BrokenExecutorError(`no ${this.#place} can be started: ${why}`, { cause }));
      return undefined;
    }
  }

  #free(slot: Slot): void {
    this.#release(slot);
    this.#fill();
    this.#endIfDone();
  }

  #release(slot: Slot): void {
    slot.rest();
    this.#idle.push(slot);
  }

  #endIfDone(): void {
    if (this.#shutDown && this.#queue.size === 0) this.close();
  }

  #gone(slot: Slot): void {
    this.#slots.delete(slot);
    const index = this.#idle.indexOf(slot);
    if (index >= 0) this.#idle.splice(index, 1);
    this.#fill();
    this.#endIfDone();
    if (this.#slots.size > 0) return;
    for (const wait of this.#ends) wait.resolve();
    this.#ends.clear();
  }
}

function checkOptions(name: string, { maxWorkers, onCancel }: WorkerPoolOptions): void {
  if (maxWorkers !== undefined && typeof maxWorkers !== "number") {
    throw new TypeError(`${name}: maxWorkers must be a number, got ${describeValue(maxWorkers)}`);
  }
  if (maxWorkers !== undefined && !(Number.isInteger(maxWorkers) && maxWorkers > 0)) {
    throw new ValueError("maxWorkers must be greater than 0");
  }
  if (onCancel !== undefined && onCancel !== "abandon" && onCancel !== "terminate") {
    throw new ValueError(`${name}: onCancel is "abandon" or "terminate", got ${describeValue(onCancel)}`);
  }
}
