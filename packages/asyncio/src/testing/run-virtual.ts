import { type Coroutine, type CoroutineGenerator, EventLoop, run, type TaskSource } from "../core/index.ts";
import { VirtualHost } from "./host-virtual.ts";

/** How {@link runVirtual} works. */
export interface VirtualOptions {
  /** Debug mode. */
  readonly debug?: boolean;
  /** How long to wait, in real milliseconds, for a promise of the platform; by default 5,000. */
  readonly foreignLimit?: number;
}

/**
 * As `run()`, in virtual time: a test of timeouts and sleeps takes no time, and a program that hangs fails at once, with a
 * DeadlockError that shows who waits for whom.
 *
 * @example
 * ```ts
 * import { sleep } from "asyncio-ts";
 * import { runVirtual } from "asyncio-ts/testing";
 *
 * // test("a day passes", () => runVirtual(async () => {
 * await runVirtual(async () => {
 *   await sleep(24 * 60 * 60 * 1000);
 * });
 * ```
 */
export async function runVirtual<T>(main: TaskSource<T>, options: VirtualOptions = {}): Promise<T> {
  const { debug = false, ...hostOptions } = options;
  return run(main, { loopFactory: () => new EventLoop({ host: new VirtualHost(hostOptions), debug }) });
}

/**
 * Runs a generator coroutine to its end inside of this very call, in virtual time.
 *
 * @throws what the coroutine throws; RuntimeError when it needs native code, which can't run inside of a call.
 * @example
 * ```ts
 * import { coroutine, sleep } from "asyncio-ts";
 * import { runVirtualSync } from "asyncio-ts/testing";
 *
 * const answer = coroutine(function* () {
 *   yield* sleep(1000);
 *   return 42;
 * });
 * console.log(runVirtualSync(answer())); // 42
 * ```
 */
export function runVirtualSync<T>(main: Coroutine<T> | CoroutineGenerator<T> | (() => CoroutineGenerator<T>)): T {
  const loop = new EventLoop({ host: new VirtualHost({ sync: true }) });
  try {
    return loop.runSync(main);
  } finally {
    loop.close();
  }
}
