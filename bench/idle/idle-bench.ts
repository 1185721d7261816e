import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Bench, Report } from "../bench.ts";
import { anyFailed, type Contest, chosen, type Laps, roundRobin } from "../contest.ts";
import { BARE, contestants, PROTOCOL, STREAMS_GENERATOR, STREAMS_NATIVE } from "../echo/contestants.ts";
import { judgeRatios, type RatioGoal, ratioLines } from "../report/ratios.ts";
import { megabytes, tableLines, threeDigits } from "../report/table.ts";
import { median, spread } from "../stats.ts";
import { type IdleSample, type Memory, runIdle } from "./run.ts";

const run = promisify(execFile);

const OURS = [STREAMS_GENERATOR, STREAMS_NATIVE, PROTOCOL];
const CONNECTIONS = 10_000;

/** Files that a process has open besides its connections, generously. */
const OTHER_FILES = 200;

const goals: readonly RatioGoal[] = OURS.map((ours) => ({ ours, peer: BARE, limit: 1.2 }));

const NOTE =
  "Each connection has echoed one message of 1 KiB and waits for the next. Bytes are what the server's resident memory grew by, after a " +
  "forced garbage collection before and after, over the connections; what the kernel holds for them is not in it. JS objects and " +
  "buffers are parts of it.";

export const idleBench: Bench = { name: "idle", measure };

async function measure(contest: Contest): Promise<Report> {
  const { options, library } = contest;
  const wanted = options.quick ? CONNECTIONS / 10 : CONNECTIONS;
  const connections = Math.min(wanted, (await openFiles()) - OTHER_FILES);
  const able = contestants.filter(({ name }) => [...OURS, BARE].includes(name));
  const lanes = chosen(able, options).map((contestant) => ({
    name: contestant.name,
    absent: undefined,
    run: () => runIdle(contestant, connections, library),
  }));
  const laps = await roundRobin("idle", lanes, contest);
  const valueOf = (name: string) => bytesNamed(name, laps);
  const verdicts = judgeRatios(goals, { row: "idle", what: "bytes per connection", valueOf });
  return {
    sections: [idleLines({ connections, wanted, laps }), ratioLines(verdicts)],
    verdicts,
    failed: anyFailed(laps),
  };
}

/** How many files a process may open. Node raises the soft limit to the hard one by itself. */
async function openFiles(): Promise<number> {
  try {
    const { stdout } = await run("sh", ["-c", "ulimit -Hn"]);
    return Number.parseInt(stdout, 10) || Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

export interface IdleResult {
  readonly connections: number;
  readonly wanted: number;
  readonly laps: readonly Laps<IdleSample>[];
}

export function idleLines({ connections, wanted, laps }: IdleResult): string[] {
  const bare = bytesNamed(BARE, laps) ?? Number.NaN;
  const body = laps.map(({ name, runs, absent }) => (absent === undefined ? cellsOf(name, runs, bare) : [name, "-"]));
  const fewer = connections < wanted ? `, not ${counted(wanted)}: the limit of open files (ulimit -n) is lower` : "";
  return [
    `## idle: Memory of ${counted(connections)} idle connections${fewer}`,
    "",
    ...tableLines(HEAD, body),
    "",
    ...laps.flatMap(({ name, absent }) => (absent === undefined ? [] : [`${name}: ${absent}`])),
    NOTE,
  ];
}

const HEAD = ["server", "bytes/connection", "min..max", `x ${BARE}`, "JS objects", "buffers", "RSS MB"];

function cellsOf(name: string, runs: Laps<IdleSample>["runs"], bare: number): string[] {
  const { median: bytes, min, max } = spread(bytesOf(runs, "rss"));
  const parts = (["heapUsed", "arrayBuffers"] as const).map((part) => median(bytesOf(runs, part)));
  const rss = median(runs.map(({ sample }) => sample.after.rss));
  const range = `${threeDigits(min)}..${threeDigits(max)}`;
  return [name, threeDigits(bytes), range, ...[bytes / bare, ...parts].map(threeDigits), megabytes(rss)];
}

function counted(n: number): string {
  return n.toLocaleString("en-US");
}

function bytesNamed(name: string, laps: readonly Laps<IdleSample>[]): number | undefined {
  const found = laps.find((lap) => lap.name === name);
  return found === undefined || found.absent !== undefined ? undefined : median(bytesOf(found.runs, "rss"));
}

/** By how much a part of the memory grew for each connection. */
function bytesOf(runs: Laps<IdleSample>["runs"], part: keyof Memory): number[] {
  return runs.map(({ sample: { before, after, connections } }) => (after[part] - before[part]) / connections);
}
