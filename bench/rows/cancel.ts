import { type Body, batchSizes, OURS_GENERATOR, OURS_NATIVE, type Row } from "../row.ts";

const HOUR_MS = 3_600_000;

const RESOLVED = Promise.resolve();

export const cancelRow: Row = {
  name: "cancel",
  title: "Spawn a sleeper, cancel it, join it: 100,000 at once",
  note:
    "All are asleep before the first is cancelled; `cancel+join` is the second half alone. `bare generators` throws an " +
    "error of its own into each, as a library must; `bare timers` is a clearTimeout and one error object that all share. Each joins with gather (ours, asyncio), interruptAll (effect), halt (effection).",
  live: 100_000,
  contestants: [
    { name: OURS_GENERATOR, n: 100_000, load: oursGenerator },
    { name: OURS_NATIVE, n: 100_000, load: oursNative },
    { name: "bare generators", n: 100_000, load: bareGenerators },
    { name: "bare timers", n: 100_000, load: bareTimers },
    { name: "effect", n: 100_000, load: effect },
    { name: "effection", n: 20_000, load: effection },
    { name: "asyncio", n: 100_000 },
    { name: "uvloop", n: 100_000 },
  ],
  goals: [
    {
      what: "ns per operation",
      generator: 3_500,
      native: 6_000,
      peers: {
        "bare generators": 5_200,
        "bare timers": 3_200,
        effect: 8_200,
        effection: 133_000,
        asyncio: 20_000,
        uvloop: 19_700,
      },
    },
  ],
};

async function oursGenerator(): Promise<Body> {
  const { coroutine, createTask, gather, run, sleep } = await import("asyncio-ts");
  return async (load) => {
    let ops = 0;
    const clock = new Stopwatch();
    const child = coroutine(function* () {
      yield* sleep(HOUR_MS);
    });
    const main = coroutine(function* () {
      for (const size of batchSizes(load)) {
        const tasks = Array.from({ length: size }, () => createTask(child()));
        yield* sleep(0);
        clock.start();
        for (const task of tasks) task.cancel();
        yield* gather(tasks, { returnExceptions: true });
        clock.stop();
        for (const task of tasks) if (task.cancelled()) ops += 1;
      }
    });
    await run(main());
    return { ops, parts: { "cancel+join": clock.ms } };
  };
}

async function oursNative(): Promise<Body> {
  const { createTask, gather, run, sleep } = await import("asyncio-ts");
  return async (load) => {
    let ops = 0;
    const clock = new Stopwatch();
    async function child(): Promise<void> {
      await sleep(HOUR_MS);
    }
    await run(async () => {
      for (const size of batchSizes(load)) {
        const tasks = Array.from({ length: size }, () => createTask(child));
        await sleep(0);
        clock.start();
        for (const task of tasks) task.cancel();
        await gather(tasks, { returnExceptions: true });
        clock.stop();
        for (const task of tasks) if (task.cancelled()) ops += 1;
      }
    });
    return { ops, parts: { "cancel+join": clock.ms } };
  };
}

async function bareGenerators(): Promise<Body> {
  const { BareKernel, joinAll } = await import("../bare/kernel.ts");
  return async (load) => {
    let ops = 0;
    const clock = new Stopwatch();
    const kernel = new BareKernel();
    function* child(): Generator<void, void, void> {
      yield* kernel.sleep(HOUR_MS);
    }
    function* main(): Generator<void, void, void> {
      for (const size of batchSizes(load)) {
        const self = kernel.current;
        const tasks = Array.from({ length: size }, () => kernel.spawn(child()));
        yield* kernel.again();
        clock.start();
        for (const task of tasks) kernel.cancel(task);
        kernel.current = self;
        yield* joinAll(kernel, tasks);
        clock.stop();
        ops += tasks.length;
      }
    }
    await kernel.run(main());
    return { ops, parts: { "cancel+join": clock.ms } };
  };
}

async function bareTimers(): Promise<Body> {
  return async (load) => {
    let ops = 0;
    const clock = new Stopwatch();
    const cancelled = new Error("cancelled");
    for (const size of batchSizes(load)) {
      const cancels: (() => void)[] = [];
      async function child(): Promise<void> {
        await new Promise((resolve, reject) => {
          const timer = setTimeout(resolve, HOUR_MS);
          cancels.push(() => {
            clearTimeout(timer);
            reject(cancelled);
          });
        });
      }
      const tasks = Array.from({ length: size }, child);
      await RESOLVED;
      clock.start();
      for (const cancelOne of cancels) cancelOne();
      const ended = await Promise.allSettled(tasks);
      clock.stop();
      for (const { status } of ended) if (status === "rejected") ops += 1;
    }
    return { ops, parts: { "cancel+join": clock.ms } };
  };
}

async function effect(): Promise<Body> {
  const { Effect, Fiber } = await import("effect");
  return async (load) => {
    let ops = 0;
    const clock = new Stopwatch();
    const child = Effect.sleep(HOUR_MS);
    const main = Effect.gen(function* () {
      for (const size of batchSizes(load)) {
        const fibers = [];
        for (let i = 0; i < size; i++) fibers.push(yield* Effect.forkChild(child));
        yield* Effect.yieldNow;
        clock.start();
        yield* Fiber.interruptAll(fibers);
        clock.stop();
        ops += size;
      }
    });
    await Effect.runPromise(main);
    return { ops, parts: { "cancel+join": clock.ms } };
  };
}

async function effection(): Promise<Body> {
  const { run, sleep, spawn } = await import("effection");
  return async (load) => {
    let ops = 0;
    const clock = new Stopwatch();
    await run(function* () {
      for (const size of batchSizes(load)) {
        const tasks = [];
        for (let i = 0; i < size; i++) tasks.push(yield* spawn(() => sleep(HOUR_MS)));
        yield* sleep(0);
        clock.start();
        for (const task of tasks) yield* task.halt();
        clock.stop();
        ops += size;
      }
    });
    return { ops, parts: { "cancel+join": clock.ms } };
  };
}

/** Adds up stretches of a run. */
class Stopwatch {
  ms = 0;
  #began = 0;

  start(): void {
    this.#began = performance.now();
  }

  stop(): void {
    this.ms += performance.now() - this.#began;
  }
}
