import { fileURLToPath } from "node:url";
import type { Contestant } from "../echo/contestants.ts";
import { type Run, serverFile } from "../launch.ts";
import type { Library } from "../library.ts";
import { countOthers } from "../others.ts";
import { Partner } from "../partner.ts";

const clientsFile = fileURLToPath(new URL("clients.ts", import.meta.url));

const MESSAGE_BYTES = 1024;

/** Connections that come and go before the first measurement: code and pools that a server needs once are no cost of a connection. */
const WARM_CONNECTIONS = 200;

/** The memory of one server without and with its connections, after a forced garbage collection. */
export interface IdleSample {
  readonly row: "idle";
  readonly contestant: string;
  readonly connections: number;
  readonly before: Memory;
  readonly after: Memory;
}

/** In bytes: all that is resident, and of that what JavaScript's objects and the buffers of bytes take. */
export type Memory = Pick<NodeJS.MemoryUsage, "rss" | "heapUsed" | "arrayBuffers">;

export async function runIdle(contestant: Contestant, connections: number, library: Library): Promise<Run<IdleSample>> {
  const { name } = contestant;
  const others = countOthers();
  await using server = new Partner([process.execPath, "--expose-gc", ...library.nodeFlags, serverFile, "echo", name]);
  const port = await server.line();
  const memory = async (): Promise<Memory> => JSON.parse(await server.ask("memory"));
  const warm = await withClients({ port, connections: WARM_CONNECTIONS }, async () => {});
  const before = await memory();
  const full = await withClients({ port, connections }, memory);
  const { cpuMs }: Cpu = JSON.parse(await server.ask("cpu"));
  const sample: IdleSample = { row: "idle", contestant: name, connections, before, after: full.result };
  return { sample, othersCores: others(cpuMs + warm.cpuMs + full.cpuMs) };
}

interface Cpu {
  readonly cpuMs: number;
}

interface Crowd {
  readonly port: string;
  readonly connections: number;
}

/** Does something while the connections are open; gives its result and the CPU time of the clients. */
async function withClients<T>(
  { port, connections }: Crowd,
  body: () => Promise<T>,
): Promise<{ readonly result: T; readonly cpuMs: number }> {
  await using clients = new Partner([process.execPath, clientsFile, port, String(connections), String(MESSAGE_BYTES)]);
  await clients.expect("ready");
  const result = await body();
  const { cpuMs }: Cpu = JSON.parse(await clients.last());
  return { result, cpuMs };
}
