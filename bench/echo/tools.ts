import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Cores, findCores } from "../cores.ts";
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

async function compile(source: string, folder: string): Promise<Command | undefined> {
  const program = join(folder, source.replace(".c", ""));
  try {
    await run("cc", ["-O2", "-o", program, join(folderOfSources, source)]);
    return [program];
  } catch {
    return undefined;
  }
}
