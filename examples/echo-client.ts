// Sends lines to a server and prints what comes back. Usage: echo-client.ts PORT [LINE…]; see echo-server.ts.
import { ConnectionRefusedError, openConnection, run, timeout } from "asyncio-ts";

const [port, ...lines] = process.argv.slice(2);

async function main(): Promise<void> {
  const [reader, writer] = await openConnection("127.0.0.1", Number(port));
  await using _ = writer;
  for (const line of lines.length > 0 ? lines : ["hello", "world"]) {
    writer.write(`${line}\n`);
    const answer = await timeout(1000, () => reader.readline());
    console.log(`${line} → ${String(answer).trimEnd()}`);
  }
}

try {
  await run(main);
} catch (error) {
  if (!(error instanceof ConnectionRefusedError)) throw error;
  console.error(`nobody listens on port ${port}: start echo-server.ts first`);
  process.exitCode = 1;
}
