import { type Body, OURS_GENERATOR, OURS_NATIVE, type Row, shareOf } from "../row.ts";

const LIMIT_MS = 10_000;

const RESOLVED = Promise.resolve();

export const timeoutRow: Row = {
  name: "timeout",
  title: "An operation under a timeout: it yields once and ends in time",
  note:
    "One task, one operation after the other; a timer of 10 s is armed and taken down each time. effect's timeout pays for a fiber " +
    "and a turn of the loop each, effection's race for two tasks. `bare promises` is a promise around setTimeout and clearTimeout.",
  live: 1,
  contestants: [
    { name: OURS_GENERATOR, n: 1_000_000, load: oursGenerator },
    { name: OURS_NATIVE, n: 500_000, load: oursNative },
    { name: "bare generators", n: 2_000_000, load: bareGenerators },
    { name: "bare promises", n: 1_000_000, load: barePromises },
    { name: "bare Promise.race", n: 500_000, load: bareRace },
    { name: "effect", n: 200_000, load: effect },
    { name: "effection", n: 5_000, load: effection },
    { name: "asyncio", n: 200_000 },
    { name: "uvloop", n: 200_000 },
  ],
  goals: [
    {
      what: "ns per operation",
      generator: 500,
      native: 1_000,
      peers: {
        "bare generators": 330,
        "bare promises": 560,
        effect: 6_900,
        effection: 242_000,
        asyncio: 6_100,
        uvloop: 4_700,
      },
    },
  ],
};

async function oursGenerator(): Promise<Body> {
  const { coroutine, run, sleep, taskGroup, timeout } = await import("asyncio-ts");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    const operation = function* () {
      yield* sleep(0);
      ops += 1;
    };
    const child = coroutine(function* () {
      for (let i = 0; i < share; i++) yield* timeout(LIMIT_MS, operation);
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
  const { run, sleep, taskGroup, timeout } = await import("asyncio-ts");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    const operation = async (): Promise<void> => {
      await sleep(0);
      ops += 1;
    };
    async function child(): Promise<void> {
      for (let i = 0; i < share; i++) await timeout(LIMIT_MS, operation);
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
    function* operation(): Generator<void, void, void> {
      yield* kernel.again();
      ops += 1;
    }
    function* child(): Generator<void, void, void> {
      for (let i = 0; i < share; i++) {
        const { current } = kernel;
        const timer = kernel.armTimer(LIMIT_MS, () => current?.steps.return());
        try {
          yield* operation();
        } finally {
          kernel.disarm(timer);
        }
      }
    }
    for (let i = 0; i < load.live; i++) kernel.spawn(child());
    kernel.drain();
    return { ops };
  };
}

async function barePromises(): Promise<Body> {
  function withTimeout<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("too late")), LIMIT_MS);
      promise.then(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }
  return limited(withTimeout);
}

async function bareRace(): Promise<Body> {
  async function withTimeout<T>(promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("too late")), LIMIT_MS);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
  return limited(withTimeout);
}

function limited(withTimeout: (promise: Promise<void>) => Promise<void>): Body {
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    async function operation(): Promise<void> {
      await RESOLVED;
      ops += 1;
    }
    async function child(): Promise<void> {
      for (let i = 0; i < share; i++) await withTimeout(operation());
    }
    await Promise.all(Array.from({ length: load.live }, child));
    return { ops };
  };
}

async function effect(): Promise<Body> {
  const { Effect, Fiber } = await import("effect");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    const operation = Effect.timeout(Effect.yieldNow, LIMIT_MS);
    const child = Effect.gen(function* () {
      for (let i = 0; i < share; i++) {
        yield* operation;
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
  const { action, race, run, sleep, spawn } = await import("effection");
  return async (load) => {
    let ops = 0;
    const share = shareOf(load);
    function* operation() {
      yield* action<void>((resolve) => {
        resolve();
        return () => {};
      });
      ops += 1;
    }
    function* child() {
      for (let i = 0; i < share; i++) yield* race([operation(), sleep(LIMIT_MS)]);
    }
    await run(function* () {
      const tasks = [];
      for (let i = 0; i < load.live; i++) tasks.push(yield* spawn(child));
      for (const task of tasks) yield* task;
    });
    return { ops };
  };
}
