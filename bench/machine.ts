import { readFileSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { findPython, type PythonFound } from "./launch.ts";
import type { Library } from "./library.ts";

export interface Machine extends PythonFound {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly effect: string;
  readonly effection: string;
  readonly library: string;
}

export async function describeMachine(library: Library): Promise<Machine> {
  const cores = os.cpus();
  return {
    date: new Date().toISOString(),
    cpu: cores[0]?.model.trim() ?? "unknown",
    cores: cores.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    node: process.versions.node,
    ...(await findPython()),
    effect: versionOf("effect"),
    effection: versionOf("effection"),
    library: library.label,
  };
}

/** Why a contestant can't run here. */
export function reasonAbsent(contestant: string, machine: Machine, pythonModule?: string): string | undefined {
  if (!/^(?:asyncio|uvloop)/.test(contestant)) return undefined;
  if (machine.python === null) return "not here: no python3 from 3.11 on";
  if (contestant.startsWith("uvloop") && machine.uvloop === null) return "not here";
  if (pythonModule !== undefined && !(pythonModule in machine.modules))
    return `not here: python3 has no ${pythonModule}`;
  return undefined;
}

export function machineLines(machine: Machine): string[] {
  const { cpu, cores, memoryGiB, system, date } = machine;
  const found = (name: string, version: string | null) => `${name} ${version ?? "not here"}`;
  return [
    `${date}  ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}`,
    [
      `node ${machine.node}`,
      found("CPython", machine.python),
      found("uvloop", machine.uvloop),
      `effect ${machine.effect}`,
      `effection ${machine.effection}`,
      ...Object.entries(machine.modules).map(([name, version]) => `${name} ${version}`),
    ].join(", "),
    `asyncio-ts: ${machine.library}. Only ratios within one run mean something: absolute figures drift with the machine.`,
  ];
}

/** Packages need not export their package.json: it is looked for above the file that an import would load. */
function versionOf(name: string): string {
  const from = new URL(import.meta.resolve(name));
  for (let folder = new URL(".", from); folder.pathname !== "/"; folder = new URL("..", folder)) {
    const found = readPackage(fileURLToPath(new URL("package.json", folder)));
    if (found?.name === name && found.version !== undefined) return found.version;
  }
  return "unknown";
}

function readPackage(file: string): { readonly name?: string; readonly version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
