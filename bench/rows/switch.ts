import { type Body, type Load, OURS_GENERATOR, OURS_NATIVE, type Row, shareOf } from "../row.ts";

const RESOLVED = Promise.resolve();

export const switchRow: Row = {
  name: "switch",
  title: "Switch between 100 tasks: sleep(0)",
  note:
    "A yield is not the same thing everywhere. Resolved promises and effection's action never let the host's loop turn, so " +
    "timers and sockets starve; setImmediate, effect's yieldNow, asyncio and uvloop do so once per round of the 100 tasks. " +
    "`bare promises` makes a promise per switch, `bare await` none that anybody could cancel.",
  live: 100,
  contestants: [
    { name: OURS_GENERATOR, n: 5_000_000, load: oursGenerator },
    { name: OURS_NATIVE, n: 2_000_000, load: oursNative },
    { name: "bare generators", n: 20_000_000, load: bareGenerators },
    { name: "bare promises", n: 5_000_000, load: barePromises },
    { name: "bare await", n: 10_000_000, load: bareAwait },
    { name: "bare setImmediate", n: 1_000_000, load: bareImmediate },
    { name: "effect", n: 1_000_000, load: effect },
    { name: "effection", n: 300_000, load: effection },
    { name: "asyncio", n: 500_000 },
    { name: "uvloop", n: 500_000 },
  ],
  goals: [
    {
      what: "ns per operation",
      generator: 80,
      native: 300,
      peers: {
        "bare generators": 50,
        "bare promises": 120,
        effect: 710,
        effection: 1_430,
        asyncio: 1_200,
        uvloop: 810,
      },
    },
  ],
};

async function oursGenerator(): Promise<Body> {
  const { coroutine, run, sleep, taskGroup } = await import("asyncio-ts");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    const child = coroutine(function* () {
      for (let i = 0; i < share; i++) {
        yield* sleep(0);
        ops += 1;
      }
    });
    await run(
      taskGroup(function* (group) {
        for (let i = 0; i < load.live; i++) group.createTask(child());
      }),
    );
    return { ops };
  };
}

async function oursNative(): Promise<Body> {
  const { run, sleep, taskGroup } = await import("asyncio-ts");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    async function child(): Promise<void> {
      for (let i = 0; i < share; i++) {
        await sleep(0);
        ops += 1;
      }
    }
    await run(
      taskGroup(async (group) => {
        for (let i = 0; i < load.live; i++) group.createTask(child);
      }),
    );
    return { ops };
  };
}

async function bareGenerators(): Promise<Body> {
  const { BareKernel } = await import("../bare/kernel.ts");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    const kernel = new BareKernel();
    function* child(): Generator<void, void, void> {
      for (let i = 0; i < share; i++) {
        yield* kernel.again();
        ops += 1;
      }
    }
    for (let i = 0; i < load.live; i++) kernel.spawn(child());
    kernel.drain();
    return { ops };
  };
}

async function barePromises(): Promise<Body> {
  return async (load) => {
    let ready: (() => void)[] = [];
    function flush(): void {
      const batch = ready;
      ready = [];
      for (const wake of batch) wake();
    }
    function again(): Promise<void> {
      return new Promise((resolve) => {
        if (ready.push(resolve) === 1) queueMicrotask(flush);
      });
    }
    return inLoops(load, again);
  };
}

/** Written out rather than through {@link inLoops}: a call that returns a promise would be a third of the figure. */
async function bareAwait(): Promise<Body> {
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    async function child(): Promise<void> {
      for (let i = 0; i < share; i++) {
        await RESOLVED;
        ops += 1;
      }
    }
    await Promise.all(Array.from({ length: load.live }, child));
    return { ops };
  };
}

async function bareImmediate(): Promise<Body> {
  return (load) => inLoops(load, () => new Promise((resolve) => setImmediate(resolve)));
}

async function inLoops(load: Load, again: () => Promise<void>): Promise<{ ops: number }> {
  let ops = 0;
  const share = shareOf(load);
  async function child(): Promise<void> {
    for (let i = 0; i < share; i++) {
      await again();
      ops += 1;
    }
  }
  await Promise.all(Array.from({ length: load.live }, child));
  return { ops };
}

async function effect(): Promise<Body> {
  const { Effect, Fiber } = await import("effect");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    const child = Effect.gen(function* () {
      for (let i = 0; i < share; i++) {
        yield* Effect.yieldNow;
        ops += 1;
      }
    });
    const main = Effect.gen(function* () {
      const fibers = [];
      for (let i = 0; i < load.live; i++) fibers.push(yield* Effect.forkChild(child));
      yield* Fiber.joinAll(fibers);
    });
    await Effect.runPromise(main);
    return { ops };
  };
}

async function effection(): Promise<Body> {
  const { action, run, spawn } = await import("effection");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    function* child() {
      for (let i = 0; i < share; i++) {
        yield* action<void>((resolve) => {
          resolve();
          return () => {};
        });
        ops += 1;
      }
    }
    await run(function* () {
      const tasks = [];
      for (let i = 0; i < load.live; i++) tasks.push(yield* spawn(child));
      for (const task of tasks) yield* task;
    });
    return { ops };
  };
}
