import { type Body, batchSizes, OURS_GENERATOR, OURS_NATIVE, type Row } from "../row.ts";

export const spawnRow: Row = {
  name: "spawn",
  title: "Spawn and join a task that returns at once",
  note:
    "10,000 at a time, then joined: in a task group (ours, asyncio), forkChild and joinAll (effect), spawn and join (effection). " +
    "`bare promises` is a call of an async function: one settled promise, no scheduler sees it.",
  live: 10_000,
  contestants: [
    { name: OURS_GENERATOR, n: 2_000_000, load: oursGenerator },
    { name: OURS_NATIVE, n: 1_000_000, load: oursNative },
    { name: "bare generators", n: 5_000_000, load: bareGenerators },
    { name: "bare promises", n: 5_000_000, load: barePromises },
    { name: "effect", n: 500_000, load: effect },
    { name: "effection", n: 20_000, load: effection },
    { name: "asyncio", n: 200_000 },
    { name: "uvloop", n: 200_000 },
  ],
  goals: [
    {
      what: "ns per operation",
      generator: 400,
      native: 900,
      peers: {
        "bare generators": 130,
        "bare promises": 110,
        effect: 1_400,
        effection: 93_000,
        asyncio: 4_400,
        uvloop: 3_700,
      },
    },
  ],
};

async function oursGenerator(): Promise<Body> {
  const { coroutine, run, taskGroup } = await import("asyncio-ts");
  return async (load) => {
    let ops = 0;
    const child = coroutine(function* () {
      ops += 1;
    });
    const main = coroutine(function* () {
      for (const size of batchSizes(load)) {
        yield* taskGroup(function* (group) {
          for (let i = 0; i < size; i++) group.createTask(child());
        });
      }
    });
    await run(main());
    return { ops };
  };
}

async function oursNative(): Promise<Body> {
  const { run, taskGroup } = await import("asyncio-ts");
  return async (load) => {
    let ops = 0;
    async function child(): Promise<void> {
      ops += 1;
    }
    await run(async () => {
      for (const size of batchSizes(load)) {
        await taskGroup(async (group) => {
          for (let i = 0; i < size; i++) group.createTask(child);
        });
      }
    });
    return { ops };
  };
}

async function bareGenerators(): Promise<Body> {
  const { BareKernel, joinAll } = await import("../bare/kernel.ts");
  return async (load) => {
    let ops = 0;
    const kernel = new BareKernel();
    function* child(): Generator<void, void, void> {
      ops += 1;
    }
    function* main(): Generator<void, void, void> {
      for (const size of batchSizes(load)) {
        const tasks = Array.from({ length: size }, () => kernel.spawn(child()));
        yield* joinAll(kernel, tasks);
      }
    }
    await kernel.run(main());
    return { ops };
  };
}

async function barePromises(): Promise<Body> {
  return async (load) => {
    let ops = 0;
    async function child(): Promise<void> {
      ops += 1;
    }
    for (const size of batchSizes(load)) await Promise.all(Array.from({ length: size }, child));
    return { ops };
  };
}

async function effect(): Promise<Body> {
  const { Effect, Fiber } = await import("effect");
  return async (load) => {
    let ops = 0;
    const child = Effect.sync(() => {
      ops += 1;
    });
    const main = Effect.gen(function* () {
      for (const size of batchSizes(load)) {
        const fibers = [];
        for (let i = 0; i < size; i++) fibers.push(yield* Effect.forkChild(child));
        yield* Fiber.joinAll(fibers);
      }
    });
    await Effect.runPromise(main);
    return { ops };
  };
}

async function effection(): Promise<Body> {
  const { run, spawn } = await import("effection");
  return async (load) => {
    let ops = 0;
    function* child() {
      ops += 1;
    }
    await run(function* () {
      for (const size of batchSizes(load)) {
        const tasks = [];
        for (let i = 0; i < size; i++) tasks.push(yield* spawn(child));
        for (const task of tasks) yield* task;
      }
    });
    return { ops };
  };
}
