import { type Body, OURS_GENERATOR, OURS_NATIVE, type Row, shareOf } from "../row.ts";

const RESOLVED = Promise.resolve();

export const lockRow: Row = {
  name: "lock",
  title: "Acquire a lock, yield, release it: 100 tasks on one lock",
  note:
    "Every acquire waits in line, so an operation is two switches. Where a yield is a turn of the host's loop (effect, asyncio, " +
    "uvloop) that turn is most of the figure, since only the holder can run. effection has no lock: a queue that holds one token.",
  live: 100,
  contestants: [
    { name: OURS_GENERATOR, n: 2_000_000, load: oursGenerator },
    { name: OURS_NATIVE, n: 1_000_000, load: oursNative },
    { name: "bare generators", n: 5_000_000, load: bareGenerators },
    { name: "bare promises", n: 5_000_000, load: barePromises },
    { name: "effect", n: 200_000, load: effect },
    { name: "effection", n: 200_000, load: effection },
    { name: "asyncio", n: 200_000 },
    { name: "uvloop", n: 200_000 },
  ],
  goals: [
    {
      what: "ns per operation",
      generator: 300,
      native: 700,
      peers: {
        "bare generators": 160,
        "bare promises": 160,
        effect: 7_500,
        effection: 2_800,
        asyncio: 6_900,
        uvloop: 4_700,
      },
    },
  ],
};

async function oursGenerator(): Promise<Body> {
  const { coroutine, Lock, run, sleep, taskGroup } = await import("asyncio-ts");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    const mutex = new Lock();
    const child = coroutine(function* () {
      for (let i = 0; i < share; i++) {
        yield* mutex.acquire();
        try {
          yield* sleep(0);
          ops += 1;
        } finally {
          mutex.release();
        }
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
  const { Lock, run, sleep, taskGroup } = await import("asyncio-ts");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    const mutex = new Lock();
    async function child(): Promise<void> {
      for (let i = 0; i < share; i++) {
        await mutex.acquire();
        try {
          await sleep(0);
          ops += 1;
        } finally {
          mutex.release();
        }
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
  const { BareLock } = await import("../bare/sync.ts");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    const kernel = new BareKernel();
    const mutex = new BareLock(kernel);
    function* child(): Generator<void, void, void> {
      for (let i = 0; i < share; i++) {
        yield* mutex.acquire();
        try {
          yield* kernel.again();
          ops += 1;
        } finally {
          mutex.release();
        }
      }
    }
    for (let i = 0; i < load.live; i++) kernel.spawn(child());
    kernel.drain();
    return { ops };
  };
}

async function barePromises(): Promise<Body> {
  const { PromiseLock } = await import("../bare/sync.ts");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    const mutex = new PromiseLock();
    async function child(): Promise<void> {
      for (let i = 0; i < share; i++) {
        await mutex.acquire();
        try {
          await RESOLVED;
          ops += 1;
        } finally {
          mutex.release();
        }
      }
    }
    await Promise.all(Array.from({ length: load.live }, child));
    return { ops };
  };
}

async function effect(): Promise<Body> {
  const { Effect, Fiber, Semaphore } = await import("effect");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    const main = Effect.gen(function* () {
      const mutex = yield* Semaphore.make(1);
      const guarded = mutex.withPermit(Effect.yieldNow);
      const child = Effect.gen(function* () {
        for (let i = 0; i < share; i++) {
          yield* guarded;
          ops += 1;
        }
      });
      const fibers = [];
      for (let i = 0; i < load.live; i++) fibers.push(yield* Effect.forkChild(child));
      yield* Fiber.joinAll(fibers);
    });
    await Effect.runPromise(main);
    return { ops };
  };
}

async function effection(): Promise<Body> {
  const { action, createQueue, run, spawn } = await import("effection");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    const token = createQueue<true, never>();
    token.add(true);
    function* child() {
      for (let i = 0; i < share; i++) {
        yield* token.next();
        try {
          yield* action<void>((resolve) => {
            resolve();
            return () => {};
          });
          ops += 1;
        } finally {
          token.add(true);
        }
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
