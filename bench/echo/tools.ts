import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Command } from "../partner.ts";

const run = promisify(execFile);
const folderOfSources = fileURLToPath(new URL(".", import.meta.url));

export const nodeLoad: Command = [process.execPath, fileURLToPath(new URL("load.ts", import.meta.url))];

/** What the machine has for this row. Disposing of it removes what was compiled. */
export interface Tools extends AsyncDisposable {
  readonly load: Command;
  /** The server in C; undefined where there is no compiler for it. */
  readonly epoll: Command | undefined;
  readonly cores: Cores | undefined;
  /** In words, for the report. */
  readonly label: string;
}

/** The cores that server and load have for themselves. */
interface Cores {
  readonly server: number;
  readonly load: number;
}

export async function prepareTools(): Promise<Tools> {
  const folder = await mkdtemp(join(tmpdir(), "bench-echo-"));
  const [cLoad, epoll] = [await compile("load.c", folder), await compile("server.c", folder)];
  const cores = await findCores();
  const pinning = cores ? `server on core ${cores.server}, load on core ${cores.load}` : "not pinned to cores";
  return {
    load: cLoad ?? nodeLoad,
    epoll,
    cores,
    label: `Load: ${cLoad ? "C, epoll" : "node:net, onread, for want of a C compiler and epoll"}; ${pinning}.`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

export function pinned(command: Command, core: number | undefined): Command {
  return core === undefined ? command : ["taskset", "-c", String(core), ...command];
}

async function compile(source: string, folder: string): Promise<Command | undefined> {
  const program = join(folder, source.replace(".c", ""));
  try {
    await run("cc", ["-O2", "-o", program, join(folderOfSources, source)]);
    return [program];
  } catch {
    return undefined;
  }
}

/** First and last: neighbours are often two threads of one core. */
async function findCores(): Promise<Cores | undefined> {
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
