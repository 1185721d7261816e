import { address, ITEMS, selectByPromises } from "../db/select.ts";
import { type Body, type Counterpart, OURS_GENERATOR, OURS_NATIVE, type Row, shareOf } from "../row.ts";

const URL = process.env["ASYNCIO_TS_REDIS_URL"] ?? "redis://127.0.0.1:6379";

const BARE = "bare @redis/client";

export const redisRow: Row = {
  name: "db-redis",
  title: "GETs, 100 at once over one connection to Redis",
  note: "`bare @redis/client` is the driver that ours stands on. Both send what comes in one turn of the event loop together.",
  live: 100,
  warmUp: 2_000,
  counterpart: prepareKeys,
  uncountedCounterpart: true,
  missing: async () => ((await canConnect()) ? undefined : `not here: no Redis at ${URL}`),
  contestants: [
    { name: OURS_GENERATOR, n: 100_000, load: oursGenerator },
    { name: OURS_NATIVE, n: 100_000, load: oursNative },
    { name: BARE, n: 100_000, load: bare },
  ],
  // 90 % of what the driver itself does.
  goals: [{ what: "ns per operation", generator: 1 / 0.9, native: 1 / 0.9, peers: { [BARE]: 1 } }],
};

async function oursGenerator(): Promise<Body> {
  const { createPool } = await import("@asyncio-ts/db/redis");
  const { coroutine, run, taskGroup } = await import("asyncio-ts");
  return async (load) => {
    const share = shareOf(load);
    let ops = 0;
    await run(async () => {
      await using redis = await createPool(address());
      const worker = coroutine(function* (number: number) {
        for (let i = 0; i < share; i++) {
          const id = (number + i * load.live) % ITEMS;
          const value = yield* redis.get(keyOf(id));
          if (value !== `item ${id}`) throw new Error(`item ${id} came back as ${value}`);
          ops += 1;
        }
      });
      await taskGroup(async (group) => {
        for (let number = 0; number < load.live; number++) group.createTask(worker(number));
      });
    });
    return { ops };
  };
}

async function oursNative(): Promise<Body> {
  const { createPool } = await import("@asyncio-ts/db/redis");
  const { run, taskGroup } = await import("asyncio-ts");
  return async (load) => {
    const share = shareOf(load);
    let ops = 0;
    await run(async () => {
      await using redis = await createPool(address());
      async function worker(number: number): Promise<void> {
        for (let i = 0; i < share; i++) {
          const id = (number + i * load.live) % ITEMS;
          const value = await redis.get(keyOf(id));
          if (value !== `item ${id}`) throw new Error(`item ${id} came back as ${value}`);
          ops += 1;
        }
      }
      await taskGroup(async (group) => {
        for (let number = 0; number < load.live; number++) group.createTask(() => worker(number));
      });
    });
    return { ops };
  };
}

async function bare(): Promise<Body> {
  return async (load) => {
    await using client = await connect(address());
    return await selectByPromises(load, (id) => client.redis.get(keyOf(id)));
  };
}

function keyOf(id: number): string {
  return `bench:item:${id}`;
}

async function canConnect(): Promise<boolean> {
  try {
    await using _ = await connect(URL);
    return true;
  } catch {
    return false;
  }
}

async function prepareKeys(): Promise<Counterpart> {
  const keys = Array.from({ length: ITEMS }, (_, id) => keyOf(id));
  await using client = await connect(URL);
  await client.redis.mSet(keys.map((key, id): [string, string] => [key, `item ${id}`]));
  return {
    address: URL,
    async [Symbol.asyncDispose]() {
      await using again = await connect(URL);
      await again.redis.del(keys);
    },
  };
}

async function connect(url: string) {
  const { createClient } = await import("@redis/client");
  const redis = createClient({ url, socket: { reconnectStrategy: false } });
  redis.on("error", () => {}); // the rejections tell it too
  await redis.connect();
  return { redis, [Symbol.asyncDispose]: () => redis.close() };
}
