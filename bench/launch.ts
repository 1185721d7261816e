import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pinned } from "./cores.ts";
import { countOthers } from "./others.ts";
import type { Command } from "./partner.ts";
import type { Contestant, Load, Row, Sample } from "./row.ts";

const run = promisify(execFile);
const childFile = fileURLToPath(new URL("child.ts", import.meta.url));
export const serverFile: string = fileURLToPath(new URL("server.ts", import.meta.url));
const pythonFile = fileURLToPath(new URL("python/rows.py", import.meta.url));
const LONGEST_RUN_MS = 600_000;

/** Generous, so that no peer spends its time collecting garbage for want of room; it is the same for all. */
export const NODE_FLAGS = ["--max-old-space-size=16000"];

export const python = process.env["PYTHON"] ?? "python3";

export interface Run<S = Sample> {
  readonly sample: S;
  /** How many cores somebody else kept busy meanwhile. */
  readonly othersCores: number;
}

export interface Order {
  readonly row: Row;
  readonly contestant: Contestant;
  readonly load: Load;
  /** See `measure()`. */
  readonly repeats?: number;
  readonly nodeFlags: readonly string[];
}

/** Runs a contestant in a process of its own; rejects when it fails. */
export async function launch(order: Order): Promise<Run> {
  await using counterpart = await order.row.counterpart?.();
  const command = order.contestant.load === undefined ? pythonCommand(order) : nodeCommand(order);
  const [file, ...args] = pinned(command, counterpart?.contestantCore);
  const env = { ...process.env, BENCH_ADDRESS: counterpart?.address };
  const counterpartCpu = (await counterpart?.cpuMs?.()) ?? 0;
  const others = countOthers();
  const { stdout } = await run(file, args, { timeout: LONGEST_RUN_MS, env });
  const sample = parseSample(stdout);
  const ofCounterpart = ((await counterpart?.cpuMs?.()) ?? 0) - counterpartCpu;
  return { sample, othersCores: others(sample.processCpuMs + ofCounterpart) };
}

export interface PythonFound {
  readonly python: string | null;
  readonly uvloop: string | null;
  /** Libraries that some rows measure, with their versions. */
  readonly modules: Readonly<Record<string, string>>;
}

/** What the machine's python3 is and has; nothing when there is none that could run the rows. */
export async function findPython(): Promise<PythonFound> {
  try {
    const { stdout } = await run(python, [pythonFile]);
    return JSON.parse(stdout);
  } catch {
    return { python: null, uvloop: null, modules: {} };
  }
}

function nodeCommand({ row, contestant, load, repeats = 0, nodeFlags }: Order): Command {
  const numbers = [load.n, load.live, repeats].map(String);
  return [process.execPath, ...NODE_FLAGS, ...nodeFlags, childFile, row.name, contestant.name, ...numbers];
}

function pythonCommand({ row, contestant, load }: Order): Command {
  return [python, pythonFile, contestant.name, row.name, String(load.n), String(load.live)];
}

function parseSample(stdout: string): Sample {
  const sample: Sample = JSON.parse(stdout);
  if (Number.isFinite(sample.wallMs) && Number.isFinite(sample.processCpuMs)) return sample;
  throw new TypeError(`not a sample: ${stdout}`);
}
