import { type Body, OURS_GENERATOR, OURS_NATIVE, type Row } from "../row.ts";

export const sleepersRow: Row = {
  name: "sleepers",
  title: "1,000,000 tasks asleep at once, for 0 to 999 ms each",
  note:
    "All are spawned before the first may wake. The wall time holds one second of sleeping: 1,000 ns of each operation at a " +
    "million. `bare generators` and `bare promises` sleep on a heap of their own, `bare timers` on setTimeout. effection runs " +
    "50,000: at 18 kB a task a million would not fit. effect runs without its scheduler's yields, else the first wake while others are born.",
  live: 1_000_000,
  sleeps: true,
  contestants: [
    { name: OURS_GENERATOR, n: 1_000_000, load: oursGenerator },
    { name: OURS_NATIVE, n: 1_000_000, load: oursNative },
    { name: "bare generators", n: 1_000_000, load: bareGenerators },
    { name: "bare promises", n: 1_000_000, load: barePromises },
    { name: "bare timers", n: 1_000_000, load: bareTimers },
    { name: "effect", n: 1_000_000, maxRounds: 1, load: effect },
    { name: "effection", n: 50_000, maxRounds: 1, load: effection },
    { name: "asyncio", n: 1_000_000, maxRounds: 1 },
    { name: "uvloop", n: 1_000_000, maxRounds: 1 },
  ],
  goals: [
    {
      what: "ns per operation",
      generator: 2_500,
      native: 6_000,
      peers: {
        "bare generators": 1_600,
        "bare promises": 4_200,
        "bare timers": 7_000,
        effect: 17_000,
        asyncio: 28_000,
        uvloop: 25_000,
      },
    },
    {
      what: "bytes per operation",
      generator: 450,
      native: 1_000,
      peers: {
        "bare generators": 370,
        "bare promises": 830,
        "bare timers": 950,
        effect: 2_680,
        effection: 18_000,
        asyncio: 1_670,
      },
    },
  ],
};

/** Spread over the second, not in rising order: that would spare the heap its work. */
function duration(i: number): number {
  return (i * 7919) % 1000;
}

async function oursGenerator(): Promise<Body> {
  const { coroutine, run, sleep, taskGroup } = await import("asyncio-ts");
  return async ({ n }) => {
    let ops = 0;
    const child = coroutine(function* (ms: number) {
      yield* sleep(ms);
      ops += 1;
    });
    await run(
      taskGroup(function* (group) {
        for (let i = 0; i < n; i++) group.createTask(child(duration(i)));
      }),
    );
    return { ops };
  };
}

async function oursNative(): Promise<Body> {
  const { run, sleep, taskGroup } = await import("asyncio-ts");
  return async ({ n }) => {
    let ops = 0;
    async function child(ms: number): Promise<void> {
      await sleep(ms);
      ops += 1;
    }
    await run(
      taskGroup(async (group) => {
        for (let i = 0; i < n; i++) group.createTask(() => child(duration(i)));
      }),
    );
    return { ops };
  };
}

async function bareGenerators(): Promise<Body> {
  const { BareKernel, joinAll } = await import("../bare/kernel.ts");
  return async ({ n }) => {
    let ops = 0;
    const kernel = new BareKernel();
    function* child(ms: number): Generator<void, void, void> {
      yield* kernel.sleep(ms);
      ops += 1;
    }
    function* main(): Generator<void, void, void> {
      const tasks = Array.from({ length: n }, (_, i) => kernel.spawn(child(duration(i))));
      yield* joinAll(kernel, tasks);
    }
    await kernel.run(main());
    return { ops };
  };
}

async function barePromises(): Promise<Body> {
  const { BareKernel } = await import("../bare/kernel.ts");
  return async ({ n }) => {
    let ops = 0;
    const kernel = new BareKernel();
    async function child(ms: number): Promise<void> {
      await new Promise<void>((resolve) => kernel.armTimer(ms, resolve));
      ops += 1;
    }
    const tasks = Array.from({ length: n }, (_, i) => child(duration(i)));
    await kernel.runTimers();
    await Promise.all(tasks);
    return { ops };
  };
}

async function bareTimers(): Promise<Body> {
  return async ({ n }) => {
    let ops = 0;
    async function child(ms: number): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, ms));
      ops += 1;
    }
    await Promise.all(Array.from({ length: n }, (_, i) => child(duration(i))));
    return { ops };
  };
}

async function effect(): Promise<Body> {
  const { Effect, Fiber, References } = await import("effect");
  return async ({ n }) => {
    let ops = 0;
    const child = (ms: number) => Effect.map(Effect.sleep(ms), () => void (ops += 1));
    const main = Effect.gen(function* () {
      const fibers = [];
      for (let i = 0; i < n; i++) fibers.push(yield* Effect.forkChild(child(duration(i))));
      yield* Fiber.joinAll(fibers);
    });
    await Effect.runPromise(Effect.provideService(main, References.PreventSchedulerYield, true));
    return { ops };
  };
}

async function effection(): Promise<Body> {
  const { run, sleep, spawn } = await import("effection");
  return async ({ n }) => {
    let ops = 0;
    function* child(ms: number) {
      yield* sleep(ms);
      ops += 1;
    }
    await run(function* () {
      const tasks = [];
      for (let i = 0; i < n; i++) tasks.push(yield* spawn(() => child(duration(i))));
      for (const task of tasks) yield* task;
    });
    return { ops };
  };
}
