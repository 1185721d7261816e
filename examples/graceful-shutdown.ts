// A server that ends well on SIGTERM and Ctrl-C: it takes no more connections, and those that it has may finish.
import { Event, getRunningLoop, run, type StreamReader, type StreamWriter, sleep, startServer } from "asyncio-ts";

// Usage: graceful-shutdown.ts [PORT] [MILLISECONDS TO FINISH]
const [port = "0", grace = "2000"] = process.argv.slice(2);

async function answer(reader: StreamReader, writer: StreamWriter): Promise<void> {
  await using _ = writer;
  for await (const line of reader) {
    console.log(`working on ${String(line).trim()}`);
    await sleep(300);
    writer.write(`done with ${line}`);
    await writer.drain();
  }
}

async function main(): Promise<void> {
  const stop = new Event();
  for (const signal of ["SIGTERM", "SIGINT"]) {
    getRunningLoop().addSignalHandler(signal, () => {
      console.log(`${signal}: no more connections`);
      stop.set();
    });
  }

  const server = await startServer(answer, "127.0.0.1", Number(port));
  console.log(`listening on port ${server.port}`);
  await stop.wait();
  await server.shutdown(Number(grace)); // connections that are still there then are cut
  console.log("all connections have ended");
}

await run(main);
