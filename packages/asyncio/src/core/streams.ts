import type { Coroutine, CoroutineGenerator } from "./coroutine.ts";
import { getRunningLoop } from "./current-loop.ts";
import { GeneratorCoroutine } from "./generator-coroutine.ts";
import type { ConnectionOptions, ServerOptions, UnixConnectionOptions, UnixServerOptions } from "./io-options.ts";
import type { EventLoop } from "./loop.ts";
import type { Server } from "./server.ts";
import { checkLimit, StreamReader, type StreamReaderOptions } from "./stream-reader.ts";
import { type ClientConnectedCallback, checkCallback, StreamReaderProtocol } from "./stream-reader-protocol.ts";
import { StreamWriter } from "./stream-writer.ts";
import type { Transport } from "./transports.ts";

/** For `openConnection()`. */
export interface OpenConnectionOptions extends ConnectionOptions, Pick<StreamReaderOptions, "limit"> {}

/** For `startServer()`. */
export interface StartServerOptions extends ServerOptions, Pick<StreamReaderOptions, "limit"> {}

/** For `openUnixConnection()`. */
export interface OpenUnixConnectionOptions extends UnixConnectionOptions, Pick<StreamReaderOptions, "limit"> {}

/** For `startUnixServer()`. */
export interface StartUnixServerOptions extends UnixServerOptions, Pick<StreamReaderOptions, "limit"> {}

/**
 * Connects by TCP, with `ssl` by TLS. Gives a reader and a writer.
 *
 * @throws TypeError or ValueError for a wrong limit. From the wait: what {@link EventLoop.createConnection} throws.
 * @example
 * ```ts
 * import { openConnection, run, startServer } from "asyncio-ts";
 *
 * await run(async () => {
 *   const server = await startServer(
 *     async (reader, writer) => {
 *       await using _ = writer;
 *       writer.write(await reader.readline());
 *     },
 *     "127.0.0.1",
 *     0,
 *   );
 *   await using _server = server;
 *   const [reader, writer] = await openConnection("127.0.0.1", server.port);
 *   await using _writer = writer;
 *   writer.write("hello\n");
 *   console.log(String(await reader.readline())); // hello
 * });
 * ```
 */
export function openConnection(
  host: string | null,
  port: number | null,
  options: OpenConnectionOptions = {},
): Coroutine<[StreamReader, StreamWriter]> {
  const limit = checkLimit("openConnection()", options.limit);
  const connect: Connect = (loop, factory) => loop.createConnection(factory, host, port, options);
  return new GeneratorCoroutine(connected(limit, connect), "openConnection");
}

/**
 * Listens for TCP connections, with `ssl` for TLS, and calls `clientConnectedCb` with a reader and a writer for each. An async
 * or generator function runs as a task: when that fails, or is cancelled, the connection is closed, and a failure is
 * reported. When it ends well, closing is its own business: `await using _ = writer` does it.
 *
 * @throws TypeError or ValueError for a wrong limit or callback. From the wait: what {@link EventLoop.createServer} throws.
 */
export function startServer(
  clientConnectedCb: ClientConnectedCallback,
  host: string | readonly string[] | null,
  port: number | null,
  options: StartServerOptions = {},
): Coroutine<Server> {
  checkCallback("startServer", clientConnectedCb);
  const limit = checkLimit("startServer()", options.limit);
  const listen: Listen = (loop, factory) => loop.createServer(factory, host, port, options);
  return new GeneratorCoroutine(listening(clientConnectedCb, limit, listen), "startServer");
}

/** As {@link openConnection}, to a Unix socket (on Windows a named pipe). */
export function openUnixConnection(
  path: string | null,
  options: OpenUnixConnectionOptions = {},
): Coroutine<[StreamReader, StreamWriter]> {
  const limit = checkLimit("openUnixConnection()", options.limit);
  const connect: Connect = (loop, factory) => loop.createUnixConnection(factory, path, options);
  return new GeneratorCoroutine(connected(limit, connect), "openUnixConnection");
}

/** As {@link startServer}, on a Unix socket (on Windows a named pipe). */
export function startUnixServer(
  clientConnectedCb: ClientConnectedCallback,
  path: string | null,
  options: StartUnixServerOptions = {},
): Coroutine<Server> {
  checkCallback("startUnixServer", clientConnectedCb);
  const limit = checkLimit("startUnixServer()", options.limit);
  const listen: Listen = (loop, factory) => loop.createUnixServer(factory, path, options);
  return new GeneratorCoroutine(listening(clientConnectedCb, limit, listen), "startUnixServer");
}

type Factory = () => StreamReaderProtocol;
type Connect = (loop: EventLoop, factory: Factory) => Coroutine<[Transport, StreamReaderProtocol]>;
type Listen = (loop: EventLoop, factory: Factory) => Coroutine<Server>;

function* connected(limit: number, connect: Connect): CoroutineGenerator<[StreamReader, StreamWriter]> {
  const loop = getRunningLoop();
  const reader = new StreamReader({ limit, loop });
  const protocol = new StreamReaderProtocol(reader, null, { loop });
  const [transport] = yield* connect(loop, () => protocol);
  return [reader, new StreamWriter(transport, protocol, reader, loop)];
}

function* listening(callback: ClientConnectedCallback, limit: number, listen: Listen): CoroutineGenerator<Server> {
  const loop = getRunningLoop();
  return yield* listen(loop, () => {
    const reader = new StreamReader({ limit, loop });
    return new StreamReaderProtocol(reader, callback, { loop });
  });
}
