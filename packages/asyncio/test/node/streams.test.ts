import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ClientConnectedCallback,
  ConnectionRefusedError,
  Event,
  openConnection,
  openUnixConnection,
  run,
  type Server,
  sleep,
  startServer,
  startUnixServer,
} from "asyncio-ts";
import { expect, test } from "vitest";

/** Sends every line back. */
const echo: ClientConnectedCallback = async (reader, writer) => {
  await using _ = writer;
  for await (const line of reader) {
    writer.write(line);
    await writer.drain();
  }
};

const serve = (callback: ClientConnectedCallback) => startServer(callback, "127.0.0.1", 0);

async function connect(server: Server) {
  return await openConnection("127.0.0.1", server.port);
}

test("openConnection() and startServer() connect two pairs of streams", () =>
  run(async () => {
    await using server = await serve(echo);
    const [reader, writer] = await connect(server);
    await using _ = writer;
    writer.write("one\ntwo\n");
    expect(String(await reader.readline())).toBe("one\n");
    expect(String(await reader.readline())).toBe("two\n");
    writer.writeEof();
    expect(String(await reader.read())).toBe("");
  }));

test("openConnection() and startServer() serve generators as well", () =>
  run(function* () {
    const server = yield* serve(function* (reader, writer) {
      writer.write(yield* reader.readexactly(3));
      writer.close();
    });
    const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
    writer.write("abcdef");
    expect(String(yield* reader.read())).toBe("abc");
    writer.close();
    yield* writer.waitClosed();
    server.close();
    yield* server.waitClosed();
  }));

test("openConnection() throws ConnectionRefusedError where nobody listens", () =>
  run(async () => {
    const server = await serve(echo);
    const { port } = server;
    server.close();
    await expect(openConnection("127.0.0.1", port)).rejects.toThrow(ConnectionRefusedError);
  }));

test("StreamReader pauses the socket of who sends more than it buffers, and StreamWriter.drain() waits for it", () =>
  run(async () => {
    const size = 8 * 1024 * 1024;
    const full = new Event();
    await using server = await serve(async (_reader, writer) => {
      await using _ = writer;
      writer.write(Buffer.alloc(size, "x"));
      const drained = writer.drain();
      full.set();
      await drained;
    });
    const [reader, writer] = await connect(server);
    await using _ = writer;
    await full.wait();
    expect((await reader.readexactly(size / 2)).length).toBe(size / 2);
    expect((await reader.read()).length).toBe(size / 2);
  }));

test("StreamWriter.waitClosed() throws ConnectionResetError when the other side has cut the connection", () =>
  run(async () => {
    const ended = new Event();
    const errors: unknown[] = [];
    await using server = await serve(async (reader, writer) => {
      await reader.read().then(undefined, (error: unknown) => errors.push(error));
      await writer.waitClosed().then(undefined, (error: unknown) => errors.push(error));
      await writer[Symbol.asyncDispose]();
      ended.set();
    });
    const socket: Socket = createConnection(server.port, "127.0.0.1", () => socket.resetAndDestroy());
    await ended.wait();
    expect(errors.map((error) => (error as Error).name)).toEqual(["ConnectionResetError", "ConnectionResetError"]);
  }));

test("openUnixConnection() and startUnixServer() do the same on a Unix socket", () =>
  run(async () => {
    const folder = await mkdtemp(join(tmpdir(), "asyncio-ts-streams-"));
    try {
      await using _server = await startUnixServer(echo, join(folder, "socket"));
      const [reader, writer] = await openUnixConnection(join(folder, "socket"), { limit: 8 });
      await using _ = writer;
      writer.write("hello\nmuch too long\nend\n");
      expect(String(await reader.readline())).toBe("hello\n");
      await expect(reader.readline()).rejects.toThrow("chunk is longer than limit");
      expect(String(await reader.readline())).toBe("end\n");
    } finally {
      await rm(folder, { recursive: true });
    }
  }));

const pem = (name: string) => readFileSync(new URL(`../fixtures/certs/${name}`, import.meta.url), "utf8");

test("StreamWriter.startTls() goes over to TLS on an open connection, and the streams stay the same", () =>
  run(async () => {
    await using server = await serve(async (reader, writer) => {
      await using _ = writer;
      expect(String(await reader.readline())).toBe("STARTTLS\n");
      writer.write("go on\n");
      await writer.startTls({ cert: pem("server.pem"), key: pem("server.key") });
      writer.write(`secret ${String(await reader.readline())}`);
    });
    const [reader, writer] = await connect(server);
    await using _ = writer;
    writer.write("STARTTLS\n");
    expect(String(await reader.readline())).toBe("go on\n");
    const plain = writer.transport;
    await writer.startTls({ ca: pem("ca.pem") }, { serverHostname: "localhost" });
    expect(writer.transport).not.toBe(plain);
    expect(writer.getExtraInfo("cipher")).toBeDefined();
    expect(writer.canWriteEof()).toBe(false);
    writer.write("word\n");
    expect(String(await reader.readline())).toBe("secret word\n");
  }));

test("StreamWriter.startTls() of a server begins with what the client has sent too early to be told apart", () =>
  run(async () => {
    await using server = await serve(async (reader, writer) => {
      await using _ = writer;
      await reader.readline();
      // The handshake of a client that does not wait for an answer.
      while (!String(reader).includes("bytes")) await sleep(1);
      await writer.startTls({ cert: pem("server.pem"), key: pem("server.key") });
      writer.write(await reader.readline());
    });
    const [reader, writer] = await connect(server);
    await using _ = writer;
    writer.write("STARTTLS\n");
    await writer.startTls({ ca: pem("ca.pem") }, { serverHostname: "localhost" });
    writer.write("word\n");
    expect(String(await reader.readline())).toBe("word\n");
  }));
