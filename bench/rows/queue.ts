import { type Body, OURS_GENERATOR, OURS_NATIVE, type Row } from "../row.ts";

export const queueRow: Row = {
  name: "queue",
  title: "Pass an item through a bounded queue: one producer, one consumer, 64 places",
  note:
    "`bare promises` awaits every put and get, as an API that returns a promise makes one do; `await if full` only where it must " +
    "wait. effection has no bounded queue: two of its queues, items and credits.",
  live: 64,
  contestants: [
    { name: OURS_GENERATOR, n: 5_000_000, load: oursGenerator },
    { name: OURS_NATIVE, n: 2_000_000, load: oursNative },
    { name: "bare generators", n: 10_000_000, load: bareGenerators },
    { name: "bare promises", n: 5_000_000, load: barePromises },
    { name: "bare await if full", n: 20_000_000, load: bareAwaitIfFull },
    { name: "effect", n: 1_000_000, load: effect },
    { name: "effection", n: 500_000, load: effection },
    { name: "asyncio", n: 500_000 },
    { name: "uvloop", n: 500_000 },
  ],
  goals: [
    {
      what: "ns per operation",
      generator: 130,
      native: 250,
      peers: {
        "bare generators": 120,
        "bare promises": 125,
        effect: 850,
        effection: 450,
        asyncio: 1_060,
        uvloop: 1_010,
      },
    },
  ],
};

async function oursGenerator(): Promise<Body> {
  const { coroutine, Queue, run, taskGroup } = await import("asyncio-ts");
  return async ({ n, live }) => {
    let ops = 0;
    const items = new Queue<number>(live);
    const producer = coroutine(function* () {
      for (let i = 0; i < n; i++) yield* items.put(i);
    });
    const consumer = coroutine(function* () {
      for (let i = 0; i < n; i++) {
        yield* items.get();
        ops += 1;
      }
    });
    await run(
      taskGroup(function* (group) {
        group.createTask(producer());
        group.createTask(consumer());
      }),
    );
    return { ops };
  };
}

async function oursNative(): Promise<Body> {
  const { Queue, run, taskGroup } = await import("asyncio-ts");
  return async ({ n, live }) => {
    let ops = 0;
    const items = new Queue<number>(live);
    async function producer(): Promise<void> {
      for (let i = 0; i < n; i++) await items.put(i);
    }
    async function consumer(): Promise<void> {
      for (let i = 0; i < n; i++) {
        await items.get();
        ops += 1;
      }
    }
    await run(
      taskGroup(async (group) => {
        group.createTask(producer);
        group.createTask(consumer);
      }),
    );
    return { ops };
  };
}

async function bareGenerators(): Promise<Body> {
  const { BareKernel } = await import("../bare/kernel.ts");
  const { BareQueue } = await import("../bare/sync.ts");
  return async ({ n, live }) => {
    let ops = 0;
    const kernel = new BareKernel();
    const items = new BareQueue<number>(kernel, live);
    function* producer(): Generator<void, void, void> {
      for (let i = 0; i < n; i++) yield* items.put(i);
    }
    function* consumer(): Generator<void, void, void> {
      for (let i = 0; i < n; i++) {
        yield* items.get();
        ops += 1;
      }
    }
    kernel.spawn(producer());
    kernel.spawn(consumer());
    kernel.drain();
    return { ops };
  };
}

async function barePromises(): Promise<Body> {
  const { PromiseQueue } = await import("../bare/sync.ts");
  return async ({ n, live }) => {
    let ops = 0;
    const items = new PromiseQueue<number>(live);
    async function producer(): Promise<void> {
      for (let i = 0; i < n; i++) await items.put(i);
    }
    async function consumer(): Promise<void> {
      for (let i = 0; i < n; i++) {
        await items.get();
        ops += 1;
      }
    }
    await Promise.all([producer(), consumer()]);
    return { ops };
  };
}

async function bareAwaitIfFull(): Promise<Body> {
  const { PromiseQueue } = await import("../bare/sync.ts");
  return async ({ n, live }) => {
    let ops = 0;
    const items = new PromiseQueue<number>(live);
    async function producer(): Promise<void> {
      for (let i = 0; i < n; i++) {
        if (items.full()) await items.wait();
        items.putNow(i);
      }
    }
    async function consumer(): Promise<void> {
      for (let i = 0; i < n; i++) {
        if (items.empty()) await items.wait();
        items.getNow();
        ops += 1;
      }
    }
    await Promise.all([producer(), consumer()]);
    return { ops };
  };
}

async function effect(): Promise<Body> {
  const { Effect, Fiber, Queue } = await import("effect");
  return async ({ n, live }) => {
    let ops = 0;
    const main = Effect.gen(function* () {
      const items = yield* Queue.bounded<number>(live);
      const producer = Effect.gen(function* () {
        for (let i = 0; i < n; i++) yield* Queue.offer(items, i);
      });
      const consumer = Effect.gen(function* () {
        for (let i = 0; i < n; i++) {
          yield* Queue.take(items);
          ops += 1;
        }
      });
      yield* Fiber.joinAll([yield* Effect.forkChild(producer), yield* Effect.forkChild(consumer)]);
    });
    await Effect.runPromise(main);
    return { ops };
  };
}

async function effection(): Promise<Body> {
  const { createQueue, run, spawn } = await import("effection");
  return async ({ n, live }) => {
    let ops = 0;
    const items = createQueue<number, never>();
    const credits = createQueue<true, never>();
    for (let i = 0; i < live; i++) credits.add(true);
    function* producer() {
      for (let i = 0; i < n; i++) {
        yield* credits.next();
        items.add(i);
      }
    }
    function* consumer() {
      for (let i = 0; i < n; i++) {
        yield* items.next();
        credits.add(true);
        ops += 1;
      }
    }
    await run(function* () {
      const tasks = [yield* spawn(producer), yield* spawn(consumer)];
      for (const task of tasks) yield* task;
    });
    return { ops };
  };
}
