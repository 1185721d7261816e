import { CancelledError, createTask, EventLoop, type Instrument, run, type Task } from "asyncio-ts";

/** When to cancel: as soon as the task has begun to wait, or when the wait is over and the task has not yet been told. */
interface CancelPoint {
  readonly wait: number;
  readonly when: "before the wake-up" | "after the wake-up";
}

/** How a task ended. */
export type Outcome = "result" | "cancelled";

class CancelAt implements Instrument {
  readonly #point: CancelPoint | null;
  target: Task<unknown> | null = null;
  waits = 0;

  constructor(point: CancelPoint | null) {
    this.#point = point;
  }

  parked(task: Task<unknown>): void {
    if (task !== this.target) return;
    this.waits++;
    this.#reach("before the wake-up");
  }

  woken(task: Task<unknown>): void {
    if (task === this.target && this.waits > 0) this.#reach("after the wake-up");
  }

  #reach(when: CancelPoint["when"]): void {
    if (this.#point?.wait === this.waits && this.#point.when === when) this.target?.cancel();
  }
}

/**
 * `sweepCancel()` of asyncio-ts in real time, for operations that talk to servers: runs `scenario` again and again, each
 * time on a loop of its own, and cancels `operation` at its next wait.
 *
 * @returns how often the operation waits.
 */
export async function sweepWaits(
  scenario: (attempt: (operation: () => PromiseLike<unknown>) => Promise<Outcome>) => Promise<void>,
): Promise<number> {
  const waits = await runOnce(scenario, null);
  for (let wait = 1; wait <= waits; wait++) {
    for (const when of ["before the wake-up", "after the wake-up"] as const) await runOnce(scenario, { wait, when });
  }
  return waits;
}

async function runOnce(
  scenario: (attempt: (operation: () => PromiseLike<unknown>) => Promise<Outcome>) => Promise<void>,
  point: CancelPoint | null,
): Promise<number> {
  const instrument = new CancelAt(point);
  const attempt = async (operation: () => PromiseLike<unknown>): Promise<Outcome> => {
    instrument.target = createTask(async () => await operation());
    try {
      await instrument.target;
      return "result";
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
      return "cancelled";
    } finally {
      instrument.target = null;
    }
  };
  try {
    await run(async () => await scenario(attempt), { loopFactory: () => new EventLoop({ instrument }) });
  } catch (error) {
    const where = point === null ? "not cancelled" : `cancelled at wait ${point.wait}, ${point.when}`;
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
  return instrument.waits;
}
