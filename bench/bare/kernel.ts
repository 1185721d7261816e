import { Fifo } from "./fifo.ts";
import { NOWHERE, type Timed, TimerHeap } from "./heap.ts";

export type Steps = Generator<void, void, void>;

/**
 * A scheduler of generators with nothing in it: no errors, contexts, scopes or names. It tells what JavaScript allows,
 * not what a usable runtime can reach.
 */
export class BareKernel {
  readonly #ready = new Fifo<BareTask>();
  /** A task that sleeps is its own timer: nothing else is allocated for it. */
  readonly #timers = new TimerHeap<BareTask | BareTimer>();
  /** The task whose step runs now; only read from inside a step. */
  current: BareTask | undefined;

  spawn(steps: Steps): BareTask {
    const task = new BareTask(steps);
    this.#ready.push(task);
    return task;
  }

  wake(task: BareTask): void {
    this.#ready.push(task);
  }

  /** To the back of the line: `yield* kernel.again()`. */
  again(): Pause {
    this.#ready.push(this.current as BareTask);
    return new Pause();
  }

  armTimer(ms: number, fire: () => void): BareTimer {
    const timer = new BareTimer(fire);
    this.#timers.push(performance.now() + ms, timer);
    return timer;
  }

  disarm(timer: BareTimer): void {
    this.#timers.remove(timer);
  }

  /** `yield* kernel.sleep(ms)` */
  sleep(ms: number): Pause {
    this.#timers.push(performance.now() + ms, this.current as BareTask);
    return new Pause();
  }

  /** Runs one task until it is done; the others get their turns meanwhile. */
  async run(main: Steps): Promise<void> {
    const task = this.spawn(main);
    for (;;) {
      this.drain();
      if (task.done) return;
      await this.#nextTimer();
    }
  }

  drain(): void {
    for (let task = this.#ready.shift(); task !== undefined; task = this.#ready.shift()) this.#step(task);
  }

  /** For tasks that are promises: fires the timers until none is left. */
  async runTimers(): Promise<void> {
    while (this.#timers.size > 0) await this.#nextTimer();
  }

  /** Throws an error of its own into a task where it stands, and takes it back when it comes out. */
  cancel(task: BareTask): void {
    this.#timers.remove(task);
    this.current = task;
    try {
      task.steps.throw(new BareCancelled("cancelled"));
    } catch (error) {
      if (!(error instanceof BareCancelled)) throw error;
    }
    this.#finish(task);
  }

  #step(task: BareTask): void {
    this.current = task;
    if (task.steps.next().done === true) this.#finish(task);
  }

  #finish(task: BareTask): void {
    if (task.done) return;
    task.done = true;
    if (task.joiner !== undefined) this.#ready.push(task.joiner);
  }

  async #nextTimer(): Promise<void> {
    if (this.#timers.size === 0) throw new Error("every task waits and no timer is armed");
    const ms = Math.max(0, Math.ceil(this.#timers.earliest() - performance.now()));
    await new Promise((resolve) => setTimeout(resolve, ms));
    const now = performance.now();
    while (this.#timers.size > 0 && this.#timers.earliest() <= now) {
      const due = this.#timers.pop();
      if (due instanceof BareTask) this.#ready.push(due);
      else due.fire();
    }
  }
}

export class BareTask implements Timed {
  place = NOWHERE;
  readonly steps: Steps;
  done = false;
  joiner: BareTask | undefined;

  constructor(steps: Steps) {
    this.steps = steps;
  }
}

export class BareTimer implements Timed {
  place = NOWHERE;
  readonly fire: () => void;

  constructor(fire: () => void) {
    this.fire = fire;
  }
}

class BareCancelled extends Error {}

const PAUSED: IteratorResult<void, void> = { done: false, value: undefined };
const RESUMED: IteratorResult<void, void> = { done: true, value: undefined };

/** Suspends once. An object rather than a generator: half the price of `yield*` into one. */
export class Pause implements Iterator<void, void>, Iterable<void, void> {
  #resumed: boolean;

  /** `over`: there was nothing to wait for after all. */
  constructor(over = false) {
    this.#resumed = over;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<void, void> {
    if (this.#resumed) return RESUMED;
    this.#resumed = true;
    return PAUSED;
  }

  throw(error: unknown): IteratorResult<void, void> {
    throw error;
  }
}

/** Waits for each task in turn. */
export function* joinAll(kernel: BareKernel, tasks: Iterable<BareTask>): Steps {
  const waiter = kernel.current as BareTask;
  for (const task of tasks) {
    if (task.done) continue;
    task.joiner = waiter;
    yield;
  }
}
