// Three web pages at once, by hand over sockets: while one server thinks, the others answer, on one thread.
// Usage: three-pages.ts [HOST…]; without hosts it asks a server of its own, which takes its time.
import { gather, openConnection, run, type StreamReader, type StreamWriter, sleep, startServer } from "asyncio-ts";

interface Site {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

async function fetchPage({ host, port, path }: Site): Promise<string> {
  const [reader, writer] = await openConnection(host, port);
  await using _ = writer;
  writer.write(`GET ${path} HTTP/1.0\r\nHost: ${host}\r\n\r\n`);
  const status = await reader.readline();
  await reader.readuntil("\r\n\r\n"); // the headers
  const body = await reader.read(); // all the rest: HTTP/1.0 ends with the connection
  console.log(`${host}${path} has answered`);
  return `${host}${path}: ${String(status).trimEnd()}, ${body.length} bytes`;
}

/** A server that thinks about each page for as many milliseconds as its path says. */
async function answer(reader: StreamReader, writer: StreamWriter): Promise<void> {
  await using _ = writer;
  const [, path = ""] = String(await reader.readuntil("\r\n\r\n")).split(" ");
  await sleep(Number(path.slice(1)));
  writer.write(`HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nA page that took ${path.slice(1)} ms.\n`);
}

async function main(): Promise<void> {
  const hosts = process.argv.slice(2);
  await using server = await startServer(answer, "127.0.0.1", 0);
  const own = ["/300", "/200", "/100"].map((path) => ({ host: "127.0.0.1", port: server.port, path }));
  const sites: Site[] = hosts.length > 0 ? hosts.map((host) => ({ host, port: 80, path: "/" })) : own;

  const began = performance.now();
  const pages = await gather(sites.map((site) => () => fetchPage(site)));
  const took = performance.now() - began;

  for (const page of pages) console.log(page);
  console.error(`${(took / 1000).toFixed(2)} s in all`); // of the own server: 0.3, not 0.6
}

await run(main);
