import { fileURLToPath } from "node:url";
import { reasonOf } from "../contest.ts";
import { pinned } from "../cores.ts";
import { NODE_FLAGS, python, type Run, serverFile } from "../launch.ts";
import type { Library } from "../library.ts";
import { countOthers } from "../others.ts";
import { type Command, Partner } from "../partner.ts";
import { type Contestant, EPOLL } from "./contestants.ts";
import type { Tools } from "./tools.ts";

const pythonFile = fileURLToPath(new URL("../python/echo.py", import.meta.url));

/** What the load asks of a server, and for how long. */
export interface Traffic {
  readonly connections: number;
  readonly messageBytes: number;
  readonly warmMs: number;
  readonly windowMs: number;
}

/** One contestant under one load, in the window. */
export interface EchoSample {
  readonly row: "echo";
  readonly contestant: string;
  readonly connections: number;
  readonly messageBytes: number;
  readonly requests: number;
  readonly wallMs: number;
  /** CPU time of the server, user and system. */
  readonly serverCpuMs: number;
  readonly loadCpuMs: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** What a load says at its end. */
export interface LoadResult {
  readonly requests: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** A server's answer: what it has used since its start, and its clock. */
interface Usage {
  readonly cpuMs: number;
  readonly wallMs: number;
}

interface Means {
  readonly tools: Tools;
  readonly library: Library;
}

/** Runs a server under the load; rejects when either fails, with what the server says, if it says something. */
export async function runEcho(contestant: Contestant, traffic: Traffic, means: Means): Promise<Run<EchoSample>> {
  const { tools, library } = means;
  await using server = new Partner(pinned(serverCommand(contestant, tools, library), tools.cores?.server));
  try {
    return await loadServer(server, contestant, traffic, tools);
  } catch (error) {
    throw new Error((await server.complaint()) || reasonOf(error), { cause: error });
  }
}

async function loadServer(
  server: Partner,
  contestant: Contestant,
  traffic: Traffic,
  tools: Tools,
): Promise<Run<EchoSample>> {
  const { connections, messageBytes, warmMs, windowMs } = traffic;
  const numbers = [await server.line(), connections, messageBytes, warmMs, windowMs].map(String);
  await using load = new Partner(pinned([...tools.load, ...numbers], tools.cores?.load));
  await load.expect("begin");
  const others = countOthers();
  const before: Usage = JSON.parse(await server.ask("cpu"));
  await load.expect("end");
  const after: Usage = JSON.parse(await server.ask("cpu"));
  const busyMs = after.cpuMs - before.cpuMs;
  // The load's CPU time is that of its own window, which is as long.
  const result = parseResult(await load.last());
  const othersCores = others(busyMs + result.cpuMs);
  return { sample: sampleOf(contestant, traffic, result, busyMs / (after.wallMs - before.wallMs)), othersCores };
}

/**
 * The server is asked by a third process, a bit after the load's window began and ended, under the same load: so its share
 * of a core is what is taken, not its milliseconds.
 */
export function sampleOf(contestant: Contestant, traffic: Traffic, result: LoadResult, share: number): EchoSample {
  const { requests, wallMs, cpuMs, p50Us, p99Us } = result;
  const { connections, messageBytes } = traffic;
  const figures = { requests, wallMs, serverCpuMs: share * wallMs, loadCpuMs: cpuMs, p50Us, p99Us };
  return { row: "echo", contestant: contestant.name, connections, messageBytes, ...figures };
}

export function parseResult(line: string): LoadResult {
  const result: LoadResult = JSON.parse(line);
  if (result.requests > 0 && Number.isFinite(result.wallMs) && Number.isFinite(result.cpuMs)) return result;
  throw new TypeError(`no request was answered within the window: ${line}`);
}

function serverCommand({ name, load }: Contestant, { epoll }: Tools, { nodeFlags }: Library): Command {
  if (load !== undefined) return [process.execPath, ...NODE_FLAGS, ...nodeFlags, serverFile, "echo", name];
  if (name === EPOLL && epoll !== undefined) return epoll;
  return [python, pythonFile, ...name.split(" ")];
}
