import {
  type BaseTransport,
  BufferedProtocol,
  getRunningLoop,
  Protocol,
  run,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
  Transport,
} from "asyncio-ts";
import type { Serve } from "./contestants.ts";

const HOST = "127.0.0.1";
const READ_BYTES = 64 * 1024;

export const streamsNative: Serve = (listening) =>
  serve(listening, () =>
    startServer(
      async (reader: StreamReader, writer: StreamWriter) => {
        for (;;) {
          const data = await reader.read(READ_BYTES);
          if (data.length === 0) break;
          writer.write(data);
          await writer.drain();
        }
        writer.close();
      },
      HOST,
      0,
    ),
  );

export const streamsGenerator: Serve = (listening) =>
  serve(listening, () =>
    startServer(
      function* (reader: StreamReader, writer: StreamWriter) {
        for (;;) {
          const data = yield* reader.read(READ_BYTES);
          if (data.length === 0) break;
          writer.write(data);
          yield* writer.drain();
        }
        writer.close();
      },
      HOST,
      0,
    ),
  );

export const protocol: Serve = (listening) =>
  serve(listening, () => getRunningLoop().createServer(() => new Echo(), HOST, 0));

export const buffered: Serve = (listening) =>
  serve(listening, () => getRunningLoop().createServer(() => new BufferedEcho(), HOST, 0));

/** As asyncio's examples do it: back-pressure is not looked after, nor is it by `bare node:net`. */
class Echo extends Protocol {
  #transport: Transport | undefined;

  override connectionMade(transport: BaseTransport): void {
    this.#transport = connectionOf(transport);
  }

  override dataReceived(data: Uint8Array): void {
    this.#transport?.write(data);
  }
}

class BufferedEcho extends BufferedProtocol {
  #transport: Transport | undefined;
  #buffer = new Uint8Array(READ_BYTES);

  override connectionMade(transport: BaseTransport): void {
    this.#transport = connectionOf(transport);
  }

  getBuffer(): Uint8Array {
    return this.#buffer;
  }

  bufferUpdated(nbytes: number): void {
    this.#transport?.write(this.#buffer.subarray(0, nbytes));
    // What is not sent yet still needs the old one.
    if (this.#transport?.getWriteBufferSize()) this.#buffer = new Uint8Array(READ_BYTES);
  }
}

function connectionOf(transport: BaseTransport): Transport {
  if (transport instanceof Transport) return transport;
  throw new TypeError("not a connection");
}

async function serve(listening: (port: number) => void, start: () => PromiseLike<Server>): Promise<void> {
  await run(async () => {
    const server = await start();
    listening(server.port);
    await server.serveForever();
  });
}
