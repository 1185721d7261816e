// Which ports of a host are open? Thousands of attempts, some hundred at a time, each with a timeout.
// Usage: port-scanner.ts [HOST FIRST LAST]; only for hosts that are yours. Without arguments it scans ports of its own.
import {
  ConnectionRefusedError,
  mapConcurrent,
  OSError,
  openConnection,
  run,
  startServer,
  TimeoutError,
  timeout,
} from "asyncio-ts";

const AT_ONCE = 200;
const TIMEOUT = 500; // a firewall that drops packets never answers

type State = "open" | "closed" | "silent";

async function probe(host: string, port: number): Promise<State> {
  try {
    await timeout(TIMEOUT, async () => {
      const [, writer] = await openConnection(host, port);
      await using _ = writer;
    });
    return "open";
  } catch (error) {
    if (error instanceof ConnectionRefusedError) return "closed";
    if (error instanceof TimeoutError || error instanceof OSError) return "silent";
    throw error;
  }
}

async function scan(host: string, ports: readonly number[]): Promise<void> {
  const states = await mapConcurrent(ports, async (port) => ({ port, state: await probe(host, port) }), {
    limit: AT_ONCE,
  });
  for (const { port, state } of states) if (state === "open") console.log(`${host}:${port} is open`);
  const count = (wanted: State) => states.filter(({ state }) => state === wanted).length;
  console.log(`${count("open")} open, ${count("closed")} closed, ${count("silent")} silent`);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

async function main(): Promise<void> {
  const [host, first, last] = process.argv.slice(2);
  if (host !== undefined) {
    await scan(host, range(Number(first ?? 1), Number(last ?? 1024)));
    return;
  }
  await using server = await startServer((_reader, writer) => writer.close(), "127.0.0.1", 0);
  await scan("127.0.0.1", range(server.port - 20, server.port));
}

await run(main);
