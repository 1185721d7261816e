// A TCP server that gives back every line it gets. Usage: echo-server.ts [PORT]; Ctrl-C ends it.
import { KeyboardInterrupt, run, type StreamReader, type StreamWriter, startServer } from "asyncio-ts";

/** One connection: a task of its own, which may wait as long as it likes without keeping the others waiting. */
async function echo(reader: StreamReader, writer: StreamWriter): Promise<void> {
  await using _ = writer; // closes the connection, whatever happens
  const [host, port] = writer.getExtraInfo("peername", ["?", 0]);
  console.log(`${host}:${port} is there`);
  for await (const line of reader) {
    writer.write(line);
    await writer.drain(); // waits for a client that does not read
  }
  console.log(`${host}:${port} has gone`);
}

async function main(): Promise<void> {
  await using server = await startServer(echo, "127.0.0.1", Number(process.argv[2] ?? 0));
  console.log(`listening on port ${server.port}`);
  await server.serveForever();
}

try {
  await run(main);
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
  console.log("closed");
}
