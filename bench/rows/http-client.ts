import { findCores, pinned } from "../cores.ts";
import { NO_PARSER } from "../http/contestants.ts";
import { GREETING } from "../http/greeting.ts";
import { serverFile } from "../launch.ts";
import { Partner } from "../partner.ts";
import { type Body, type Counterpart, type Load, OURS_GENERATOR, OURS_NATIVE, type Row, shareOf } from "../row.ts";

const BARE = "bare undici request";

export const httpClientRow: Row = {
  name: "http-client",
  title: "Small GETs, 100 at once, over connections that are kept",
  note:
    "Each body is read to a string and compared. The server has a core of its own and no parser. `built-in fetch` is Node's own undici, the " +
    "others with undici in their names are the one from npm that ours stands on; `asyncio` and `uvloop` are aiohttp.",
  live: 100,
  warmUp: 2_000,
  counterpart: startServer,
  pythonModule: "aiohttp",
  contestants: [
    { name: OURS_GENERATOR, n: 20_000, load: oursGenerator },
    { name: OURS_NATIVE, n: 20_000, load: oursNative },
    { name: BARE, n: 20_000, load: undiciRequest },
    { name: "undici fetch", n: 20_000, load: async () => fetching((await import("undici")).fetch) },
    { name: "built-in fetch", n: 20_000, load: async () => fetching(fetch) },
    { name: "got", n: 20_000, load: got },
    { name: "asyncio", n: 20_000 },
    { name: "uvloop", n: 20_000 },
  ],
  // 90 % of what undici itself does.
  goals: [{ what: "ns per operation", generator: 1 / 0.9, native: 1 / 0.9, peers: { [BARE]: 1 } }],
};

async function startServer(): Promise<Counterpart> {
  const cores = await findCores();
  const server = new Partner(pinned([process.execPath, serverFile, "http-server", NO_PARSER], cores?.server));
  return {
    address: `http://127.0.0.1:${await server.line()}/`,
    contestantCore: cores?.load,
    cpuMs: async () => (JSON.parse(await server.ask("cpu")) as { cpuMs: number }).cpuMs,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function address(): string {
  return process.env["BENCH_ADDRESS"] ?? "";
}

function check(text: string): void {
  if (text !== GREETING) throw new Error(`got "${text}"`);
}

/** So many workers, each with its share of the requests. */
async function workers(load: Load, get: () => Promise<void>): Promise<{ readonly ops: number }> {
  const share = shareOf(load);
  let ops = 0;
  async function worker(): Promise<void> {
    for (let i = 0; i < share; i++) {
      await get();
      ops += 1;
    }
  }
  await Promise.all(Array.from({ length: load.live }, worker));
  return { ops };
}

async function oursGenerator(): Promise<Body> {
  const { ClientSession } = await import("@asyncio-ts/http");
  const { coroutine, run, taskGroup } = await import("asyncio-ts");
  return async (load) => {
    const [url, share] = [address(), shareOf(load)];
    let ops = 0;
    await run(async () => {
      await using session = new ClientSession();
      const worker = coroutine(function* () {
        for (let i = 0; i < share; i++) {
          const response = yield* session.get(url);
          check(yield* response.text());
          ops += 1;
        }
      });
      await taskGroup(async (group) => {
        for (let i = 0; i < load.live; i++) group.createTask(worker());
      });
    });
    return { ops };
  };
}

async function oursNative(): Promise<Body> {
  const { ClientSession } = await import("@asyncio-ts/http");
  const { run, taskGroup } = await import("asyncio-ts");
  return async (load) => {
    const [url, share] = [address(), shareOf(load)];
    let ops = 0;
    await run(async () => {
      await using session = new ClientSession();
      async function worker(): Promise<void> {
        for (let i = 0; i < share; i++) {
          const response = await session.get(url);
          check(await response.text());
          ops += 1;
        }
      }
      await taskGroup(async (group) => {
        for (let i = 0; i < load.live; i++) group.createTask(worker);
      });
    });
    return { ops };
  };
}

async function undiciRequest(): Promise<Body> {
  const { Agent, request } = await import("undici");
  return async (load) => {
    const url = address();
    const dispatcher = new Agent({ connections: load.live });
    const outcome = await workers(load, async () => {
      const { body } = await request(url, { dispatcher });
      check(await body.text());
    });
    await dispatcher.close();
    return outcome;
  };
}

function fetching(fetchOne: (url: string) => Promise<{ text(): Promise<string> }>): Body {
  return (load) => {
    const url = address();
    return workers(load, async () => check(await (await fetchOne(url)).text()));
  };
}

async function got(): Promise<Body> {
  const [{ default: client }, { Agent }] = await Promise.all([import("got"), import("node:http")]);
  return async (load) => {
    const url = address();
    const agent = new Agent({ keepAlive: true, maxSockets: load.live });
    const outcome = await workers(load, async () => check(await client(url, { agent: { http: agent } }).text()));
    agent.destroy();
    return outcome;
  };
}
