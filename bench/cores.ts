import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Command } from "./partner.ts";

const run = promisify(execFile);

/** The cores that server and load have for themselves. */
export interface Cores {
  readonly server: number;
  readonly load: number;
}

export function pinned(command: Command, core: number | undefined): Command {
  return core === undefined ? command : ["taskset", "-c", String(core), ...command];
}

/** First and last: neighbours are often two threads of one core. */
export async function findCores(): Promise<Cores | undefined> {
  try {
    const status = await readFile("/proc/self/status", "utf8");
    const cores = parseCores(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? "");
    const [server, load] = [cores.at(0), cores.at(-1)];
    if (server === undefined || load === undefined || server === load) return undefined;
    await run("taskset", ["-c", String(load), "true"]);
    return { server, load };
  } catch {
    return undefined;
  }
}

/** The numbers in a list such as "0-2,5". */
export function parseCores(list: string): number[] {
  return list
    .split(",")
    .filter((range) => range !== "")
    .flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}
