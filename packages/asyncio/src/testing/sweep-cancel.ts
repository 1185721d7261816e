import {
  CancelledError,
  createTask,
  DeadlockError,
  EventLoop,
  type ExceptionContext,
  type Instrument,
  type Task,
  type TaskSource,
  wait,
} from "../core/index.ts";
import { VirtualHost } from "./host-virtual.ts";

/** How the swept operation ended. */
export type SweepOutcome<T> =
  | { readonly state: "result"; readonly result: T }
  | { readonly state: "error"; readonly error: unknown }
  | { readonly state: "cancelled" };

/** One run of the operation that is swept, on fresh objects. */
export interface SweepScenario<T> {
  /** Runs in a task of its own, which is the one that gets cancelled. */
  readonly operation: TaskSource<T>;
  /** Tasks that run beside it, and have to end: holders of the lock, producers. */
  readonly beside?: readonly TaskSource<unknown>[];
  /** Asserts, when all have ended, that everything is as it should be: locks free, permits back, no item lost. */
  readonly check?: (outcome: SweepOutcome<T>) => unknown;
}

/** What a sweep did. */
export interface SweepReport {
  /** How often the operation waits when nobody cancels it. */
  readonly awaitPoints: number;
  /** How often it was run. */
  readonly runs: number;
}

/** At which wait to cancel: as soon as it has begun, or when it is over and the task has not yet been told. */
interface Moment {
  readonly point: number;
  readonly when: "before the wake-up" | "after the wake-up";
}

/**
 * Cancels an operation at each of its await points in turn, before and after the wake-up, on a virtual clock. After each
 * run it calls `check`, and makes sure that no task, timer, foreign wait or report is left.
 *
 * @throws the first failure, with the moment of the cancellation in its message.
 * @example
 * ```ts
 * import { Lock, sleep } from "asyncio-ts";
 * import { sweepCancel } from "asyncio-ts/testing";
 *
 * const { awaitPoints } = await sweepCancel(() => {
 *   const lock = new Lock();
 *   const hold = async () => {
 *     await using _ = await lock.hold();
 *     await sleep(1);
 *   };
 *   return {
 *     operation: hold,
 *     beside: [hold],
 *     check: () => console.assert(!lock.locked()),
 *   };
 * });
 * console.log(awaitPoints);
 * ```
 */
export async function sweepCancel<T>(setup: () => SweepScenario<T>): Promise<SweepReport> {
  const awaitPoints = await runOnce(setup, null);
  if (awaitPoints === 0) throw new Error("sweepCancel(): the operation never waits, so there is nothing to cancel");
  let runs = 1;
  for (let point = 0; point <= awaitPoints; point++) {
    for (const when of ["before the wake-up", "after the wake-up"] as const) {
      if (point === 0 && when === "before the wake-up") continue;
      await runOnce(setup, { point, when });
      runs++;
    }
  }
  return { awaitPoints, runs };
}

async function runOnce<T>(setup: () => SweepScenario<T>, moment: Moment | null): Promise<number> {
  try {
    return await new Sweep<T>(moment).run(setup);
  } catch (error) {
    const where = moment === null ? "not cancelled" : `cancelled at await point ${moment.point}, ${moment.when}`;
    throw new Error(`sweepCancel(), ${where}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

class Sweep<T> implements Instrument {
  readonly #moment: Moment | null;
  readonly #loop = new EventLoop({ host: new VirtualHost(), instrument: this });
  readonly #reports: string[] = [];
  #swept: Task<T> | undefined;
  #points = 0;
  #cancelled = false;

  constructor(moment: Moment | null) {
    this.#moment = moment;
    this.#loop.setExceptionHandler((_, context) => this.#reports.push(describe(context)));
  }

  parked(task: Task<unknown>): void {
    if (task !== this.#swept) return;
    this.#points++;
    this.#cancelAt("before the wake-up");
  }

  woken(task: Task<unknown>): void {
    if (task === this.#swept) this.#cancelAt("after the wake-up");
  }

  async run(setup: () => SweepScenario<T>): Promise<number> {
    try {
      await this.#loop.runUntilComplete(() => this.#play(setup()));
      await this.#expectNothingLeft();
    } finally {
      this.#loop.close();
    }
    if (this.#reports.length > 0) throw new Error(`reported: ${this.#reports.join("; ")}`);
    return this.#points;
  }

  async #play(scenario: SweepScenario<T>): Promise<void> {
    const beside = (scenario.beside ?? []).map((source) => createTask(source));
    this.#swept = createTask(scenario.operation, { name: "swept" });
    if (this.#moment?.point === 0) this.#cancelAt("after the wake-up");
    await wait([this.#swept, ...beside]);
    for (const task of beside) if (!task.cancelled()) task.result();
    await scenario.check?.(outcomeOf(this.#swept));
  }

  #cancelAt(when: Moment["when"]): void {
    if (this.#cancelled || this.#moment?.when !== when || this.#points !== this.#moment.point) return;
    this.#cancelled = true;
    this.#swept?.cancel("swept");
  }

  /** A loop in which nothing is left has nothing to wait for. */
  async #expectNothingLeft(): Promise<void> {
    const now = this.#loop.time();
    try {
      await this.#loop.runForever();
    } catch (error) {
      if (!(error instanceof DeadlockError)) throw error;
      if (this.#loop.time() > now) throw new Error("a timer is left", { cause: error });
      if (error.message.includes("<Task")) throw error;
    }
  }
}

function outcomeOf<T>(task: Task<T>): SweepOutcome<T> {
  if (task.cancelled()) return { state: "cancelled" };
  const error = task.exception();
  if (error === null) return { state: "result", result: task.result() };
  return error instanceof CancelledError ? { state: "cancelled" } : { state: "error", error };
}

function describe(context: ExceptionContext): string {
  return context.exception === undefined ? context.message : `${context.message} (${String(context.exception)})`;
}
