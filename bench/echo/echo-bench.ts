import type { Bench, Report } from "../bench.ts";
import { anyFailed, type Contest, chosen, type Laps, roundRobin } from "../contest.ts";
import { reasonAbsent } from "../machine.ts";
import type { Verdict } from "../report/goals.ts";
import { judgeRatios, type RatioGoal, ratioLines } from "../report/ratios.ts";
import { othersLine } from "../report/row-report.ts";
import { tableLines, threeDigits } from "../report/table.ts";
import { BARE, BUFFERED, contestants, EPOLL, PROTOCOL, STREAMS_GENERATOR, STREAMS_NATIVE } from "./contestants.ts";
import { type EchoFigures, summarizeEcho } from "./figures.ts";
import { type EchoSample, runEcho, type Traffic } from "./run.ts";
import { prepareTools, type Tools } from "./tools.ts";

const KIB = 1024;
const SIZES = [1 * KIB, 10 * KIB, 100 * KIB];
const CONNECTIONS = 10;

const FULL = { warmMs: 500, windowMs: 2_000 };
const QUICK = { warmMs: 100, windowMs: 300 };

/** By CPU time per request, at every size. */
const goals: readonly RatioGoal[] = [
  { ours: PROTOCOL, peer: BARE, limit: 1 },
  { ours: BUFFERED, peer: BARE, limit: 1 },
  { ours: BUFFERED, peer: "uvloop protocol", limit: 1.15 },
  ...[STREAMS_GENERATOR, STREAMS_NATIVE].flatMap((ours) => [
    { ours, peer: BARE, limit: 1.15 },
    { ours, peer: "uvloop streams", limit: 1 },
  ]),
];

const NOTE =
  "10 connections send a message, wait for its whole echo, compare it and send the next. CPU is the server's, user and system; the " +
  "busy columns are shares of a core. Where the load's is near 1, the load limits requests and latency, so compare CPU. TCP_NODELAY is " +
  "set everywhere. Node reads at most 64 KiB at a time, CPython and C epoll 256 KiB. `bare onread` and `C epoll` are limits, not peers: " +
  "an undocumented way into node:net, and no runtime at all.";

export const echoBench: Bench = { name: "echo", measure };

async function measure(contest: Contest): Promise<Report> {
  await using tools = await prepareTools();
  const reports: Report[] = [];
  for (const messageBytes of SIZES) reports.push(await measureSize(messageBytes, contest, tools));
  return {
    sections: [
      ["## echo: A TCP server that gives back what it gets", "", tools.label],
      ...reports.flatMap(({ sections }) => sections),
      [NOTE],
    ],
    verdicts: reports.flatMap(({ verdicts }) => verdicts),
    failed: reports.some(({ failed }) => failed),
  };
}

async function measureSize(messageBytes: number, contest: Contest, tools: Tools): Promise<Report> {
  const { options, machine, library } = contest;
  const traffic: Traffic = { connections: CONNECTIONS, messageBytes, ...(options.quick ? QUICK : FULL) };
  const size = `${messageBytes / KIB} KiB`;
  const lanes = chosen(contestants, options).map((contestant) => ({
    name: contestant.name,
    absent: reasonAbsent(contestant.name, machine) ?? reasonUncompiled(contestant.name, tools),
    run: () => runEcho(contestant, traffic, { tools, library }),
  }));
  const laps = await roundRobin(`echo, ${size}`, lanes, contest);
  const verdicts = judgeEcho(size, laps);
  return { sections: [sizeLines(size, laps), ratioLines(verdicts)], verdicts, failed: anyFailed(laps) };
}

function reasonUncompiled(name: string, { epoll }: Tools): string | undefined {
  return name === EPOLL && epoll === undefined ? "not here: no C compiler, or no epoll" : undefined;
}

export function judgeEcho(size: string, laps: readonly Laps<EchoSample>[]): Verdict[] {
  const valueOf = (name: string) => figuresNamed(name, laps)?.cpuUs.median;
  return judgeRatios(goals, { row: "echo", what: `CPU µs per request of ${size}`, valueOf });
}

/** One line for each contestant, and why some have no figures. */
export function sizeLines(size: string, laps: readonly Laps<EchoSample>[]): string[] {
  const bare = figuresNamed(BARE, laps)?.cpuUs.median ?? Number.NaN;
  const body = laps.map(({ name, runs, absent }) =>
    absent === undefined ? cellsOf(name, summarizeEcho(runs), bare) : [name, "-"],
  );
  return [
    `### Messages of ${size}`,
    "",
    ...tableLines(HEAD, body),
    "",
    ...laps.flatMap(({ name, absent }) => (absent === undefined ? [] : [`${name}: ${absent}`])),
    othersLine(
      laps.flatMap(({ runs }) => runs.map(({ othersCores }) => othersCores)),
      "run it again",
    ),
  ];
}

const HEAD = [
  "server",
  "CPU µs/request",
  "min..max",
  `x ${BARE}`,
  "requests/s",
  "p50 µs",
  "p99 µs",
  "server busy",
  "load busy",
];

function cellsOf(name: string, figures: EchoFigures, bare: number): string[] {
  const { cpuUs, requestsPerS, p50Us, p99Us, serverBusy, loadBusy } = figures;
  const range = `${threeDigits(cpuUs.min)}..${threeDigits(cpuUs.max)}`;
  const numbers = [cpuUs.median / bare, requestsPerS, p50Us, p99Us, serverBusy, loadBusy];
  return [name, threeDigits(cpuUs.median), range, ...numbers.map(threeDigits)];
}

function figuresNamed(name: string, laps: readonly Laps<EchoSample>[]): EchoFigures | undefined {
  const found = laps.find((lap) => lap.name === name);
  return found === undefined || found.absent !== undefined ? undefined : summarizeEcho(found.runs);
}
