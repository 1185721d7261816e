import { fileURLToPath } from "node:url";
import type { Bench, Report } from "../bench.ts";
import { anyFailed, type Contest, chosen, type Laps, reasonOf, roundRobin } from "../contest.ts";
import { type Cores, findCores, pinned } from "../cores.ts";
import { NODE_FLAGS, python, type Run, serverFile } from "../launch.ts";
import type { Library } from "../library.ts";
import { reasonAbsent } from "../machine.ts";
import { countOthers } from "../others.ts";
import { type Command, Partner } from "../partner.ts";
import { judgeRatios, type RatioGoal, ratioLines } from "../report/ratios.ts";
import { othersLine } from "../report/row-report.ts";
import { tableLines, threeDigits } from "../report/table.ts";
import { median, spread } from "../stats.ts";
import { BARE, type Contestant, contestants, OURS_FETCH, OURS_HONO } from "./contestants.ts";
import { hasWrk, runWrk } from "./wrk.ts";

const pythonFile = fileURLToPath(new URL("../python/web.py", import.meta.url));

const CONNECTIONS = 64;
const FULL = { warmS: 1, windowS: 2 };
const QUICK = { warmS: 1, windowS: 1 };

/** 85 % of bare node:http. */
const goals: readonly RatioGoal[] = [OURS_HONO, OURS_FETCH].map((ours) => ({ ours, peer: BARE, limit: 1 / 0.85 }));

const NOTE =
  "wrk -t1 -c64. CPU is the server's, user and system; `busy` is its share of a core. Every request of ours is a task. `ours hono` and `hono` " +
  "are the same Hono app, `ours fetch` a function that gives a Response; `asyncio` and `uvloop` are aiohttp. `no parser` counts blank lines " +
  "and sends a fixed answer: a limit, no peer.";

/** One server under the load, in the window. */
interface HttpSample {
  readonly row: "http-server";
  readonly contestant: string;
  readonly requests: number;
  readonly wallMs: number;
  readonly serverCpuMs: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** What a server answers to "cpu". */
interface Usage {
  readonly cpuMs: number;
}

export const httpServerBench: Bench = { name: "http-server", measure };

async function measure(contest: Contest): Promise<Report> {
  const { options, machine, library } = contest;
  const cores = await findCores();
  const missing = (await hasWrk()) ? undefined : "not here: no wrk (Debian: apt install wrk)";
  const lanes = chosen(contestants, options).map((contestant) => ({
    name: contestant.name,
    absent: missing ?? reasonAbsent(contestant.name, machine, "aiohttp"),
    run: () => runServer(contestant, { library, cores, ...(options.quick ? QUICK : FULL) }),
  }));
  const laps = await roundRobin("http-server", lanes, contest);
  const valueOf = (name: string) => cpuUsOf(laps.find((lap) => lap.name === name))?.median;
  const verdicts = judgeRatios(goals, { row: "http-server", what: "CPU µs per request", valueOf });
  return { sections: [lines(laps), ratioLines(verdicts)], verdicts, failed: anyFailed(laps) };
}

interface Means {
  readonly library: Library;
  readonly cores: Cores | undefined;
  readonly warmS: number;
  readonly windowS: number;
}

/** Runs a server under the load; rejects when either fails, with what the server says, if it says something. */
async function runServer(contestant: Contestant, means: Means): Promise<Run<HttpSample>> {
  const { library, cores } = means;
  await using server = new Partner(pinned(serverCommand(contestant, library), cores?.server));
  try {
    return await loadServer(server, contestant, means);
  } catch (error) {
    throw new Error((await server.complaint()) || reasonOf(error), { cause: error });
  }
}

async function loadServer(server: Partner, { name }: Contestant, means: Means): Promise<Run<HttpSample>> {
  const { cores, warmS, windowS } = means;
  const url = `http://127.0.0.1:${await server.line()}/`;
  await runWrk(url, { connections: CONNECTIONS, seconds: warmS }, cores?.load);
  const others = countOthers();
  const before: Usage = JSON.parse(await server.ask("cpu"));
  const { cpuMs, ...result } = await runWrk(url, { connections: CONNECTIONS, seconds: windowS }, cores?.load);
  const after: Usage = JSON.parse(await server.ask("cpu"));
  const serverCpuMs = after.cpuMs - before.cpuMs;
  const sample: HttpSample = { row: "http-server", contestant: name, ...result, serverCpuMs };
  return { sample, othersCores: others(serverCpuMs + cpuMs) };
}

function serverCommand({ name, load }: Contestant, { nodeFlags }: Library): Command {
  if (load === undefined) return [python, pythonFile, name];
  return [process.execPath, ...NODE_FLAGS, ...nodeFlags, serverFile, "http-server", name];
}

const HEAD = ["server", "CPU µs/request", "min..max", `x ${BARE}`, "requests/s", "p50 µs", "p99 µs", "busy"];

function lines(laps: readonly Laps<HttpSample>[]): string[] {
  const bare = cpuUsOf(laps.find(({ name }) => name === BARE))?.median ?? Number.NaN;
  return [
    "## http-server: A web server that says hello",
    "",
    ...tableLines(
      HEAD,
      laps.map((lap) => cellsOf(lap, bare)),
    ),
    "",
    ...laps.flatMap(({ name, absent }) => (absent === undefined ? [] : [`${name}: ${absent}`])),
    NOTE,
    othersLine(
      laps.flatMap(({ runs }) => runs.map(({ othersCores }) => othersCores)),
      "run it again",
    ),
  ];
}

function cellsOf(lap: Laps<HttpSample>, bare: number): string[] {
  const cpuUs = cpuUsOf(lap);
  if (cpuUs === undefined) return [lap.name, "-"];
  const samples = lap.runs.map(({ sample }) => sample);
  const medianOf = (pick: (sample: HttpSample) => number) => threeDigits(median(samples.map(pick)));
  return [
    lap.name,
    threeDigits(cpuUs.median),
    `${threeDigits(cpuUs.min)}..${threeDigits(cpuUs.max)}`,
    threeDigits(cpuUs.median / bare),
    medianOf(({ requests, wallMs }) => (requests * 1000) / wallMs),
    medianOf(({ p50Us }) => p50Us),
    medianOf(({ p99Us }) => p99Us),
    medianOf(({ serverCpuMs, wallMs }) => serverCpuMs / wallMs),
  ];
}

function cpuUsOf(lap: Laps<HttpSample> | undefined): ReturnType<typeof spread> | undefined {
  if (lap === undefined || lap.absent !== undefined) return undefined;
  return spread(lap.runs.map(({ sample }) => (sample.serverCpuMs * 1000) / sample.requests));
}
